//! How many items there are that are not deleted.

use engine::postgres::{Conn, Tx};
use engine::{Result, params};

/// Over how many rows the number is spread, so that two who add or delete seldom meet.
pub(super) const SHARDS: u64 = 16;

/// Adds to the number.
pub(super) fn write(tx: &mut Tx<'_>, shard: u64, shown: i64) {
    if shown != 0 {
        let sql = "INSERT INTO item_tally (shard, shown) VALUES ($1, $2)
                   ON CONFLICT (shard) DO UPDATE SET shown = item_tally.shown + excluded.shown";
        tx.write(sql, params![shard.cast_signed(), shown]);
    }
}

/// The number.
pub(super) async fn total(conn: &Conn) -> Result<u64> {
    let sum = "SELECT coalesce(sum(shown), 0)::bigint FROM item_tally";
    let total: i64 = conn.query_opt(sum, &[]).await?.map_or(Ok(0), |row| row.try_get(0))?;
    Ok(u64::try_from(total).unwrap_or(0))
}
