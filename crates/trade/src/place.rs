//! Placing an order.
//!
//! The intent is written before the first side effect: the order row, its key and its duty are committed,
//! then `item` is asked for the hold, then the order becomes unpaid. Wherever this stops, the same key goes
//! on from there, or the duty closes the order and releases the hold that may or may not exist.

mod hold;
mod lines;
mod outcome;

use std::collections::BTreeMap;

use api::NoAnswer;
use api::calls::{Address, Quote};
use engine::{Error, IdempotencyKey};
use model::order::{Order, State, Wake};
use model::{Actor, AddressId, Cause, ItemId, OrderId, UserId};
use mutants::Mutant;

use self::lines::{line, total};
use self::outcome::closed_answer;
pub use self::outcome::{Failure, Refused};
use crate::Service;
use crate::store::{Begun, Line, NewOrder, Placement};

/// What a buyer wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who wants it.
    pub owner: UserId,
    /// Where it goes.
    pub address: Option<AddressId>,
    /// 1 Alipay, 2 `WeChat`, 3 balance; sets the payment window.
    pub payment_type: u8,
    /// Item and number of each line; checked to be within bounds.
    pub lines: Vec<(ItemId, u32)>,
    /// Trace of the request.
    pub trace: String,
}

impl Service {
    /// Places an order, or goes on with the one this key has begun.
    pub async fn place(&self, wish: Wish, key: Option<IdempotencyKey>) -> Result<OrderId, Failure> {
        if let Some(key) = &key
            && let Some(begun) = self.store.placement(key).await?
        {
            return self.go_on(begun, &wish).await;
        }
        match self.draft(&wish).await? {
            Ok(new) => self.begin(new, key, &wish).await,
            Err(refused) => self.refuse(refused, key, &wish).await,
        }
    }

    /// Reads prices and address; nothing is written yet.
    async fn draft(&self, wish: &Wish) -> Result<Result<NewOrder, Refused>, Failure> {
        let lines = match self.quote(&wish.lines).await? {
            Ok(lines) => lines,
            Err(refused) => return Ok(Err(refused)),
        };
        let Some(total) = total(&lines) else { return Ok(Err(Refused::TotalTooLarge)) };
        let Some(address) = self.address(wish).await? else { return Ok(Err(Refused::UnknownAddress)) };
        let now = self.clock.now();
        let id = OrderId(self.ids.next(now));
        let order = Order::placing(id, wish.owner, total, now);
        Ok(Ok(NewOrder { order, payment_type: wish.payment_type, address, lines, cause: cause(wish) }))
    }

    async fn quote(&self, wanted: &[(ItemId, u32)]) -> Result<Result<Vec<Line>, Refused>, NoAnswer> {
        let mut ids: Vec<ItemId> = wanted.iter().map(|(item, _)| *item).collect();
        ids.sort_unstable();
        ids.dedup();
        let quotes: BTreeMap<ItemId, Quote> =
            self.items.quote(&ids).await?.into_iter().map(|quote| (quote.id, quote)).collect();
        Ok(wanted.iter().map(|(item, num)| line(quotes.get(item), *item, *num)).collect())
    }

    /// `Some(None)`: none was asked for. `None`: the buyer has no such address.
    async fn address(&self, wish: &Wish) -> Result<Option<Option<Address>>, NoAnswer> {
        match wish.address {
            None => Ok(Some(None)),
            Some(id) => Ok(self.users.address(wish.owner, id).await?.map(Some)),
        }
    }

    async fn refuse(
        &self,
        refused: Refused,
        key: Option<IdempotencyKey>,
        wish: &Wish,
    ) -> Result<OrderId, Failure> {
        let Some(key) = key else { return Err(Failure::Refused(refused)) };
        let begun = self.store.refuse(refused, key, self.clock.now()).await?;
        self.go_on(begun, wish).await
    }

    async fn begin(
        &self,
        new: NewOrder,
        key: Option<IdempotencyKey>,
        wish: &Wish,
    ) -> Result<OrderId, Failure> {
        let (order, lines) = (new.order.clone(), new.lines.clone());
        if mutants::on(Mutant::TimerAfterSideEffect) {
            drop(self.ask_hold(order.id, &lines).await);
        }
        match self.store.begin(new, key).await? {
            Begun::New => self.hold(&order, lines, wish).await,
            begun => self.go_on(begun, wish).await,
        }
    }

    /// Goes on from where this key has led.
    async fn go_on(&self, begun: Begun, wish: &Wish) -> Result<OrderId, Failure> {
        let id = match begun {
            Begun::Known(Placement::Order(id)) => id,
            Begun::Known(Placement::Refused(refused)) => return Err(Failure::Refused(refused)),
            Begun::OtherBody => return Err(Failure::OtherBody),
            Begun::New => return Err(Failure::Storage(Error::corrupt("trade_keys", "new"))),
        };
        let row = self.store.find(id).await?.ok_or_else(|| Error::corrupt("trade_keys", id))?;
        match row.order.state {
            State::Placing => self.hold(&row.order, row.lines, wish).await,
            State::Closed => closed_answer(&row),
            _ => Ok(id),
        }
    }

    /// What the order has become, as the answer to its placement.
    async fn go_on_placed(&self, id: OrderId) -> Result<OrderId, Failure> {
        let row = self.store.find(id).await?.ok_or_else(|| Error::corrupt("trade_orders", id))?;
        match row.order.state {
            State::Closed => closed_answer(&row),
            _ => Ok(id),
        }
    }

    /// Does what the order owes right away. Whatever fails here is retried by its duty.
    async fn settle(&self, order: OrderId, wish: &Wish) {
        if let Err(error) = self.drive(&[order], Wake::Due, &cause(wish), false).await {
            tracing::warn!(%error, order = order.0, "an order was not settled at once; its duty will");
        }
    }
}

fn cause(wish: &Wish) -> Cause {
    Cause { by: wish.owner.0, trace: wish.trace.clone(), ..Cause::of(Actor::Buyer) }
}
