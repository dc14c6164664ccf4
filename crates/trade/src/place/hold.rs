//! The stock of an order that is being placed: asked for, held or refused.

use api::NoAnswer;
use api::calls::{HoldAnswer, HoldLine, HoldRefusal, HoldRequest};
use engine::Error;
use model::order::{Event, Order, Refusal, State};
use model::{Cents, ItemId, OrderId};

use super::lines::{line_of, total};
use super::{Failure, Wish, cause};
use crate::Service;
use crate::store::{Applied, Change, Detail, Line};

impl Service {
    /// Asks `item` for the hold; prices that changed in between are read again once.
    pub(super) async fn hold(
        &self,
        order: &Order,
        lines: Vec<Line>,
        wish: &Wish,
    ) -> Result<OrderId, Failure> {
        match self.ask_hold(order.id, &lines).await? {
            HoldAnswer::Held => self.held(order, wish).await,
            HoldAnswer::Refused { reason: HoldRefusal::Changed, line } => {
                self.hold_again(order, line, &lines, wish).await
            }
            HoldAnswer::Refused { reason, line } => {
                self.hold_refused(order, &lines, line, reason, wish).await
            }
        }
    }

    async fn hold_again(
        &self,
        order: &Order,
        line: usize,
        lines: &[Line],
        wish: &Wish,
    ) -> Result<OrderId, Failure> {
        let wanted: Vec<(ItemId, u32)> = lines.iter().map(|line| (line.item_id, line.num)).collect();
        let fresh = match self.quote(&wanted).await? {
            Ok(fresh) => fresh,
            Err(gone) => {
                let line = line_of(&gone, lines).unwrap_or(line);
                return self.hold_refused(order, lines, line, HoldRefusal::OffSale, wish).await;
            }
        };
        let Some(total) = total(&fresh) else {
            return self.hold_refused(order, lines, line, HoldRefusal::Changed, wish).await;
        };
        if !self.store.reprice(order.id, fresh.clone(), total).await? {
            return self.go_on_placed(order.id).await;
        }
        match self.ask_hold(order.id, &fresh).await? {
            HoldAnswer::Held => self.held(order, wish).await,
            HoldAnswer::Refused { reason, line } => {
                self.hold_refused(order, &fresh, line, reason, wish).await
            }
        }
    }

    pub(super) async fn ask_hold(&self, order: OrderId, lines: &[Line]) -> Result<HoldAnswer, NoAnswer> {
        let lines = lines
            .iter()
            .map(|line| HoldLine { item_id: line.item_id, num: line.num, version: line.version })
            .collect();
        let answers = self.items.hold(vec![HoldRequest { order_id: order, lines }]).await?;
        answers.into_iter().next().ok_or_else(|| NoAnswer::from("item", "the hold was not answered"))
    }

    /// The stock is held: from now on the order waits for its payment. Whoever loses this compare-and-set
    /// answers what the winner made of the order.
    async fn held(&self, order: &Order, wish: &Wish) -> Result<OrderId, Failure> {
        let window_ms = self.window_ms(wish.payment_type);
        match self.move_order(order.id, Event::Held { window_ms }, Detail::None, wish).await? {
            Applied::Moved { order, .. } if order.total == Cents::ZERO => {
                self.settle(order.id, wish).await;
                Ok(order.id)
            }
            Applied::Refused { refusal: Refusal::WrongState(State::Closed), order } => {
                self.go_on_placed(order.id).await
            }
            Applied::Moved { order, .. } | Applied::Refused { order, .. } => Ok(order.id),
            Applied::Unknown | Applied::Corrupt => Err(Error::corrupt("trade_orders", order.id).into()),
        }
    }

    async fn hold_refused(
        &self,
        order: &Order,
        lines: &[Line],
        line: usize,
        reason: HoldRefusal,
        wish: &Wish,
    ) -> Result<OrderId, Failure> {
        let detail = Detail::Refusal(line.min(lines.len().saturating_sub(1)), reason);
        self.move_order(order.id, Event::HoldRefused, detail, wish).await?;
        self.settle(order.id, wish).await;
        self.go_on_placed(order.id).await
    }

    async fn move_order(
        &self,
        order: OrderId,
        event: Event,
        detail: Detail,
        wish: &Wish,
    ) -> Result<Applied, Failure> {
        let change = Change { order, event, cause: cause(wish), carried: false, detail };
        let applied = self.apply(vec![change]).await?;
        applied.into_iter().next().ok_or_else(|| Error::corrupt("trade_orders", order).into())
    }

    fn window_ms(&self, payment_type: u8) -> i64 {
        let index = usize::from(payment_type.clamp(1, 3)) - 1;
        self.config.shortened.of(self.config.windows_ms[index])
    }
}
