//! Putting off the sweep's next look at some holds.

use async_trait::async_trait;
use engine::postgres::{Batch, Tx};
use engine::{Result, params};
use model::{Ms, OrderId};

/// The unit of work: which holds, and until when.
pub(super) struct Postpone;

#[async_trait]
impl Batch for Postpone {
    type Request = (OrderId, Ms);
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>, until: &[(OrderId, Ms)]) -> Result<Vec<()>> {
        let orders: Vec<i64> = until.iter().map(|(order, _)| order.as_i64()).collect();
        let times: Vec<i64> = until.iter().map(|(_, at)| at.0).collect();
        // An update alone would lock in whichever order it meets the rows.
        let lock = "SELECT 1 FROM item_holds WHERE order_id = ANY($1) ORDER BY order_id FOR UPDATE";
        tx.query(lock, &[&orders]).await?;
        let sql = "UPDATE item_holds h SET next_sweep_at = n.at, sweeps = h.sweeps + 1
                   FROM unnest($1::bigint[], $2::bigint[]) AS n (order_id, at)
                   WHERE h.order_id = n.order_id AND h.next_sweep_at IS NOT NULL";
        tx.write(sql, params![orders, times]);
        Ok(vec![(); until.len()])
    }
}
