//! Transitions that exclude each other, each pair in both orders, met before reading and after deciding.

use api::topics;
use model::order::{CloseReason, Event, PLACING_MS, Refund, Refusal, State};
use model::{Actor, Ms, OrderId};
use trade::store::Applied;

use super::{DEADLINE, HELD, LATER, Two, apply, moved, next_entry_of, row_of};
use crate::world::START;

const EXTEND: Event = Event::Extend { until: LATER };
const TIME_OUT: Event = Event::AskClose { reason: CloseReason::Timeout, actor: Actor::Timer };
const CANCEL: Event = Event::AskClose { reason: CloseReason::Buyer, actor: Actor::Buyer };

/// An order after two processes have each applied an event to it at once.
struct Met {
    id: OrderId,
    applied: [Applied; 2],
}

impl Met {
    fn refusal(&self, of: usize) -> Option<Refusal> {
        match &self.applied[of] {
            Applied::Refused { refusal, .. } => Some(*refusal),
            _ => None,
        }
    }
}

/// Brings an order to where `events` lead and lets `first` and `second` meet on it, in every way there is.
async fn meet(two: &Two, events: &[Event], first: &Event, second: &Event, now: Ms) -> Vec<Met> {
    let mut all = Vec::new();
    for gate in [row_of, next_entry_of] {
        let id = two
            .order(u64::try_from(two.number("SELECT count(*) FROM trade_orders").await).unwrap() + 1, events)
            .await;
        let (one, other) = (two.one.clone(), two.other.clone());
        let (first, second) = ([(id, first.clone())], [(id, second.clone())]);
        let (first, second) = two
            .race(&gate(id), async move { apply(&one, &first, now).await.remove(0) }, async move {
                apply(&other, &second, now).await.remove(0)
            })
            .await;
        two.check().await;
        all.push(Met { id, applied: [first, second] });
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_and_a_close_at_the_deadline_exclude_each_other() {
    let test = "an_extension_and_a_close_at_the_deadline_exclude_each_other";
    let Some(two) = Two::new(test).await else { return };
    for met in meet(&two, &[HELD], &EXTEND, &TIME_OUT, DEADLINE).await {
        assert!(moved(&met.applied[0]));
        assert_eq!(met.refusal(1), Some(Refusal::NotDue));
        let order = two.row(met.id).await.order;
        assert_eq!((order.deadline, order.close_asked), (LATER, None));
        assert_eq!(two.told(met.id).await, ["placed", "held", "extended"]);
    }
    for met in meet(&two, &[HELD], &TIME_OUT, &EXTEND, DEADLINE).await {
        assert!(moved(&met.applied[0]));
        assert_eq!(met.refusal(1), Some(Refusal::CloseAsked));
        let order = two.row(met.id).await.order;
        assert!(order.deadline == DEADLINE && order.close_asked.is_some());
        assert_eq!(two.messages(topics::ORDER_DUTY, met.id).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parcel_and_a_refund_exclude_each_other() {
    let Some(two) = Two::new("a_parcel_and_a_refund_exclude_each_other").await else { return };
    let paid = [HELD, Event::PayPaid];
    for met in meet(&two, &paid, &Event::Ship, &Event::AskRefund, START).await {
        assert!(moved(&met.applied[0]));
        assert_eq!(met.refusal(1), Some(Refusal::WrongState(State::Shipped)));
        let row = two.row(met.id).await;
        assert_eq!((row.order.state, row.order.refund), (State::Shipped, Refund::None));
        assert_eq!((row.paid_at, row.shipped_at), (Some(START), Some(START)));
    }
    for met in meet(&two, &paid, &Event::AskRefund, &Event::Ship, START).await {
        assert!(moved(&met.applied[0]));
        assert_eq!(met.refusal(1), Some(Refusal::Refunding));
        let row = two.row(met.id).await;
        assert_eq!((row.order.state, row.shipped_at), (State::Paid, None));
        assert!(row.order.refunding());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_and_a_close_exclude_each_other_and_closed_is_never_paid() {
    let test = "a_payment_and_a_close_exclude_each_other_and_closed_is_never_paid";
    let Some(two) = Two::new(test).await else { return };
    let asked = [HELD, Event::PaymentApplied, CANCEL];
    for met in meet(&two, &asked, &Event::PayPaid, &Event::PayClosed, START).await {
        assert!(moved(&met.applied[0]));
        assert_eq!(met.refusal(1), Some(Refusal::WrongState(State::Paid)));
        let row = two.row(met.id).await;
        assert_eq!((row.order.state, row.closed_at), (State::Paid, None));
        assert_eq!(two.told(met.id).await.last().unwrap(), "paid");
    }
    for met in meet(&two, &asked, &Event::PayClosed, &Event::PayPaid, START).await {
        assert!(met.applied.iter().all(moved), "late money is owed back");
        let row = two.row(met.id).await;
        assert_eq!((row.order.state, row.paid_at, row.order.refund), (State::Closed, None, Refund::Owed));
        assert_eq!(two.told(met.id).await[4..], ["closed", "lateMoney"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_and_the_duty_that_gives_a_placement_up_exclude_each_other() {
    let test = "a_hold_and_the_duty_that_gives_a_placement_up_exclude_each_other";
    let Some(two) = Two::new(test).await else { return };
    let now = START + PLACING_MS;
    for met in meet(&two, &[], &HELD, &Event::PlacingExpired, now).await {
        assert!(moved(&met.applied[0]));
        assert_eq!(met.refusal(1), Some(Refusal::WrongState(State::Unpaid)));
        assert_eq!(two.row(met.id).await.order.state, State::Unpaid);
        let messages = [topics::ORDER_CHECK, topics::ORDER_CREATED, topics::ORDER_DUTY];
        let counts = [1, 1, 0];
        for (topic, count) in messages.into_iter().zip(counts) {
            assert_eq!(two.messages(topic, met.id).await, count, "{topic:?}");
        }
    }
    for met in meet(&two, &[], &Event::PlacingExpired, &HELD, now).await {
        assert!(moved(&met.applied[0]));
        assert_eq!(met.refusal(1), Some(Refusal::WrongState(State::Closed)));
        let order = two.row(met.id).await.order;
        assert_eq!((order.state, order.close_reason), (State::Closed, Some(CloseReason::PlacementFailed)));
        assert_eq!(
            two.messages(topics::ORDER_CREATED, met.id).await,
            0,
            "the cart keeps what was not ordered"
        );
        assert_eq!(two.messages(topics::ORDER_DUTY, met.id).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_event_twice_at_once_happens_once() {
    let Some(two) = Two::new("the_same_event_twice_at_once_happens_once").await else { return };
    let paid = [HELD, Event::PayPaid];
    let cases: [(&[Event], Event); 4] = [
        (&[HELD], CANCEL),
        (&[HELD], Event::PayPaid),
        (&[HELD], Event::PaymentApplied),
        (&paid, Event::AskRefund),
    ];
    for (events, event) in cases {
        for met in meet(&two, events, &event, &event, START).await {
            assert!(moved(&met.applied[0]));
            assert_eq!(met.refusal(1), Some(Refusal::Already), "{event:?}");
            assert_eq!(two.told(met.id).await.len(), events.len() + 2, "{event:?}");
        }
    }
}
