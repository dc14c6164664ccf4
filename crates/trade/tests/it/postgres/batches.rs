//! Many orders in one transaction, and many transactions at once.

use api::topics;
use async_trait::async_trait;
use delay::{Key, Outbox};
use engine::postgres::{Batch, PgOutbox, Tx};
use model::hold::End;
use model::order::{CloseReason, Event, PLACING_MS, State};
use model::{Actor, OrderId};
use trade::store::{Applied, Store};

use super::{DEADLINE, HELD, LATER, Two, apply, moved, row_of};
use crate::world::{START, config};

const CANCEL: Event = Event::AskClose { reason: CloseReason::Buyer, actor: Actor::Buyer };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_in_opposite_order_lock_in_the_same_order() {
    let Some(two) = Two::new("batches_in_opposite_order_lock_in_the_same_order").await else { return };
    let (low, high) = (two.order(1, &[HELD]).await, two.order(2, &[HELD]).await);
    let gate = two.hold(&row_of(low)).await;
    let batch = |store: &trade::store::postgres::PgStore, orders: [OrderId; 2]| {
        let store = store.clone();
        let events = orders.map(|id| (id, Event::Extend { until: LATER }));
        tokio::spawn(async move { apply(&store, &events, START).await })
    };
    let (up, down) = (batch(&two.one, [low, high]), batch(&two.other, [high, low]));
    two.until_waiting(2).await;
    let free = two.hold(&format!("{} NOWAIT", row_of(high))).await;
    free.open().await;
    gate.open().await;
    let (up, down) = (up.await.unwrap(), down.await.unwrap());
    for (here, there) in up.iter().zip(down.iter().rev()) {
        assert!(moved(here) != moved(there), "exactly one of them: {here:?} {there:?}");
    }
    two.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_at_full_speed_over_the_same_orders_lose_and_double_nothing() {
    let test = "two_processes_at_full_speed_over_the_same_orders_lose_and_double_nothing";
    let Some(two) = Two::new(test).await else { return };
    let mut orders = Vec::new();
    for id in 1..=24 {
        orders.push(two.order(id, &[]).await);
    }
    let last = Event::StockSettled(End::Released);
    for event in [HELD, CANCEL, Event::PayClosed, last] {
        let mut racing = Vec::new();
        for turn in 0..8 {
            let store = if turn % 2 == 0 { two.one.clone() } else { two.other.clone() };
            let mut events: Vec<_> = orders.iter().map(|id| (*id, event.clone())).collect();
            events.rotate_left(turn * 3);
            if turn % 3 == 0 {
                events.reverse();
            }
            racing.push(tokio::spawn(async move { apply(&store, &events, START).await }));
        }
        let mut winners = 0;
        for batch in racing {
            winners += batch.await.unwrap().iter().filter(|applied| moved(applied)).count();
        }
        assert_eq!(winners, orders.len(), "{event:?}: each order once");
        two.check().await;
    }
    assert_eq!(two.one.tally().await.unwrap().iter().map(|(_, n)| n).sum::<i64>(), 24);
    assert_eq!(
        two.number("SELECT count(*) FROM trade_orders WHERE state = 5 AND stock_settled = 1").await,
        24
    );
}

#[tokio::test]
async fn later_changes_of_a_batch_see_earlier_ones() {
    let Some(two) = Two::new("later_changes_of_a_batch_see_earlier_ones").await else { return };
    let id = two.order(1, &[HELD]).await;
    let all = [CANCEL, CANCEL, Event::PayClosed, Event::PayPaid, Event::StockSettled(End::Released)];
    let applied = apply(&two.one, &all.map(|event| (id, event)), START).await;
    let moves: Vec<bool> = applied.iter().map(moved).collect();
    assert_eq!(moves, [true, false, true, true, true]);
    let told = ["placed", "held", "closeAsked", "closed", "lateMoney", "stockSettled"];
    assert_eq!(two.told(id).await, told);
    assert_eq!(two.row(id).await.closed_at, Some(START));
    two.check().await;
    let end = apply(&two.one, &[(id, Event::Refunded), (OrderId(404), Event::Refunded)], START).await;
    assert!(moved(&end[0]) && end[1] == Applied::Unknown);
    assert_eq!(two.messages(topics::ORDER_DUTY, id).await, 0);
    two.check().await;
}

#[tokio::test]
async fn a_duty_that_one_batch_writes_and_drops_is_not_sent() {
    let Some(two) = Two::new("a_duty_that_one_batch_writes_and_drops_is_not_sent").await else { return };
    let id = two.order(1, &[HELD]).await;
    let all = [CANCEL, Event::PayClosed, Event::StockSettled(End::Released)];
    assert!(apply(&two.one, &all.map(|event| (id, event)), START).await.iter().all(moved));
    assert_eq!(two.messages(topics::ORDER_DUTY, id).await, 0);
    two.check().await;
}

#[tokio::test]
async fn a_duty_that_replaces_one_for_the_same_time_is_sent() {
    let Some(two) = Two::new("a_duty_that_replaces_one_for_the_same_time_is_sent").await else { return };
    let id = two.order(1, &[]).await;
    let now = START + PLACING_MS - config().duty_delay_ms;
    assert!(moved(&apply(&two.one, &[(id, Event::HoldRefused)], now).await[0]));
    assert_eq!(two.messages(topics::ORDER_DUTY, id).await, 1);
    two.check().await;
}

struct Cancel(PgOutbox);

#[async_trait]
impl Batch for Cancel {
    type Request = Key;
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>, keys: &[Key]) -> engine::Result<Vec<()>> {
        self.0.cancel_all(tx, keys);
        Ok(vec![(); keys.len()])
    }
}

#[tokio::test]
async fn where_the_bus_keeps_the_delay_a_timer_is_handed_over_at_once_and_duties_stay_here() {
    let test = "where_the_bus_keeps_the_delay_a_timer_is_handed_over_at_once_and_duties_stay_here";
    let Some(two) = Two::relaying(test, &[topics::ORDER_CHECK.code]).await else { return };
    let id = two.order(1, &[HELD]).await;
    let outbox = two.one.outbox();
    let ready = outbox.page(None, START, 10).await.unwrap();
    let timer = ready.iter().find(|message| message.topic == topics::ORDER_CHECK).unwrap();
    assert_eq!((ready.len(), timer.ready, timer.due), (2, START, DEADLINE), "with the message to the cart");
    assert!(moved(&apply(&two.one, &[(id, CANCEL)], START).await[0]));
    assert_eq!(outbox.page(None, START, 10).await.unwrap(), ready, "the duty waits for its time");
    let all = [Event::PayClosed, Event::StockSettled(End::Released)];
    assert!(apply(&two.one, &all.map(|event| (id, event)), START).await.iter().all(moved));
    assert_eq!(two.messages(topics::ORDER_DUTY, id).await, 0, "and is dropped when nothing is owed");
    two.db.run(&Cancel(outbox), &[timer.key()]).await.unwrap();
    assert_eq!(two.messages(topics::ORDER_CHECK, id).await, 0, "a timer is found by when it is due");
    assert_eq!(two.row(id).await.order.state, State::Closed);
}
