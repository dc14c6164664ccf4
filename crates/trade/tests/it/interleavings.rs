//! Random interleavings of everything that can happen to a few orders. Whatever the order of things: every
//! order ends, stock and money are right, histories are legal, and the tally equals a recount.

use model::OrderId;
use model::order::{Refund, State};
use proptest::prelude::*;
use trade::place::Failure;

use crate::engines::on_postgres;
use crate::shelf::{CUP, Change, KETTLE, Pieces, STOCK};
use crate::till::Payment;
use crate::wire::Fault;
use crate::world::World;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Under one of a few keys: often a repetition.
    Place {
        key: u8,
        much: bool,
    },
    Apply(usize),
    Press(usize),
    Resolve(usize, bool),
    /// Money comes in against all rules, even for a closed order.
    Slip(usize),
    Notice(usize),
    Cancel(usize),
    Refund(usize),
    Ship(usize),
    Reprice,
    Fault(usize, Fault),
    Down(&'static str, bool),
    LoseMessages,
    Pass(i64),
    Jump(i64),
    Sweep,
}

fn step() -> impl Strategy<Value = Step> {
    let which = 0..4_usize;
    let span = prop::sample::select(vec![1, 1_000, 10_000, 60_000, 900_000]);
    let fault = prop::sample::select(vec![Fault::Lost, Fault::AnswerLost]);
    let service = prop::sample::select(vec!["item", "pay"]);
    prop_oneof![
        4 => (0..4_u8, prop::bool::weighted(0.1)).prop_map(|(key, much)| Step::Place { key, much }),
        3 => which.clone().prop_map(Step::Apply),
        3 => which.clone().prop_map(Step::Press),
        3 => (which.clone(), any::<bool>()).prop_map(|(which, paid)| Step::Resolve(which, paid)),
        1 => which.clone().prop_map(Step::Slip),
        2 => which.clone().prop_map(Step::Notice),
        2 => which.clone().prop_map(Step::Cancel),
        1 => which.clone().prop_map(Step::Refund),
        1 => which.prop_map(Step::Ship),
        1 => Just(Step::Reprice),
        3 => (1..4_usize, fault).prop_map(|(nth, fault)| Step::Fault(nth, fault)),
        2 => (service, any::<bool>()).prop_map(|(service, down)| Step::Down(service, down)),
        1 => Just(Step::LoseMessages),
        3 => span.clone().prop_map(Step::Pass),
        2 => span.prop_map(Step::Jump),
        2 => Just(Step::Sweep),
    ]
}

struct Run {
    world: World,
    /// Orders a client was told of, by key.
    told: [Option<OrderId>; 8],
    prices: i64,
}

impl Run {
    async fn orders(&self) -> Vec<OrderId> {
        let all = self.world.base.order_facts(OrderId(0), 1_000).await;
        all.into_iter().map(|fact| fact.order.id).collect()
    }

    async fn take(&mut self, step: Step) {
        let orders = self.orders().await;
        let pick = |which: usize| orders.get(which).copied().unwrap_or(OrderId(404));
        let (world, reason) = (&self.world, serde_json::json!({"reason": "any"}));
        match step {
            Step::Place { key, much } => self.place(key, much).await,
            Step::Apply(which) => drop(api::calls::Trade::apply_payment(&world.service, pick(which)).await),
            Step::Press(which) => self.press(pick(which)).await,
            Step::Resolve(which, paid) => world.till.resolve(pick(which), paid),
            Step::Slip(which) => self.slip(pick(which)).await,
            Step::Notice(which) => drop(world.notice(pick(which)).await),
            Step::Cancel(which) => {
                let path = format!("/orders/{}/cancel", pick(which));
                world.jack(http::Method::PUT, &path, None).await;
            }
            Step::Refund(which) => drop(world.staff(pick(which), "refund", None, reason).await),
            Step::Ship(which) => {
                let body = serde_json::json!({"company": "c", "number": "n", "reason": "any"});
                world.staff(pick(which), "ship", None, body).await;
            }
            Step::Reprice => {
                self.prices += 1;
                let price = Change::Price(model::Cents(2_500 + self.prices));
                world.shelf.change_after_quote(KETTLE, price);
            }
            Step::Fault(nth, fault) => world.wire.fault(nth, fault),
            Step::Down(service, down) => world.wire.set_down(service, down),
            Step::LoseMessages => world.lose_messages().await,
            Step::Pass(ms) => world.pass(ms).await,
            Step::Jump(ms) => world.clock.advance(ms),
            Step::Sweep => drop(world.sweep().await),
        }
        self.check().await;
    }

    async fn place(&mut self, key: u8, much: bool) {
        let lines = if much { [(CUP, 1), (KETTLE, 999)] } else { [(CUP, 1), (KETTLE, 2)] };
        let slot = usize::from(key) + if much { 4 } else { 0 };
        match self.world.place(&lines, &format!("k{slot}")).await {
            Ok(id) => {
                assert!(self.told[slot].is_none_or(|told| told == id), "two orders under one key");
                self.told[slot] = Some(id);
            }
            Err(Failure::Refused(refused)) => assert_eq!(self.told[slot], None, "{refused:?} after an order"),
            Err(Failure::NoAnswer(_)) => {}
            Err(other) => panic!("{other:?}"),
        }
    }

    /// A payment starts only where it was applied for and `pay` has not closed it.
    async fn press(&self, id: OrderId) {
        let row = self.world.store.find(id).await.unwrap();
        if row.is_some_and(|row| row.order.applied_at.is_some()) {
            self.world.till.press(id);
        }
    }

    async fn slip(&self, id: OrderId) {
        if self.world.till.payment(id) == Payment::Closed {
            self.world.till.force(id, Payment::Paid);
            self.world.notice(id).await;
        }
    }

    async fn check(&self) {
        for id in self.orders().await {
            self.check_history(id).await;
            let order = self.world.header(id).await;
            let payment = self.world.till.payment(id);
            let paid = matches!(payment, Payment::Paid | Payment::Refunded);
            assert!(order.state != State::Paid || paid, "paid without pay: {order:?}");
            assert!(self.world.till.refunds(id) <= 1);
        }
        self.check_tally().await;
    }

    /// A path without gaps from placing, in time, never out of closed.
    async fn check_history(&self, id: OrderId) {
        let history = self.world.history(id).await;
        let mut state = State::Placing;
        for (entry, next) in history.iter().zip(history.iter().skip(1)) {
            assert!(entry.at <= next.at);
        }
        for entry in &history {
            assert_eq!(entry.from, state, "{history:?}");
            assert!(state != State::Closed || entry.to == State::Closed, "left closed: {history:?}");
            state = entry.to;
        }
        assert_eq!(state, self.world.state(id).await);
        let mut names: Vec<&str> = history.iter().map(|entry| entry.name.as_str()).collect();
        let settled = names.iter().filter(|name| **name == "stockSettled").count();
        assert!(settled <= 2, "{names:?}");
        names.retain(|name| *name != "stockSettled");
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "a transition twice: {history:?}");
    }

    async fn check_tally(&self) {
        for (state, n) in self.world.store.tally().await.unwrap() {
            let recount = format!("SELECT count(*) FROM trade_orders WHERE state = {}", state.code());
            assert_eq!(n, self.world.count(&recount).await, "{state:?}");
        }
        let (tallied, all) = ("SELECT coalesce(sum(n), 0) FROM trade_tally", self.world.orders().await);
        assert_eq!(self.world.count(tallied).await, all);
    }

    /// Everything is back: all must come to one end, with nothing owed.
    async fn end(self) {
        self.world.wire.heal();
        for id in self.orders().await {
            self.world.till.resolve(id, id.0.is_multiple_of(2));
        }
        self.world.settle_down().await;
        self.hear_again().await;
        self.world.settle_down().await;
        self.check().await;
        let mut sold = 0;
        for id in self.orders().await {
            sold += self.check_end(id).await;
        }
        let pieces = |num: i64| Pieces { available: STOCK - num * sold, held: 0, sold: num * sold };
        assert_eq!(self.world.shelf.pieces(KETTLE), pieces(2));
        assert_eq!(self.world.shelf.pieces(CUP), pieces(1));
        assert_eq!(
            (self.world.messages().await, self.world.unfinished().await, self.world.dead_letters().await),
            (0, 0, 0)
        );
    }

    /// `pay` keeps its notices until they are heard; those that met an outage come again.
    async fn hear_again(&self) {
        for id in self.orders().await {
            if self.world.till.payment(id) == Payment::Paid {
                self.world.notice(id).await;
            }
        }
    }

    /// Answers how often the order is sold: 1 or 0.
    async fn check_end(&self, id: OrderId) -> i64 {
        let order = self.world.header(id).await;
        assert!(order.stock.is_some_and(|stock| stock.settled), "{order:?}");
        let payment = self.world.till.payment(id);
        match order.state {
            State::Paid | State::Shipped => {
                assert_eq!((payment, self.world.till.refunds(id)), (Payment::Paid, 0), "{order:?}");
                1
            }
            State::Closed => {
                assert!(!matches!(payment, Payment::Paid), "money kept: {order:?}");
                assert_eq!(order.refund == Refund::Done, payment == Payment::Refunded, "{order:?}");
                0
            }
            _ => panic!("no end: {order:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if on_postgres() { 16 } else { 96 }, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_in_whatever_order_every_order_reaches_its_right_end(
        steps in prop::collection::vec(step(), 1..40)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let Some(world) = World::new().await else { return };
            let mut run = Run { world, told: [None; 8], prices: 0 };
            run.take(Step::Place { key: 0, much: false }).await;
            for step in steps {
                run.take(step).await;
            }
            run.end().await;
        });
    }
}
