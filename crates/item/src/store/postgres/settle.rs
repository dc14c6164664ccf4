//! Bringing orders' holds to their end, whatever arrives and however often.

use api::calls::{SettleAnswer, SettleRequest};
use async_trait::async_trait;
use engine::postgres::{Batch, Tx};
use engine::{Error, Result};
use model::Ms;

use super::headers::Headers;
use super::moves::Moves;
use crate::hold;

/// The unit of work: ends of any number of orders.
pub(super) struct Ends;

#[async_trait]
impl Batch for Ends {
    type Request = (SettleRequest, Ms);
    type Answer = SettleAnswer;

    async fn run(&self, tx: &mut Tx<'_>, requests: &[Self::Request]) -> Result<Vec<SettleAnswer>> {
        let mut headers = Headers::lock(tx, requests.iter().map(|(end, _)| end.order_id)).await?;
        let mut moves = Moves::default();
        let answers =
            requests.iter().map(|(end, now)| settle(&mut headers, &mut moves, *end, *now)).collect();
        moves.lock_items(tx).await?;
        headers.write(tx)?;
        moves.write(tx);
        Ok(answers)
    }

    fn broken(&self, (end, _): &Self::Request, error: &Error) -> Option<SettleAnswer> {
        tracing::error!(order = end.order_id.0, %error, "the rows of one order are corrupt; it was left as it is");
        Some(hold::CORRUPT_END)
    }
}

/// Settles one order. An end before any hold leaves the tombstone that refuses a late hold.
fn settle(headers: &mut Headers, moves: &mut Moves, request: SettleRequest, now: Ms) -> SettleAnswer {
    let order = request.order_id;
    let header = headers.find(order);
    let (after, movements) = match model::hold::settle(header.map(|header| header.state), request.end) {
        Ok(settled) => settled,
        Err(error) => {
            tracing::error!(order = order.0, %error, "a hold was told an end it cannot have");
            return SettleAnswer::Impossible;
        }
    };
    match header {
        None => headers.insert_empty(order, after, None, now),
        Some(header) if header.state != after => {
            for movement in movements {
                moves.lines(order, &header.lines, (*movement).into(), now);
            }
            headers.end(order, after, now);
        }
        Some(_) => {}
    }
    SettleAnswer::Settled
}
