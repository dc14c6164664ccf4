//! What staff watch: bounded looks along the indexes of the sweeps and of staff's deeds.

use clock::Ms;
use engine::{Error, Result};
use model::OrderId;
use rusqlite::{Connection, params};

use crate::config::{BUCKET_MAX, OVERDUE_LOOK, SWEEP_BACKOFF_MAX_MS};
use crate::store::codec::{self, Cells, ENTRY, HEADER};
use crate::watch::{Bucket, Candidate, Deed};

/// A row that makes no sense is left out; the sweep says so.
pub(super) fn candidates(connection: &Connection, now: Ms) -> Result<Vec<Candidate>> {
    let sql = format!(
        "SELECT {HEADER}, sweeps,
             (SELECT at FROM trade_history h WHERE h.order_id = o.id AND h.seq = o.moves - 1)
         FROM (SELECT * FROM trade_orders WHERE next_sweep_at IS NOT NULL AND next_sweep_at <= ?1
               ORDER BY next_sweep_at, id LIMIT ?2) o
         WHERE NOT (state <= 1 AND ask_at IS NULL AND deadline > ?3)"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((now.0 + SWEEP_BACKOFF_MAX_MS, OVERDUE_LOOK, now.0))?;
    let mut candidates = Vec::new();
    while let Some(row) = rows.next()? {
        match codec::candidate(row) {
            Ok(candidate) => candidates.push(candidate),
            Err(Error::Corrupt { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(candidates)
}

pub(super) fn due(connection: &Connection, edges: &[Ms]) -> Result<Vec<Bucket>> {
    let sql = "SELECT count(*) FROM (SELECT 1 FROM trade_orders
               WHERE next_sweep_at IS NOT NULL AND next_sweep_at >= ?1 AND next_sweep_at < ?2 LIMIT ?3)";
    let mut statement = connection.prepare_cached(sql)?;
    let mut bucket = |edge: &[Ms]| {
        let count = statement.query_row((edge[0].0, edge[1].0, BUCKET_MAX), |row| row.get(0))?;
        Ok(Bucket { from: edge[0], until: edge[1], count })
    };
    edges.windows(2).map(&mut bucket).collect()
}

pub(super) fn deeds(connection: &Connection, before: (Ms, OrderId, i64), limit: u64) -> Result<Vec<Deed>> {
    let sql = format!(
        "SELECT {ENTRY}, seq FROM trade_history WHERE actor = 3 AND (at, order_id, seq) < (?1, ?2, ?3)
         ORDER BY at DESC, order_id DESC, seq DESC LIMIT ?4"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![before.0.0, before.1.as_i64(), before.2, limit])?;
    let mut deeds = Vec::new();
    while let Some(row) = rows.next()? {
        let (order, entry) = codec::entry(row)?;
        deeds.push(Deed { order, seq: row.int(9)?.unwrap_or(0), entry });
    }
    Ok(deeds)
}
