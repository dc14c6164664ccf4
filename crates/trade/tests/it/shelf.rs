//! A stand-in for `item`: keeps holds by the rules of [`model::hold`] and counts every piece it moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::calls::{
    Answer, HoldAnswer, HoldLine, HoldRefusal, HoldRequest, Items, Quote, SettleAnswer, SettleRequest,
};
use async_trait::async_trait;
use model::hold::{self, End, Movement};
use model::{Cents, ItemId, OrderId};
use parking_lot::Mutex;

use crate::wire::Wire;

pub(crate) const KETTLE: ItemId = ItemId(11);
pub(crate) const CUP: ItemId = ItemId(12);
pub(crate) const OFF: ItemId = ItemId(13);
pub(crate) const DELETED: ItemId = ItemId(14);
/// Costs nothing.
pub(crate) const GIFT: ItemId = ItemId(15);
/// Two of them cost more than fits.
pub(crate) const PRICELESS: ItemId = ItemId(16);
pub(crate) const STOCK: i64 = 700;
pub(crate) const PRICE: Cents = Cents(2_500);

/// Pieces of an item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pieces {
    pub(crate) available: i64,
    pub(crate) held: i64,
    pub(crate) sold: i64,
}

struct Hold {
    state: hold::State,
    lines: Vec<HoldLine>,
    refusal: Option<HoldAnswer>,
}

struct State {
    items: BTreeMap<ItemId, (Quote, Pieces)>,
    holds: BTreeMap<OrderId, Hold>,
    /// How often each order was settled with an effect or without.
    settles: usize,
    /// What becomes of items right after the next quotes, one entry a quote.
    after_quote: Vec<(ItemId, Change)>,
}

/// What staff does to an item.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Price(Cents),
    Status(u8),
}

#[derive(Clone)]
pub(crate) struct Shelf {
    state: Arc<Mutex<State>>,
    wire: Wire,
}

impl Shelf {
    pub(crate) fn new(wire: Wire) -> Self {
        let items = [
            quote(KETTLE, "kettle", PRICE, 1),
            quote(CUP, "cup", Cents(300), 1),
            quote(OFF, "off", Cents(1), 2),
            quote(DELETED, "deleted", Cents(1), 3),
            quote(GIFT, "gift", Cents::ZERO, 1),
            quote(PRICELESS, "priceless", Cents(i64::MAX / 2 + 1), 1),
        ];
        let pieces = Pieces { available: STOCK, ..Pieces::default() };
        let items = items.into_iter().map(|quote| (quote.id, (quote, pieces))).collect();
        let state = State { items, holds: BTreeMap::new(), settles: 0, after_quote: Vec::new() };
        Self { state: Arc::new(Mutex::new(state)), wire }
    }

    pub(crate) fn pieces(&self, item: ItemId) -> Pieces {
        self.state.lock().items[&item].1
    }

    pub(crate) fn settles(&self) -> usize {
        self.state.lock().settles
    }

    pub(crate) fn hold_of(&self, order: OrderId) -> Option<hold::State> {
        self.state.lock().holds.get(&order).map(|hold| hold.state)
    }

    pub(crate) fn change(&self, item: ItemId, change: Change) {
        self.state.lock().change(item, change);
    }

    /// The change comes right after the next quote, before the hold. Several calls: one quote each.
    pub(crate) fn change_after_quote(&self, item: ItemId, change: Change) {
        self.state.lock().after_quote.push((item, change));
    }
}

impl State {
    fn change(&mut self, item: ItemId, change: Change) {
        let (quote, _) = self.items.get_mut(&item).unwrap();
        quote.version += 1;
        match change {
            Change::Price(price) => quote.price = price,
            Change::Status(status) => quote.status = status,
        }
    }

    fn quote(&mut self, ids: &[ItemId]) -> Vec<Quote> {
        let quotes = ids.iter().filter_map(|id| self.items.get(id)).map(|(quote, _)| quote.clone()).collect();
        if !self.after_quote.is_empty() {
            let (item, change) = self.after_quote.remove(0);
            self.change(item, change);
        }
        quotes
    }

    fn hold(&mut self, request: &HoldRequest) -> HoldAnswer {
        if let Some(hold) = self.holds.get(&request.order_id) {
            let ended = HoldAnswer::Refused { line: 0, reason: HoldRefusal::Ended };
            return match hold.state {
                hold::State::Held | hold::State::Sold => HoldAnswer::Held,
                _ => hold.refusal.unwrap_or(ended),
            };
        }
        let refusal = self.refusal(&request.lines);
        if matches!(refusal, Some(HoldAnswer::Refused { reason: HoldRefusal::Changed, .. })) {
            return refusal.unwrap();
        }
        let (state, lines) = match refusal {
            None => (hold::State::Held, request.lines.clone()),
            Some(_) => (hold::State::Refused, Vec::new()),
        };
        for line in &lines {
            self.shift(*line, Movement::Hold);
        }
        self.holds.insert(request.order_id, Hold { state, lines, refusal });
        refusal.unwrap_or(HoldAnswer::Held)
    }

    fn refusal(&self, lines: &[HoldLine]) -> Option<HoldAnswer> {
        if lines.is_empty() {
            return Some(HoldAnswer::Refused { line: 0, reason: HoldRefusal::Short });
        }
        let mut taken: BTreeMap<ItemId, i64> = BTreeMap::new();
        for (line, wanted) in lines.iter().enumerate() {
            let (quote, pieces) = &self.items[&wanted.item_id];
            let taken = taken.entry(wanted.item_id).or_default();
            *taken += i64::from(wanted.num);
            let reason = match () {
                () if quote.status != 1 => HoldRefusal::OffSale,
                () if quote.version != wanted.version => HoldRefusal::Changed,
                () if *taken > pieces.available => HoldRefusal::Short,
                () => continue,
            };
            return Some(HoldAnswer::Refused { line, reason });
        }
        None
    }

    fn settle(&mut self, order: OrderId, end: End) -> SettleAnswer {
        self.settles += 1;
        let known = self.holds.get(&order).map(|hold| hold.state);
        let Ok((state, movements)) = hold::settle(known, end) else { return SettleAnswer::Impossible };
        let tombstone = || Hold { state, lines: Vec::new(), refusal: None };
        let hold = self.holds.entry(order).or_insert_with(tombstone);
        hold.state = state;
        let lines = hold.lines.clone();
        for movement in movements {
            for line in &lines {
                self.shift(*line, *movement);
            }
        }
        SettleAnswer::Settled
    }

    fn shift(&mut self, line: HoldLine, movement: Movement) {
        let (num, pieces) = (i64::from(line.num), &mut self.items.get_mut(&line.item_id).unwrap().1);
        let (from, to) = match movement {
            Movement::Hold => (&mut pieces.available, &mut pieces.held),
            Movement::Release => (&mut pieces.held, &mut pieces.available),
            Movement::Sell => (&mut pieces.held, &mut pieces.sold),
            Movement::Return => (&mut pieces.sold, &mut pieces.available),
        };
        *from -= num;
        *to += num;
        assert!(*from >= 0, "more moved than there was");
    }
}

fn quote(id: ItemId, name: &str, price: Cents, status: u8) -> Quote {
    let (image, spec) = (format!("/{name}.png"), None);
    Quote { id, name: name.into(), price, image, spec, status, stock: STOCK, version: 1 }
}

#[async_trait]
impl Items for Shelf {
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>> {
        self.wire.call("item", || self.state.lock().quote(ids)).await
    }

    async fn hold(&self, orders: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>> {
        let hold = || {
            let mut state = self.state.lock();
            orders.iter().map(|order| state.hold(order)).collect()
        };
        self.wire.call("item", hold).await
    }

    async fn settle(&self, ends: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>> {
        let settle = || {
            let mut state = self.state.lock();
            ends.iter().map(|ask| state.settle(ask.order_id, ask.end)).collect()
        };
        self.wire.call("item", settle).await
    }
}
