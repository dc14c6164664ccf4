//! Bringing an order's hold to its end, whatever arrives and however often.

use api::calls::{SettleAnswer, SettleRequest};
use engine::Result;
use engine::sqlite::Tx;
use model::{Ms, hold};
use mutants::Mutant;

use super::{header, ledger};

/// Settles one order. An end before any hold leaves the tombstone that refuses a late hold. Items of which more or
/// fewer were sold by it are added to `sold`.
pub(super) fn settle(
    tx: &Tx<'_>,
    request: SettleRequest,
    now: Ms,
    sold: &mut Vec<i64>,
) -> Result<SettleAnswer> {
    let order = request.order_id;
    let header = header::find(tx, order)?;
    let (after, movements) = match hold::settle(header.as_ref().map(|header| header.state), request.end) {
        Ok(settled) => settled,
        Err(error) => {
            tracing::error!(order = order.0, %error, "a hold was told an end it cannot have");
            return Ok(SettleAnswer::Impossible);
        }
    };
    match header {
        None if mutants::on(Mutant::NoHoldTombstone) => {}
        None => header::insert_empty(tx, order, after, None, now)?,
        Some(header) if header.state != after || mutants::on(Mutant::ReleaseNotUnique) => {
            for movement in movements {
                ledger::move_lines(tx, order, &header.lines, (*movement).into(), now)?;
                if matches!(movement, hold::Movement::Sell | hold::Movement::Return) {
                    sold.extend(header.lines.iter().map(|(item, _)| *item));
                }
            }
            header::end(tx, order, after, now)?;
        }
        Some(_) => {}
    }
    Ok(SettleAnswer::Settled)
}
