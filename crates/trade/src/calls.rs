//! What other services ask of `trade`.

use api::calls::{Answer, NoAnswer, OrderFate, Payable, Trade};
use async_trait::async_trait;
use engine::Error;
use model::hold::End;
use model::order::{Event, Order, State};
use model::{Actor, Cause, OrderId, UserId};

use crate::Service;
use crate::store::{Applied, Change, Detail, Header};

#[async_trait]
impl Trade for Service {
    async fn apply_payment(&self, order: OrderId) -> Answer<Option<Payable>> {
        let story = self.stories(&[order]).await.pop().unwrap_or_default();
        let cause = Cause { trace: story.clone(), ..Cause::of(Actor::Buyer) };
        let change =
            Change { order, event: Event::PaymentApplied, cause, carried: false, detail: Detail::None };
        let applied = self.apply(vec![change]).await.map_err(no_answer)?;
        match applied.into_iter().next() {
            Some(Applied::Moved { order, .. } | Applied::Refused { order, .. }) => {
                Ok((order.state != State::Placing).then(|| self.payable(&order, story)))
            }
            Some(Applied::Unknown) => Ok(None),
            Some(Applied::Corrupt) | None => Err(NoAnswer::from("trade", "the order's row makes no sense")),
        }
    }

    async fn owner(&self, order: OrderId) -> Answer<Option<UserId>> {
        let headers = self.store.headers(&[order]).await.map_err(no_answer)?;
        match headers.into_iter().next() {
            Some(Header::Found(order)) => Ok(Some(order.owner)),
            Some(Header::Unknown) => Ok(None),
            Some(Header::Corrupt) | None => Err(NoAnswer::from("trade", "the order's row makes no sense")),
        }
    }

    async fn fates(&self, orders: Vec<OrderId>) -> Answer<Vec<OrderFate>> {
        let headers = self.store.headers(&orders).await.map_err(no_answer)?;
        Ok(headers.iter().map(fate).collect())
    }
}

impl Service {
    fn payable(&self, order: &Order, trace: String) -> Payable {
        let open =
            order.state == State::Unpaid && order.close_asked.is_none() && self.clock.now() < order.deadline;
        let paid = matches!(order.state, State::Paid | State::Shipped | State::Received | State::Reviewed);
        Payable { owner: order.owner, total: order.total, deadline: order.deadline, open, paid, trace }
    }
}

/// A row that makes no sense keeps its hold: doubt never gives stock away.
fn fate(header: &Header) -> OrderFate {
    match header {
        Header::Unknown => OrderFate::Unknown,
        Header::Corrupt => OrderFate::Open,
        Header::Found(order) => match (order.stock, order.state) {
            (Some(stock), _) => OrderFate::Ended(stock.end),
            (None, State::Placing | State::Unpaid) => OrderFate::Open,
            (None, State::Closed) => OrderFate::Ended(End::Released),
            (None, _) => OrderFate::Ended(End::Sold),
        },
    }
}

fn no_answer(error: Error) -> NoAnswer {
    NoAnswer::from("trade", error)
}
