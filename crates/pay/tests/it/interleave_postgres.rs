//! Two processes on one database: each pair of events that exclude each other, stopped half-way, in both orders.
//!
//! A gate holds the row both are about, so that each waits before it has read; or the table they write to, so that
//! the first has read and decided and has not written when the second comes.

use model::pay_order::{Bill, CloseAnswer, Event, Failure, Refund, State};
use model::wallet::Outcome;
use model::{AttemptId, OrderId, PayOrderId};
use pay::record::{Method, Terms};
use pay::store::postgres::PgStore;
use pay::store::{Application, Moved, News, NotOpened, Opened, Press, Pressed, Store, Target, Told};

use crate::world::{JACK, ORDER, START, TOTAL, WINDOW_MS, World, idempotency_key};

const ROW: &str = "SELECT 1 FROM pay_orders FOR UPDATE";
const WRITES: &str = "LOCK TABLE pay_orders IN SHARE MODE";
const GATES: [&str; 2] = [ROW, WRITES];

const FIRST: AttemptId = AttemptId(71);
const SECOND: AttemptId = AttemptId(72);

/// Two processes, and a pay order that waits to be paid.
struct Two {
    world: World,
    one: PgStore,
    other: PgStore,
    id: PayOrderId,
}

impl Two {
    async fn new() -> Option<Self> {
        let world = World::on_postgres().await?;
        let id = world.pay_order(ORDER).await;
        let (one, other) = (world.replica(1), world.replica(2));
        Some(Self { world, one, other, id })
    }

    /// Starts over with a pay order that waits to be paid.
    async fn afresh(&mut self) {
        self.forget().await;
        self.id = self.world.pay_order(ORDER).await;
    }

    /// The same with an attempt in flight.
    async fn in_flight(&mut self) {
        self.afresh().await;
        assert_eq!(press(self.one.clone(), self.id, FIRST).await, Pressed::Attempt(FIRST));
    }

    async fn forget(&self) {
        let all = "TRUNCATE pay_orders, pay_attempts, pay_outbox, pay_keys";
        self.world.tables.execute(all).await.unwrap();
    }

    /// The row's state, after everything that must always hold was checked.
    async fn state(&self) -> State {
        let facts = self.world.facts().await;
        let [fact] = facts.as_slice() else { panic!("one order has one pay order") };
        let debited =
            fact.attempts.iter().filter(|attempt| attempt.outcome == Some(Outcome::Debited)).count();
        let open = fact.attempts.iter().filter(|attempt| attempt.outcome.is_none()).count();
        let state = fact.pay_order.state;
        let success = usize::from(matches!(state, State::Success { .. }));
        assert_eq!(debited + usize::from(fact.pay_order.paid_by_bill()), success);
        assert_eq!(open, usize::from(fact.pay_order.in_flight().is_some()));
        let notices = "SELECT count(*) FROM pay_outbox WHERE topic = ";
        let notices = format!("{notices}{}", api::topics::PAY_SUCCESS.code);
        assert_eq!(self.world.count(&notices).await, i64::try_from(success).unwrap());
        state
    }

    /// Starts over with a bill that is open at the provider.
    async fn with_bill(&mut self) {
        self.afresh().await;
        for event in [Event::OpenBill, Event::BillOpened] {
            assert!(hears(self.one.clone(), self.id, event).await);
        }
    }

    /// Where the bill stands; the row was checked.
    async fn bill(&self) -> (State, Bill) {
        let state = self.state().await;
        (state, self.world.facts().await[0].pay_order.bill)
    }
}

async fn press(store: PgStore, pay_order: PayOrderId, attempt: AttemptId) -> Pressed {
    press_once(store, Press { key: None, pay_order, attempt, deadline: None }).await
}

async fn press_once(store: PgStore, press: Press) -> Pressed {
    match store.press(press, START).await.unwrap() {
        engine::Once::Outcome(pressed) => pressed,
        engine::Once::OtherBody => panic!("the same body"),
    }
}

async fn close(store: PgStore) -> CloseAnswer {
    store.close(vec![(ORDER, PayOrderId(990))], START).await.unwrap()[0]
}

async fn open(store: PgStore, id: u64) -> Opened {
    let method = Method { channel: "balance".into(), pay_type: 5, info: String::new() };
    let terms = Terms {
        order: ORDER,
        owner: JACK,
        amount: TOTAL,
        deadline: START + WINDOW_MS,
        method,
        trace: String::new(),
    };
    let application = Application { key: None, id: PayOrderId(id), terms: Ok(terms) };
    match store.open(application, START).await.unwrap() {
        engine::Once::Outcome(opened) => opened,
        engine::Once::OtherBody => panic!("there is no key"),
    }
}

/// Whether the event happened.
async fn happens(store: PgStore, target: Target, event: Event) -> bool {
    match store.apply(vec![(target, event)], START).await.unwrap().remove(0) {
        Moved::Done(_) => true,
        Moved::Refused(..) => false,
        other => panic!("{other:?}"),
    }
}

/// Whether the news of a bill happened.
async fn hears(store: PgStore, pay_order: PayOrderId, event: Event) -> bool {
    let told = Told { channel: "sandbox".into(), ..Told::default() };
    match store.hear(vec![News { pay_order, event, told }], START).await.unwrap().remove(0) {
        Moved::Done(_) => true,
        Moved::Refused(..) => false,
        other => panic!("{other:?}"),
    }
}

const MONEY: Event = Event::BillPaid(TOTAL);
const PAID: State = State::Success { refund: Refund::None };

#[tokio::test]
async fn money_at_the_provider_and_a_close_come_to_one_end_in_either_order() {
    let Some(mut two) = Two::new().await else { return };
    for gate in GATES {
        two.with_bill().await;
        let paying = hears(two.one.clone(), two.id, MONEY);
        let answers = two.world.gate(gate).await.meet(paying, close(two.other.clone())).await;
        assert_eq!(answers, (true, CloseAnswer::Paid));
        assert_eq!(two.bill().await, (PAID, Bill::Paid));

        two.with_bill().await;
        let paying = hears(two.one.clone(), two.id, MONEY);
        let answers = two.world.gate(gate).await.meet(close(two.other.clone()), paying).await;
        assert_eq!(answers, (CloseAnswer::InFlight, true));
        assert_eq!(two.bill().await, (PAID, Bill::Paid));
    }
}

#[tokio::test]
async fn money_that_meets_the_providers_close_is_late_or_first_and_never_lost() {
    let Some(mut two) = Two::new().await else { return };
    for gate in GATES {
        two.with_bill().await;
        assert_eq!(close(two.one.clone()).await, CloseAnswer::InFlight);
        let (closing, paying) =
            (hears(two.one.clone(), two.id, Event::BillClosed), hears(two.other.clone(), two.id, MONEY));
        assert_eq!(two.world.gate(gate).await.meet(closing, paying).await, (true, true));
        assert_eq!(two.bill().await, (State::Closed, Bill::Returning));

        two.with_bill().await;
        assert_eq!(close(two.one.clone()).await, CloseAnswer::InFlight);
        let (closing, paying) =
            (hears(two.one.clone(), two.id, Event::BillClosed), hears(two.other.clone(), two.id, MONEY));
        assert_eq!(two.world.gate(gate).await.meet(paying, closing).await, (true, false));
        assert_eq!(two.bill().await, (PAID, Bill::Paid));
    }
}

#[tokio::test]
async fn money_at_the_provider_and_a_press_never_both_pay() {
    let Some(mut two) = Two::new().await else { return };
    for gate in GATES {
        two.with_bill().await;
        let (paying, pressing) =
            (hears(two.one.clone(), two.id, MONEY), press(two.other.clone(), two.id, FIRST));
        assert_eq!(two.world.gate(gate).await.meet(paying, pressing).await, (true, Pressed::Paid));
        assert_eq!(two.bill().await, (PAID, Bill::Paid));

        two.with_bill().await;
        assert_eq!(press(two.one.clone(), two.id, FIRST).await, Pressed::Attempt(FIRST));
        let target = Target::PayOrder(two.id);
        let (paying, debited) = (
            hears(two.one.clone(), two.id, MONEY),
            happens(two.other.clone(), target, Event::Debited(FIRST)),
        );
        assert_eq!(two.world.gate(gate).await.meet(paying, debited).await, (true, true));
        assert_eq!(two.bill().await, (PAID, Bill::Returning));
    }
}

#[tokio::test]
async fn a_bill_is_paid_once_and_given_back_once_whoever_hears_of_it() {
    let Some(mut two) = Two::new().await else { return };
    for gate in GATES {
        two.with_bill().await;
        assert!(happens(two.one.clone(), Target::PayOrder(two.id), Event::Press(FIRST)).await);
        assert!(happens(two.one.clone(), Target::PayOrder(two.id), Event::Debited(FIRST)).await);
        for event in [MONEY, Event::BillReturned] {
            let (first, second) =
                (hears(two.one.clone(), two.id, event), hears(two.other.clone(), two.id, event));
            assert_eq!(two.world.gate(gate).await.meet(first, second).await, (true, false));
        }
        assert_eq!(two.bill().await, (PAID, Bill::Returned));
    }
}

#[tokio::test]
async fn a_press_and_a_close_exclude_each_other() {
    let Some(mut two) = Two::new().await else { return };
    for gate in GATES {
        two.afresh().await;
        let pressing = press(two.one.clone(), two.id, FIRST);
        let answers = two.world.gate(gate).await.meet(pressing, close(two.other.clone())).await;
        assert_eq!(answers, (Pressed::Attempt(FIRST), CloseAnswer::InFlight));
        assert_eq!(two.state().await, State::Waiting { in_flight: Some(FIRST), closing: true });

        two.afresh().await;
        let pressing = press(two.one.clone(), two.id, FIRST);
        let answers = two.world.gate(gate).await.meet(close(two.other.clone()), pressing).await;
        assert_eq!(answers, (CloseAnswer::Closed, Pressed::Closed));
        assert_eq!(two.state().await, State::Closed);
    }
}

#[tokio::test]
async fn of_two_presses_one_starts() {
    let Some(mut two) = Two::new().await else { return };
    for gate in GATES {
        two.afresh().await;
        let (first, second) =
            (press(two.one.clone(), two.id, FIRST), press(two.other.clone(), two.id, SECOND));
        let answers = two.world.gate(gate).await.meet(first, second).await;
        assert_eq!(answers, (Pressed::Attempt(FIRST), Pressed::Busy));
        assert_eq!(two.state().await, State::Waiting { in_flight: Some(FIRST), closing: false });
    }
}

#[tokio::test]
async fn two_presses_under_one_key_are_one_press() {
    let Some(mut two) = Two::new().await else { return };
    for gate in GATES {
        two.afresh().await;
        let ask = |attempt| {
            let key = Some(idempotency_key("k", "the same"));
            Press { key, pay_order: two.id, attempt, deadline: None }
        };
        let (first, second) =
            (press_once(two.one.clone(), ask(FIRST)), press_once(two.other.clone(), ask(SECOND)));
        let (first, second) = two.world.gate(gate).await.meet(first, second).await;
        // The second has looked for the key before the first wrote it, and looks again when it finds an attempt in flight.
        assert_eq!((first, second), (Pressed::Attempt(FIRST), Pressed::Attempt(FIRST)));
        assert_eq!(press_once(two.other.clone(), ask(SECOND)).await, Pressed::Attempt(FIRST));
        assert_eq!(two.state().await, State::Waiting { in_flight: Some(FIRST), closing: false });
    }
}

#[tokio::test]
async fn an_application_and_a_close_of_an_order_without_pay_order_meet_on_the_new_row() {
    // Somebody else's row of the same order, which is then taken back, or the table: both are about to insert.
    let insert = format!(
        "INSERT INTO pay_orders (id, order_id, owner, amount, channel, pay_type, info, deadline, state, closing,
             refund, created, updated, closed_at)
         VALUES (1, {ORDER}, 0, 0, '', 0, '', 0, 2, false, 0, 0, 0, 0)"
    );
    let Some(two) = Two::new().await else { return };
    for gate in [insert.as_str(), WRITES] {
        for close_first in [false, true] {
            two.forget().await;
            let (one, other) = (two.one.clone(), two.other.clone());
            let (opened, closed) = if close_first {
                let (closed, opened) = two.world.gate(gate).await.meet(close(other), open(one, 7)).await;
                (opened, closed)
            } else {
                two.world.gate(gate).await.meet(open(one, 7), close(other)).await
            };
            assert_eq!(closed, CloseAnswer::Closed, "nothing was pressed");
            let known = [Opened::PayOrder(PayOrderId(7)), Opened::Refused(NotOpened::NotPayable)];
            assert!(known.contains(&opened), "{opened:?}");
            assert_eq!(two.state().await, State::Closed);
            let fact = two.world.facts().await.remove(0);
            assert_eq!(fact.pay_order.is_tombstone(), opened != known[0]);
            assert_ne!(press(two.one.clone(), fact.pay_order.id, FIRST).await, Pressed::Attempt(FIRST));
        }
    }
}

#[tokio::test]
async fn two_applications_get_one_pay_order() {
    let Some(two) = Two::new().await else { return };
    two.forget().await;
    let (first, second) =
        two.world.gate(WRITES).await.meet(open(two.one.clone(), 7), open(two.other.clone(), 8)).await;
    assert_eq!(first, second);
    assert_eq!(two.state().await, State::fresh());
}

#[tokio::test]
async fn an_attempts_end_and_a_close_come_to_one_end_in_either_order() {
    let Some(mut two) = Two::new().await else { return };
    let failed = Event::Failed(FIRST, Failure::NotEnough);
    for gate in GATES {
        for (event, end, told) in [
            (Event::Debited(FIRST), State::Success { refund: Refund::None }, CloseAnswer::Paid),
            (failed, State::Closed, CloseAnswer::Closed),
        ] {
            two.in_flight().await;
            let target = Target::PayOrder(two.id);
            let ending = happens(two.one.clone(), target, event);
            assert_eq!(two.world.gate(gate).await.meet(ending, close(two.other.clone())).await, (true, told));
            assert_eq!(two.state().await, end);

            two.in_flight().await;
            let ending = happens(two.one.clone(), Target::PayOrder(two.id), event);
            let answers = two.world.gate(gate).await.meet(close(two.other.clone()), ending).await;
            assert_eq!(answers, (CloseAnswer::InFlight, true));
            assert_eq!(two.state().await, end);
        }
    }
}

#[tokio::test]
async fn an_attempt_ends_once_whoever_hears_of_it() {
    let Some(mut two) = Two::new().await else { return };
    for gate in GATES {
        for second in [Event::Debited(FIRST), Event::Failed(FIRST, Failure::Voided)] {
            two.in_flight().await;
            let target = Target::PayOrder(two.id);
            let first = happens(two.one.clone(), target, Event::Debited(FIRST));
            let second = happens(two.other.clone(), target, second);
            assert_eq!(two.world.gate(gate).await.meet(first, second).await, (true, false));
            assert_eq!(two.state().await, State::Success { refund: Refund::None });
        }
    }
}

#[tokio::test]
async fn a_refund_is_asked_for_once_and_ends_once() {
    let Some(mut two) = Two::new().await else { return };
    for gate in GATES {
        two.in_flight().await;
        let target = Target::Order(OrderId(ORDER.0));
        assert!(happens(two.one.clone(), target, Event::Debited(FIRST)).await);
        for event in [Event::AskRefund, Event::Refunded] {
            let first = happens(two.one.clone(), target, event);
            let second = happens(two.other.clone(), target, event);
            assert_eq!(two.world.gate(gate).await.meet(first, second).await, (true, false));
        }
        assert_eq!(two.state().await, State::Success { refund: Refund::Refunded });
        let duties =
            format!("SELECT count(*) FROM pay_outbox WHERE topic <> {}", api::topics::PAY_SUCCESS.code);
        assert_eq!(two.world.count(&duties).await, 0, "nothing is owed any more");
    }
}

#[tokio::test]
async fn a_batch_stays_free_of_deadlocks_whatever_order_its_requests_have() {
    let Some(two) = Two::new().await else { return };
    let orders: Vec<OrderId> = (1..=40).map(OrderId).collect();
    for round in 0..10 {
        let up: Vec<_> =
            orders.iter().map(|order| (*order, PayOrderId(1_000 * (round + 1) + order.0))).collect();
        let down: Vec<_> =
            up.iter().rev().map(|(order, id)| (*order, PayOrderId(id.0 + 500 - 2 * order.0))).collect();
        let (up, down) = tokio::join!(two.one.close(up, START), two.other.close(down, START));
        let closed = |answers: Vec<CloseAnswer>| answers.iter().all(|answer| *answer == CloseAnswer::Closed);
        assert!(closed(up.unwrap()) && closed(down.unwrap()));
    }
    assert_eq!(two.world.count("SELECT count(*) FROM pay_orders").await, 41);
}
