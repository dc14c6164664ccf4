//! The same idempotency key in two processes at once.

use model::OrderId;
use model::order::Event;
use trade::place::Refused;
use trade::store::{Begun, Keyed, Placement, Ruling, Store};

use super::{HELD, LATER, Two, change, key, moved, new_order, next_entry_of, place_of, row_of};
use crate::world::START;

const EXTEND: Event = Event::Extend { until: LATER };

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_placements_under_one_key_are_one_order() {
    let Some(two) = Two::new("two_placements_under_one_key_are_one_order").await else { return };
    for (name, body) in [("same", 1), ("other", 2)] {
        let (first, second) = (key(name, 1), key(name, body));
        let (a, b) = (OrderId(u64::from(body) * 10), OrderId(u64::from(body) * 10 + 1));
        let before = two.number("SELECT count(*) FROM trade_orders").await;
        let (one, other, gate) = (two.one.clone(), two.other.clone(), place_of(&first));
        let (first, second) = two
            .race(&gate, async move { one.begin(new_order(a), Some(first)).await.unwrap() }, async move {
                other.begin(new_order(b), Some(second)).await.unwrap()
            })
            .await;
        let (loser, winner) = if first == Begun::New { (second, a) } else { (first, b) };
        let told = if body == 1 { Begun::Known(Placement::Order(winner)) } else { Begun::OtherBody };
        assert_eq!(loser, told);
        assert!(two.one.find(winner).await.unwrap().is_some());
        assert_eq!(two.number("SELECT count(*) FROM trade_orders").await, before + 1);
        two.check().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_and_a_refusal_under_one_key_are_one_answer() {
    let Some(two) = Two::new("an_order_and_a_refusal_under_one_key_are_one_answer").await else { return };
    for (id, refusal_first) in [(1, true), (2, false)] {
        let key = key(&format!("k{id}"), 1);
        let (one, other, gate) = (two.one.clone(), two.other.clone(), place_of(&key));
        let again = key.clone();
        let begin = async move { one.begin(new_order(OrderId(id)), Some(key)).await.unwrap() };
        let refuse = async move { other.refuse(Refused::Changed, again, START).await.unwrap() };
        let (begun, refused) = if refusal_first {
            let (refused, begun) = two.race(&gate, refuse, begin).await;
            (begun, refused)
        } else {
            two.race(&gate, begin, refuse).await
        };
        let outcome = match begun {
            Begun::New => Placement::Order(OrderId(id)),
            _ => Placement::Refused(Refused::Changed),
        };
        assert_eq!(refused, Begun::Known(outcome));
        assert!(begun == Begun::New || begun == refused, "{begun:?}");
        let orders = i64::from(begun == Begun::New);
        assert_eq!(two.number(&format!("SELECT count(*) FROM trade_orders WHERE id = {id}")).await, orders);
        two.check().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_changes_under_one_key_are_one_change_and_one_ruling() {
    let Some(two) = Two::new("two_changes_under_one_key_are_one_change_and_one_ruling").await else { return };
    let again = key("k", 1);
    let gates = [|id, _: &_| row_of(id), |id, _: &_| next_entry_of(id), |_, key: &_| place_of(key)];
    for (number, gate) in (1..).zip(gates) {
        let id = two.order(number, &[HELD]).await;
        let key = key(&format!("{}{number}", again.key), 1);
        let (one, other, gate) = (two.one.clone(), two.other.clone(), gate(id, &key));
        let (first, second) = (key.clone(), key);
        let (first, second) = two
            .race(
                &gate,
                async move { one.apply_once(change(id, EXTEND), first, START).await.unwrap() },
                async move { other.apply_once(change(id, EXTEND), second, START).await.unwrap() },
            )
            .await;
        assert!(matches!(&first, Keyed::Now(applied) if moved(applied)), "{first:?}");
        assert_eq!(second, Keyed::Before(Ruling::Done), "{gate}");
        assert_eq!(two.told(id).await, ["placed", "held", "extended"]);
        two.check().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_key_for_two_orders_changes_only_one_of_them() {
    let Some(two) = Two::new("one_key_for_two_orders_changes_only_one_of_them").await else { return };
    let (a, b) = (two.order(1, &[HELD]).await, two.order(2, &[HELD]).await);
    let (one, other) = (two.one.clone(), two.other.clone());
    let (first, second) = two
        .race(
            &place_of(&key("k", 1)),
            async move { one.apply_once(change(a, EXTEND), key("k", 1), START).await.unwrap() },
            async move { other.apply_once(change(b, EXTEND), key("k", 2), START).await.unwrap() },
        )
        .await;
    let done = |keyed: &Keyed| matches!(keyed, Keyed::Now(applied) if moved(applied));
    let others = [&first, &second].into_iter().filter(|keyed| **keyed == Keyed::OtherBody).count();
    assert_eq!((u8::from(done(&first)) + u8::from(done(&second)), others), (1, 1), "{first:?} {second:?}");
    for (id, keyed) in [(a, first), (b, second)] {
        assert_eq!(two.row(id).await.order.deadline == LATER, done(&keyed));
    }
    two.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_noted_for_two_requests_at_once_is_noted_for_one() {
    let Some(two) = Two::new("a_key_noted_for_two_requests_at_once_is_noted_for_one").await else { return };
    let (one, other) = (two.one.clone(), two.other.clone());
    let (first, second) = two
        .race(
            &place_of(&key("k", 1)),
            async move { one.note_key(key("k", 1), START).await.unwrap() },
            async move { other.note_key(key("k", 2), START).await.unwrap() },
        )
        .await;
    assert_ne!(first, second);
    for (body, noted) in [(1, first), (2, second)] {
        assert_eq!(two.one.note_key(key("k", body), START).await.unwrap(), noted);
    }
}
