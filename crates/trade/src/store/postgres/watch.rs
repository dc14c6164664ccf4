//! What staff watch: bounded looks along the indexes of the sweeps and of staff's deeds.

use clock::Ms;
use engine::postgres::Conn;
use engine::{Error, Result};
use model::OrderId;

use super::columns::int;
use super::read::bound;
use crate::config::{BUCKET_MAX, OVERDUE_LOOK, SWEEP_BACKOFF_MAX_MS};
use crate::store::codec::{self, ENTRY, HEADER};
use crate::watch::{Bucket, Candidate, Deed};

/// A row that makes no sense is left out; the sweep says so.
pub(super) async fn candidates(conn: &Conn, now: Ms) -> Result<Vec<Candidate>> {
    let sql = format!(
        "SELECT {HEADER}, sweeps,
             (SELECT at FROM trade_history h WHERE h.order_id = o.id AND h.seq = o.moves - 1)
         FROM (SELECT * FROM trade_orders WHERE next_sweep_at IS NOT NULL AND next_sweep_at <= $1
               ORDER BY next_sweep_at, id LIMIT $2) o
         WHERE NOT (state <= 1 AND ask_at IS NULL AND deadline > $3)"
    );
    let until = now + SWEEP_BACKOFF_MAX_MS;
    let mut candidates = Vec::new();
    for row in conn.query(&sql, &[&until.0, &bound(OVERDUE_LOOK), &now.0]).await? {
        match codec::candidate(&row) {
            Ok(candidate) => candidates.push(candidate),
            Err(Error::Corrupt { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(candidates)
}

/// All buckets in one round trip.
pub(super) async fn due(conn: &Conn, edges: &[Ms]) -> Result<Vec<Bucket>> {
    let sql = "SELECT e.at, e.until, (SELECT count(*) FROM (SELECT 1 FROM trade_orders
                   WHERE next_sweep_at IS NOT NULL AND next_sweep_at >= e.at AND next_sweep_at < e.until
                   LIMIT $3) AS reached)
               FROM unnest($1::bigint[], $2::bigint[]) AS e (at, until) ORDER BY e.at";
    let from: Vec<i64> = edges.windows(2).map(|edge| edge[0].0).collect();
    let until: Vec<i64> = edges.windows(2).map(|edge| edge[1].0).collect();
    let rows = conn.query(sql, &[&from, &until, &BUCKET_MAX]).await?;
    let bucket = |row| Ok(Bucket { from: Ms(int(row, 0)?), until: Ms(int(row, 1)?), count: int(row, 2)? });
    rows.iter().map(bucket).collect()
}

pub(super) async fn deeds(conn: &Conn, before: (Ms, OrderId, i64), limit: u64) -> Result<Vec<Deed>> {
    let sql = format!(
        "SELECT {ENTRY}, seq FROM trade_history WHERE actor = 3 AND (at, order_id, seq) < ($1, $2, $3::bigint)
         ORDER BY at DESC, order_id DESC, seq DESC LIMIT $4"
    );
    let position = (before.0.0, before.1.as_i64(), before.2);
    let rows = conn.query(&sql, &[&position.0, &position.1, &position.2, &bound(limit)]).await?;
    let deed = |row| {
        let (order, entry) = codec::entry(row)?;
        Ok(Deed { order, seq: int(row, 9)?, entry })
    };
    rows.iter().map(deed).collect()
}
