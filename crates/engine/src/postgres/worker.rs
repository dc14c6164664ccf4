//! A process's own number, for making ids that never collide.

use std::ops::Range;

use clock::Ms;

use super::Db;
use crate::{Error, Result};

/// A leased number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worker {
    /// 0 … [`clock::WORKERS`] − 1.
    pub number: u16,
}

impl Db {
    /// Leases the lowest free one of `numbers` in this schema; unless renewed, it is free again after `lease_ms`
    /// milliseconds. Schemas whose ids meet anywhere must be given numbers apart from each other: two makers of ids
    /// are kept apart by their numbers alone.
    pub async fn lease_worker(&self, now: Ms, numbers: Range<u16>, lease_ms: i64) -> Result<Worker> {
        // Two processes may pick the same number; the second then updates no row, and picks again.
        const TRIES: u32 = 64;
        let sql = "INSERT INTO engine_workers (number, until)
            SELECT n, $1 FROM generate_series($3::int, $4::int - 1) n
            LEFT JOIN engine_workers taken ON taken.number = n AND taken.until >= $2
            WHERE taken.number IS NULL ORDER BY n LIMIT 1
            ON CONFLICT (number) DO UPDATE SET until = excluded.until WHERE engine_workers.until < $2
            RETURNING number";
        let conn = self.conn().await?;
        for _ in 0..TRIES {
            let (from, to) = (i32::from(numbers.start), i32::from(numbers.end.min(clock::WORKERS)));
            let row = conn.query_opt(sql, &[&(now + lease_ms).0, &now.0, &from, &to]).await?;
            if let Some(row) = row {
                let number: i32 = row.try_get(0)?;
                return Ok(Worker { number: u16::try_from(number).unwrap_or(0) });
            }
        }
        Err(Error::Unavailable("no number for making ids is free; are there that many replicas?".into()))
    }

    /// Keeps a leased number for another `lease_ms` milliseconds. Call it several times in that span.
    pub async fn renew_worker(&self, worker: Worker, now: Ms, lease_ms: i64) -> Result<()> {
        let sql = "UPDATE engine_workers SET until = $2 WHERE number = $1";
        self.conn().await?.execute(sql, &[&i32::from(worker.number), &(now + lease_ms).0]).await.map(drop)
    }

    /// Gives a number back, at a graceful stop.
    pub async fn release_worker(&self, worker: Worker) -> Result<()> {
        let sql = "DELETE FROM engine_workers WHERE number = $1";
        self.conn().await?.execute(sql, &[&i32::from(worker.number)]).await.map(drop)
    }
}
