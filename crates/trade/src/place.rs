//! Placing an order.
//!
//! The intent is written before the first side effect: the order row, its key and its duty are committed,
//! then `item` is asked for the hold, then the order becomes unpaid. Wherever this stops, the same key goes
//! on from there, or the duty closes the order and releases the hold that may or may not exist.

use std::collections::BTreeMap;

use api::NoAnswer;
use api::calls::{Address, HoldAnswer, HoldLine, HoldRefusal, HoldRequest, Quote};
use engine::{Error, IdempotencyKey};
use model::order::{CloseReason, Event, Order, Refusal, State, Wake};
use model::{Actor, AddressId, Cause, Cents, ItemId, OrderId, UserId};
use serde::{Deserialize, Serialize};

use crate::Service;
use crate::store::{Applied, Begun, Change, Detail, Line, NewOrder, Placement, Row};

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

/// A final refusal: the same key gets it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "why")]
pub enum Refused {
    /// There is no such item.
    #[serde(rename_all = "camelCase")]
    UnknownItem {
        /// Which.
        item_id: ItemId,
    },
    /// The item is not on sale.
    #[serde(rename_all = "camelCase")]
    OffSale {
        /// Which.
        item_id: ItemId,
        /// Its name.
        name: String,
    },
    /// Fewer are left than wanted.
    #[serde(rename_all = "camelCase")]
    Short {
        /// Which.
        item_id: ItemId,
        /// Its name.
        name: String,
    },
    /// Prices keep changing while we look.
    Changed,
    /// The sum does not fit.
    TotalTooLarge,
    /// The buyer has no such address.
    UnknownAddress,
    /// Placing took too long and was given up; nothing is held.
    PlacementFailed,
}

/// Why there is no order id to answer.
#[derive(Debug)]
pub enum Failure {
    /// Refused for good.
    Refused(Refused),
    /// The key was used for another request.
    OtherBody,
    /// Somebody did not answer. The same key goes on from here.
    NoAnswer(NoAnswer),
    /// The storage failed.
    Storage(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Storage(error)
    }
}

impl From<NoAnswer> for Failure {
    fn from(none: NoAnswer) -> Self {
        Failure::NoAnswer(none)
    }
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

    /// Asks `item` for the hold; prices that changed in between are read again once.
    async fn hold(&self, order: &Order, lines: Vec<Line>, wish: &Wish) -> Result<OrderId, Failure> {
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

    async fn ask_hold(&self, order: OrderId, lines: &[Line]) -> Result<HoldAnswer, NoAnswer> {
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

    /// What the order has become, as the answer to its placement.
    async fn go_on_placed(&self, id: OrderId) -> Result<OrderId, Failure> {
        let row = self.store.find(id).await?.ok_or_else(|| Error::corrupt("trade_orders", id))?;
        match row.order.state {
            State::Closed => closed_answer(&row),
            _ => Ok(id),
        }
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

    /// Does what the order owes right away. Whatever fails here is retried by its duty.
    async fn settle(&self, order: OrderId, wish: &Wish) {
        if let Err(error) = self.drive(&[order], Wake::Due, &cause(wish), false).await {
            tracing::warn!(%error, order = order.0, "an order was not settled at once; its duty will");
        }
    }

    fn window_ms(&self, payment_type: u8) -> i64 {
        let index = usize::from(payment_type.clamp(1, 3)) - 1;
        self.config.windows_ms[index]
    }
}

fn cause(wish: &Wish) -> Cause {
    Cause { by: wish.owner.0, trace: wish.trace.clone(), ..Cause::of(Actor::Buyer) }
}

fn total(lines: &[Line]) -> Option<Cents> {
    let sums = lines.iter().map(|line| line.price.times(line.num));
    sums.collect::<Option<Vec<_>>>().and_then(Cents::sum)
}

fn line(quote: Option<&Quote>, item_id: ItemId, num: u32) -> Result<Line, Refused> {
    const ON_SALE: u8 = 1;
    const DELETED: u8 = 3;
    let quote = quote.filter(|quote| quote.status != DELETED).ok_or(Refused::UnknownItem { item_id })?;
    if quote.status != ON_SALE {
        return Err(Refused::OffSale { item_id, name: quote.name.clone() });
    }
    Ok(Line {
        item_id,
        num,
        name: quote.name.clone(),
        price: quote.price,
        image: quote.image.clone(),
        spec: quote.spec.clone(),
        version: quote.version,
    })
}

/// The first line with the item that a refusal names.
fn line_of(refused: &Refused, lines: &[Line]) -> Option<usize> {
    let (Refused::UnknownItem { item_id } | Refused::OffSale { item_id, .. }) = refused else { return None };
    lines.iter().position(|line| line.item_id == *item_id)
}

/// How a placement that ended closed is answered, also to a duplicate: as it was the first time. An order
/// that was placed and closed later was placed all the same.
fn closed_answer(row: &Row) -> Result<OrderId, Failure> {
    let refused = match (row.order.close_reason, row.refusal) {
        (Some(CloseReason::NoStock), Some((line, reason))) => refusal(row.lines.get(line), reason),
        (Some(CloseReason::NoStock | CloseReason::PlacementFailed), _) => Refused::PlacementFailed,
        _ => return Ok(row.order.id),
    };
    Err(Failure::Refused(refused))
}

fn refusal(line: Option<&Line>, reason: HoldRefusal) -> Refused {
    let Some(line) = line else { return Refused::PlacementFailed };
    let (item_id, name) = (line.item_id, line.name.clone());
    match reason {
        HoldRefusal::Short => Refused::Short { item_id, name },
        HoldRefusal::OffSale => Refused::OffSale { item_id, name },
        HoldRefusal::Changed => Refused::Changed,
        HoldRefusal::Ended => Refused::PlacementFailed,
    }
}
