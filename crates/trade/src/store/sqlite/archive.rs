//! Orders that leave for a file, and what stays of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use clock::Ms;
use engine::Result;
use engine::sqlite::Tx;
use model::OrderId;
use rusqlite::{Connection, OptionalExtension};

use super::{effects, read};
use crate::store::archive::{File, KEPT, Leaving, OVER, STUB, Stub, Whole, stub};

/// Only a row that still is as it was written, and at rest.
static LEAVE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO trade_archived ({KEPT}, archive, moved_at)
         SELECT {KEPT}, ?1, ?2 FROM trade_orders WHERE id = ?3 AND moves = ?4 AND state = ?5 AND {OVER}"
    )
});

pub(super) fn whole(connection: &Connection, orders: &[OrderId]) -> Result<Vec<Whole>> {
    let mut found = Vec::with_capacity(orders.len());
    for order in orders {
        if let Some(row) = read::find(connection, *order)? {
            found.push(Whole { row, history: read::history(connection, *order)? });
        }
    }
    Ok(found)
}

pub(super) fn note_file(tx: &Tx<'_>, file: &File) -> Result<i64> {
    let sql = "INSERT INTO trade_archives (id, folder, name, at)
               SELECT coalesce(max(id), 0) + 1, ?1, ?2, ?3 FROM trade_archives WHERE TRUE
               ON CONFLICT (folder, name) DO UPDATE SET at = excluded.at RETURNING id";
    Ok(tx.query_row(sql, (&file.folder, &file.name, file.at.0), |row| row.get(0))?)
}

pub(super) fn put_away(tx: &Tx<'_>, leaving: &[Leaving], file: i64) -> Result<usize> {
    let mut gone = BTreeMap::<i64, i64>::new();
    for one in leaving {
        let (id, state) = (one.order.as_i64(), one.state.code());
        let kept = tx.prepare_cached(&LEAVE)?.execute((file, one.moved_at.0, id, one.moves, state))?;
        if kept == 1 {
            tx.prepare_cached("DELETE FROM trade_history WHERE order_id = ?1")?.execute([id])?;
            tx.prepare_cached("DELETE FROM trade_orders WHERE id = ?1")?.execute([id])?;
            *gone.entry(state).or_default() += 1;
        }
    }
    for (state, orders) in &gone {
        effects::tally_code(tx, *state, -orders)?;
    }
    Ok(usize::try_from(gone.values().sum::<i64>()).unwrap_or(0))
}

pub(super) fn file_of(connection: &Connection, order: OrderId) -> Result<Option<File>> {
    let sql = "SELECT folder, name, at FROM trade_archived o JOIN trade_archives a ON a.id = o.archive
               WHERE o.id = ?1";
    let file = connection.prepare_cached(sql)?.query_row([order.as_i64()], |row| {
        Ok(File { folder: row.get(0)?, name: row.get(1)?, at: Ms(row.get(2)?) })
    });
    Ok(file.optional()?)
}

/// What stays of archived orders with an id above `after`, ascending.
pub(crate) fn stubs(connection: &Connection, after: OrderId, limit: usize) -> Result<Vec<Stub>> {
    let sql = format!("SELECT {STUB} FROM trade_archived WHERE id > ?1 ORDER BY id LIMIT ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((after.as_i64(), limit))?;
    let mut stubs = Vec::new();
    while let Some(row) = rows.next()? {
        stubs.push(stub(row)?);
    }
    Ok(stubs)
}

/// What stays of one order.
pub(crate) fn stub_of(connection: &Connection, order: OrderId) -> Result<Option<Stub>> {
    let sql = format!("SELECT {STUB} FROM trade_archived WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([order.as_i64()])?;
    rows.next()?.map(stub).transpose()
}
