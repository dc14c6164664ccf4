//! Small units: keys that are only noted, and orders that a sweep leaves alone for a while.

use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, Keys, Tx};
use engine::{IdempotencyKey, Once, Result, params};
use model::OrderId;

/// Notes that keys were used.
pub(super) struct Note {
    pub(super) keys: Keys,
}

#[async_trait]
impl Batch for Note {
    type Request = (IdempotencyKey, Ms);
    /// Whether it was used for this request and no other.
    type Answer = bool;

    async fn run(&self, tx: &mut Tx<'_>, requests: &[Self::Request]) -> Result<Vec<bool>> {
        let mut book = self.keys.load(tx, requests.iter().map(|(key, _)| Some(key))).await?;
        let noted = requests.iter().map(|(key, now)| {
            let once = book.once(Some(key), *now, || Ok(()))?;
            Ok(once == Once::Outcome(()))
        });
        let noted = noted.collect::<Result<_>>()?;
        self.keys.save(tx, book);
        Ok(noted)
    }
}

/// Lets the sweeps leave orders alone until a time.
pub(super) struct Postpone;

#[async_trait]
impl Batch for Postpone {
    type Request = (OrderId, Ms);
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>, orders: &[Self::Request]) -> Result<Vec<()>> {
        let (ids, until): (Vec<i64>, Vec<i64>) =
            orders.iter().map(|(order, until)| (order.as_i64(), until.0)).unzip();
        let lock = "SELECT id FROM trade_orders WHERE id = ANY($1) ORDER BY id FOR UPDATE";
        tx.query(lock, &[&ids]).await?;
        let sql = "UPDATE trade_orders o SET next_sweep_at = u.until, sweeps = sweeps + 1
                   FROM unnest($1::bigint[], $2::bigint[]) AS u (id, until)
                   WHERE o.id = u.id AND next_sweep_at IS NOT NULL";
        tx.write(sql, params![ids, until]);
        Ok(vec![(); orders.len()])
    }
}
