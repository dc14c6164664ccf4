//! Orders that leave for a file, and what stays of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, Conn, Row as SqlRow, Tx};
use engine::{Error, Result, params};
use model::OrderId;

use super::columns::int;
use super::desk::{Desk, Slip};
use super::read::{self, OWN, bound};
use crate::store::archive::{File, KEPT, Leaving, OVER, STUB, Stub, Whole, stub};

static LOCK: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT id, moves, state FROM trade_orders WHERE id = ANY($1) AND {OVER} ORDER BY id FOR UPDATE")
});
static LEAVE: LazyLock<String> = LazyLock::new(|| {
    format!(
        "INSERT INTO trade_archived ({KEPT}, archive, moved_at)
         SELECT {KEPT}, $1, u.moved FROM trade_orders o
         JOIN unnest($2::bigint[], $3::bigint[]) AS u (gone, moved) ON o.id = u.gone"
    )
});

/// Takes orders away that are in a file.
pub(super) struct PutAway {
    pub(super) desk: Desk,
    /// The file's number.
    pub(super) file: i64,
}

#[async_trait]
impl Batch for PutAway {
    type Request = Leaving;
    /// Whether it went: it was at rest, and as it was written.
    type Answer = bool;

    async fn run(&self, tx: &mut Tx<'_>, leaving: &[Leaving]) -> Result<Vec<bool>> {
        let ids: Vec<i64> = leaving.iter().map(|one| one.order.as_i64()).collect();
        let mut now = BTreeMap::new();
        for row in tx.query(&LOCK, &[&ids]).await? {
            now.insert(int(&row, 0)?, (int(&row, 1)?, int(&row, 2)?));
        }
        let (mut gone, mut moved, mut slip) = (Vec::new(), Vec::new(), Slip::default());
        let answers = leaving.iter().map(|one| {
            let goes = now.remove(&one.order.as_i64()) == Some((one.moves, one.state.code()));
            if goes {
                gone.push(one.order.as_i64());
                moved.push(one.moved_at.0);
                slip.count(one.state, -1);
            }
            goes
        });
        let answers = answers.collect();
        tx.write(LEAVE.as_str(), params![self.file, gone.clone(), moved]);
        tx.write("DELETE FROM trade_history WHERE order_id = ANY($1)", params![gone.clone()]);
        tx.write("DELETE FROM trade_orders WHERE id = ANY($1)", params![gone]);
        slip.write(&self.desk, tx);
        Ok(answers)
    }
}

pub(super) async fn whole(conn: &Conn, orders: &[OrderId]) -> Result<Vec<Whole>> {
    let mut histories = read::histories(conn, OWN, orders).await?;
    let mut found = BTreeMap::new();
    for row in read::some(conn, orders).await? {
        let history = histories.remove(&row.order.id).unwrap_or_default();
        found.insert(row.order.id, Whole { row, history });
    }
    Ok(orders.iter().filter_map(|order| found.remove(order)).collect())
}

pub(super) async fn note_file(conn: &Conn, file: &File) -> Result<i64> {
    let sql = "INSERT INTO trade_archives (id, folder, name, at)
               SELECT coalesce(max(id), 0) + 1, $1, $2, $3 FROM trade_archives
               ON CONFLICT (folder, name) DO UPDATE SET at = excluded.at RETURNING id";
    let row = conn.query_opt(sql, &[&file.folder, &file.name, &file.at.0]).await?;
    row.map_or_else(|| Err(Error::corrupt("trade_archives", &file.name)), |row| int(&row, 0))
}

pub(super) async fn file_of(conn: &Conn, order: OrderId) -> Result<Option<File>> {
    let sql = "SELECT folder, name, at FROM trade_archived o JOIN trade_archives a ON a.id = o.archive
               WHERE o.id = $1";
    let file =
        |row: SqlRow| Ok(File { folder: row.try_get(0)?, name: row.try_get(1)?, at: Ms(int(&row, 2)?) });
    conn.query_opt(sql, &[&order.as_i64()]).await?.map(file).transpose()
}

/// What stays of archived orders with an id above `after`, ascending.
pub(crate) async fn stubs(conn: &Conn, schema: &str, after: OrderId, limit: usize) -> Result<Vec<Stub>> {
    let sql = format!("SELECT {STUB} FROM {schema}trade_archived WHERE id > $1 ORDER BY id LIMIT $2");
    conn.query(&sql, &[&after.as_i64(), &bound(limit)]).await?.iter().map(stub).collect()
}

/// What stays of those of these orders that are archived.
pub(crate) async fn stubs_of(conn: &Conn, schema: &str, orders: &[OrderId]) -> Result<Vec<Stub>> {
    let sql = format!("SELECT {STUB} FROM {schema}trade_archived WHERE id = ANY($1)");
    conn.query(&sql, &[&read::ids(orders)]).await?.iter().map(stub).collect()
}
