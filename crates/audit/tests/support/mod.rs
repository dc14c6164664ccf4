//! A world that kept every rule, made by the real state machines.
#![expect(clippy::unwrap_used, reason = "a test may fail here like anywhere else")]

use audit::Memory;
use audit::facts::{
    AttemptFact, BillFact, EntryKind, HoldFact, HoldLineFact, ItemFact, KeyFact, LedgerFact, LedgerKey,
    LineFact, MoneyFact, MoneyKind, MoveFact, OrderFact, OutboxFact, OutboxKey, PayOrderFact, StockChange,
    WalletEntryFact, WalletFact,
};
use model::hold::{self, End, Movement};
use model::order::{CloseReason, Event, Order, apply};
use model::pay_order::{Bill, PayOrder, Refund, State};
use model::wallet::Outcome;
use model::{Actor, AttemptId, Cents, ItemId, Ms, OrderId, PayOrderId, UserId};

/// When the world is looked at.
pub(crate) const NOW: Ms = Ms(1_000_000);
/// How long what is due may take.
pub(crate) const GRACE_MS: i64 = 1_000;
/// When most orders were placed: long before `NOW`.
const EARLY: Ms = Ms(100_000);
const WINDOW_MS: i64 = 60_000;

const ITEMS: [u64; 2] = [1, 2];
const ADDED: i64 = 100;
const BUYER: UserId = UserId(7);
const CREDIT: Cents = Cents(10_000);

/// The orders of the good world.
pub(crate) const PAID: u64 = 1;
pub(crate) const TIMED_OUT: u64 = 2;
pub(crate) const REFUNDED: u64 = 3;
pub(crate) const UNPAID: u64 = 4;
pub(crate) const REFUSED: u64 = 5;
pub(crate) const PLACING: u64 = 6;
pub(crate) const FREE: u64 = 7;
/// Closed; what came to the provider afterwards is being given back, for long.
pub(crate) const LATE: u64 = 10;
/// Paid at the provider.
pub(crate) const BILLED: u64 = 11;
/// A pay order's id is its order's plus this.
pub(crate) const PAY: u64 = 100;
/// An attempt's id is its order's plus this.
pub(crate) const ATTEMPT: u64 = 200;

/// Every invariant holds here.
pub(crate) fn good() -> Memory {
    let mut world = World::new();
    world.paid();
    world.timed_out();
    world.refunded();
    world.unpaid();
    world.refused();
    world.place(PLACING, 10, NOW);
    world.free();
    world.late();
    world.billed();
    world.finish()
}

struct World(Memory);

impl World {
    fn new() -> Self {
        let mut facts = Memory::default();
        for item in ITEMS {
            let key = LedgerKey { item: ItemId(item), reference: 9_000 + item, line: 0, seq: 1 };
            facts.ledger.push(LedgerFact { key, change: StockChange::Added, num: ADDED });
        }
        Self(facts)
    }

    fn paid(&mut self) {
        self.place(PAID, 10, EARLY);
        self.hold(PAID);
        self.event(PAID, &Event::PaymentApplied, EARLY);
        self.success(PAID, Refund::None);
        self.event(PAID, &Event::PayPaid, EARLY + 50);
        self.settle(PAID, End::Sold);
        self.event(PAID, &Event::Ship, EARLY + 90);
    }

    fn timed_out(&mut self) {
        self.place(TIMED_OUT, 10, EARLY);
        self.hold(TIMED_OUT);
        let late = EARLY + WINDOW_MS;
        let timeout = Event::AskClose { reason: CloseReason::Timeout, actor: Actor::Timer };
        self.event(TIMED_OUT, &timeout, late);
        let tombstone = PayOrder::tombstone(PayOrderId(PAY + TIMED_OUT), OrderId(TIMED_OUT));
        self.pay(tombstone, None, Vec::new());
        self.event(TIMED_OUT, &Event::PayClosed, late);
        self.settle(TIMED_OUT, End::Released);
    }

    fn late(&mut self) {
        self.place(LATE, 10, EARLY);
        self.hold(LATE);
        self.event(LATE, &Event::PaymentApplied, EARLY);
        let late = EARLY + WINDOW_MS;
        self.event(LATE, &Event::AskClose { reason: CloseReason::Timeout, actor: Actor::Timer }, late);
        let pay_order = PayOrder { state: State::Closed, bill: Bill::Returning, ..self.pay_order(LATE) };
        self.pay(pay_order, None, Vec::new());
        self.bill(late + 10, true);
        self.event(LATE, &Event::PayClosed, late);
        self.settle(LATE, End::Released);
    }

    fn billed(&mut self) {
        self.place(BILLED, 10, EARLY);
        self.hold(BILLED);
        let state = State::Success { refund: Refund::None };
        let pay_order = PayOrder { state, bill: Bill::Paid, ..self.pay_order(BILLED) };
        self.pay(pay_order, Some(EARLY + 10), Vec::new());
        self.bill(EARLY + 10, false);
        self.event(BILLED, &Event::PayPaid, EARLY + 50);
        self.settle(BILLED, End::Sold);
    }

    /// The last pay order's bill, paid in full.
    fn bill(&mut self, since: Ms, watched: bool) {
        let fact = self.0.pay_orders.last_mut().unwrap();
        fact.bill = Some(BillFact { since, paid: Some(fact.pay_order.amount), watched });
    }

    fn refunded(&mut self) {
        self.place(REFUNDED, 10, EARLY);
        self.hold(REFUNDED);
        self.success(REFUNDED, Refund::Refunded);
        self.event(REFUNDED, &Event::PayPaid, EARLY + 50);
        self.settle(REFUNDED, End::Sold);
        self.event(REFUNDED, &Event::AskRefund, EARLY + 60);
        self.money(REFUNDED, 2, MoneyKind::Refund, EntryKind::Refund);
        self.event(REFUNDED, &Event::Refunded, EARLY + 70);
        self.settle(REFUNDED, End::Returned);
    }

    /// Still has time; an attempt is in flight, after one with a wrong password.
    fn unpaid(&mut self) {
        let placed = NOW - 10;
        self.place(UNPAID, 10, placed);
        self.hold(UNPAID);
        let attempt = AttemptId(ATTEMPT + UNPAID);
        let mut pay_order = self.pay_order(UNPAID);
        pay_order.state = State::Waiting { in_flight: Some(attempt), closing: false };
        let wrong = Outcome::Refused(model::pay_order::Failure::WrongPassword);
        let failed = AttemptFact { id: AttemptId(ATTEMPT - 1), started: placed, outcome: Some(wrong) };
        let running = AttemptFact { id: attempt, started: placed, outcome: None };
        self.pay(pay_order, None, vec![failed, running]);
        let record = self.record(UNPAID, 1, MoneyKind::Debit(wrong));
        self.0.money.push(record);
    }

    fn refused(&mut self) {
        self.place(REFUSED, 10, EARLY);
        self.event(REFUSED, &Event::HoldRefused, EARLY);
        let lines = hold_lines(&self.0.orders.last().unwrap().lines);
        let (order, state) = (OrderId(REFUSED), hold::State::Refused);
        self.0.holds.push(HoldFact { order, state, created: EARLY, lines });
        self.event(REFUSED, &Event::StockSettled(End::Released), EARLY);
    }

    fn free(&mut self) {
        self.place(FREE, 0, EARLY);
        self.hold(FREE);
        self.settle(FREE, End::Sold);
    }

    /// An order of two of item 1 and one of item 2, all at `price`.
    fn place(&mut self, id: u64, price: i64, now: Ms) {
        let line = |item, num| LineFact { item: ItemId(item), num, price: Cents(price) };
        let order = Order::placing(OrderId(id), BUYER, Cents(3 * price), now);
        self.0.orders.push(OrderFact {
            order,
            lines: vec![line(1, 2), line(2, 1)],
            history: Vec::new(),
            archived: None,
        });
        self.0.keys.push(KeyFact { owner: BUYER, key: format!("key {id}"), order: OrderId(id) });
    }

    fn event(&mut self, id: u64, event: &Event, at: Ms) {
        let fact = self.0.orders.iter_mut().find(|fact| fact.order.id.0 == id).unwrap();
        let decision = apply(&fact.order, event, at).unwrap();
        fact.order = decision.order;
        fact.history.extend(decision.moves.iter().map(|step| MoveFact {
            from: step.from,
            to: step.to,
            name: step.name.to_owned(),
            at,
        }));
    }

    fn order(&self, id: u64) -> &OrderFact {
        self.0.orders.iter().find(|fact| fact.order.id.0 == id).unwrap()
    }

    fn hold(&mut self, id: u64) {
        let placed = self.order(id).order.placed_at;
        let lines = hold_lines(&self.order(id).lines);
        let (order, state) = (OrderId(id), hold::State::Held);
        self.0.holds.push(HoldFact { order, state, created: placed, lines });
        self.movement(id, Movement::Hold, 1);
        self.event(id, &Event::Held { window_ms: WINDOW_MS }, placed);
    }

    fn settle(&mut self, id: u64, end: End) {
        let at = self.order(id).history.last().unwrap().at;
        let hold = self.0.holds.iter_mut().find(|hold| hold.order.0 == id).unwrap();
        let (state, movements) = hold::settle(Some(hold.state), end).unwrap();
        hold.state = state;
        for movement in movements {
            let seq = if *movement == Movement::Return { 3 } else { 2 };
            self.movement(id, *movement, seq);
        }
        self.event(id, &Event::StockSettled(end), at);
    }

    fn movement(&mut self, id: u64, movement: Movement, seq: u32) {
        let lines = self.order(id).lines.clone();
        for (line, LineFact { item, num, .. }) in (0..).zip(lines) {
            let key = LedgerKey { item, reference: id, line, seq };
            let change = StockChange::Moved(movement);
            self.0.ledger.push(LedgerFact { key, change, num: num.into() });
        }
    }

    fn pay_order(&self, id: u64) -> PayOrder {
        let order = &self.order(id).order;
        PayOrder::waiting(PayOrderId(PAY + id), order.id, order.owner, order.total, order.deadline)
    }

    fn pay(&mut self, pay_order: PayOrder, success_at: Option<Ms>, attempts: Vec<AttemptFact>) {
        self.0.pay_orders.push(PayOrderFact { pay_order, success_at, attempts, bill: None });
    }

    fn success(&mut self, id: u64, refund: Refund) {
        let pay_order = PayOrder { state: State::Success { refund }, ..self.pay_order(id) };
        let outcome = Some(Outcome::Debited);
        let attempt = AttemptFact { id: AttemptId(ATTEMPT + id), started: EARLY, outcome };
        self.pay(pay_order, Some(EARLY + 10), vec![attempt]);
        self.money(id, 1, MoneyKind::Debit(Outcome::Debited), EntryKind::Debit);
    }

    fn record(&self, id: u64, seq: u64, kind: MoneyKind) -> MoneyFact {
        let PayOrder { id, owner, amount, .. } = self.pay_order(id);
        MoneyFact { pay_order: id, seq, user: owner, kind, amount, at: EARLY }
    }

    fn money(&mut self, id: u64, seq: u64, kind: MoneyKind, entry: EntryKind) {
        let record = self.record(id, seq, kind);
        self.0.money.push(record);
        let (user, amount) = (record.user, record.amount);
        self.0.wallet_entries.push(WalletEntryFact { user, seq: 10 * id + seq, kind: entry, amount });
    }

    /// Writes the counters and balances that belong to all that happened.
    fn finish(self) -> Memory {
        let Self(mut facts) = self;
        facts.items = ITEMS.map(|item| counters(&facts, ItemId(item))).to_vec();
        let credit = WalletEntryFact { user: BUYER, seq: 1, kind: EntryKind::Credit, amount: CREDIT };
        facts.wallet_entries.push(credit);
        // Two orders of 30 were paid, one of them was refunded.
        facts.wallets.push(WalletFact { user: BUYER, balance: Cents(CREDIT.0 - 30) });
        let key = OutboxKey { service: "trade".into(), due: NOW + WINDOW_MS, topic: 1, subject: UNPAID };
        facts.outbox.push(OutboxFact { key, attempts: 0 });
        facts
    }
}

fn hold_lines(lines: &[LineFact]) -> Vec<HoldLineFact> {
    lines.iter().map(|line| HoldLineFact { item: line.item, num: line.num }).collect()
}

/// Counted by the orders: unpaid holds; paid and free are sold; the rest is back.
fn counters(facts: &Memory, id: ItemId) -> ItemFact {
    let of = |order: u64| {
        let fact = facts.orders.iter().find(|fact| fact.order.id.0 == order).unwrap();
        fact.lines.iter().filter(|line| line.item == id).map(|line| i64::from(line.num)).sum::<i64>()
    };
    let (held, sold) = (of(UNPAID), of(PAID) + of(FREE) + of(BILLED));
    ItemFact { id, added: ADDED, available: ADDED - held - sold, held, sold }
}
