//! Transitions that exclude each other, stopped between their statements, in two replicas on PostgreSQL.

use api::calls::{HoldRefusal, SettleAnswer};
use engine::IdempotencyKey;
use item::catalogue::{Edit, Status};
use item::store::{Edited, PutCounts, Restocked};
use model::hold::{End, State};
use model::{Cents, ItemId, OrderId};

use crate::race::{Act, Came, HELD, Race, SETTLED, act, change};
use crate::shop::{draft, refused};

const SHORT: Came = Came::Hold(refused(0, HoldRefusal::Short));
const ENDED: Came = Came::Hold(refused(0, HoldRefusal::Ended));

/// Both acts, the first one first, and the other way round.
fn both_orders<T: Clone>(a: T, b: T) -> [(T, T); 2] {
    [(a.clone(), b.clone()), (b, a)]
}

async fn state(race: &Race, order: u64) -> State {
    race.other.find_hold(OrderId(order)).await.unwrap().unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_piece_goes_to_one_of_two_orders() {
    let Some(race) = Race::open("the_last_piece_goes_to_one_of_two_orders").await else { return };
    let item = race.shop.stocked(1).await;
    race.shut_item(item).await;
    let (one, other) = race.meet(Act::Hold(1, vec![item]), Act::Hold(2, vec![item])).await;
    assert!([(HELD, SHORT), (SHORT, HELD)].contains(&(one, other)), "{one:?} {other:?}");
    assert_eq!(race.shop.counters(item).await, (0, 1, 0));
    assert_eq!(race.shop.unexplained().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_order_asked_for_in_two_replicas_is_held_once() {
    let Some(race) = Race::open("one_order_asked_for_in_two_replicas_is_held_once").await else { return };
    let item = race.shop.stocked(5).await;
    race.shut_item(item).await;
    let both = race.meet(Act::Hold(1, vec![item]), Act::Hold(1, vec![item])).await;
    assert_eq!(both, (HELD, HELD));
    assert_eq!(race.shop.counters(item).await, (4, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_that_overtakes_its_hold_leaves_nothing_held() {
    let Some(race) = Race::open("a_release_that_overtakes_its_hold_leaves_nothing_held").await else {
        return;
    };
    let item = race.shop.stocked(5).await;
    // The hold has seen that there is no header, and waits for its item; meanwhile the order ends.
    race.shut_item(item).await;
    let hold = race.start(Act::Hold(1, vec![item]));
    race.until_waiting(1).await;
    assert_eq!(act(race.other.clone(), Act::Settle(1, End::Released)).await, SETTLED);
    race.release().await;
    assert_eq!(hold.await.unwrap(), ENDED);
    assert_eq!(race.shop.counters(item).await, (5, 0, 0));
    assert_eq!(state(&race, 1).await, State::Released);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_and_a_release_before_it_write_one_header() {
    let Some(race) = Race::open("a_hold_and_a_release_before_it_write_one_header").await else { return };
    for order in [1, 2] {
        let item = race.shop.stocked(5).await;
        let acts = both_orders(Act::Hold(order, vec![item]), Act::Settle(order, End::Released));
        let (first, second) = acts[usize::from(order == 2)].clone();
        // Both have seen that there is no header, and both wait to write it.
        race.shut_place(order).await;
        let came = race.meet(first, second).await;
        let came = if order == 1 { came } else { (came.1, came.0) };
        assert!([(HELD, SETTLED), (ENDED, SETTLED)].contains(&came), "{came:?}");
        assert_eq!(race.shop.counters(item).await, (5, 0, 0), "{came:?}");
        assert_eq!(state(&race, order).await, State::Released);
        assert_eq!(act(race.other.clone(), Act::Hold(order, vec![item])).await, ENDED);
    }
    assert_eq!(race.shop.unexplained().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_duplicate_of_a_hold_takes_nothing_while_the_order_ends() {
    let Some(race) = Race::open("a_late_duplicate_of_a_hold_takes_nothing_while_the_order_ends").await else {
        return;
    };
    for (order, duplicate_first) in [(1, true), (2, false)] {
        let item = race.shop.stocked(5).await;
        race.shop.hold(order, &[(item, 1)]).await;
        let (duplicate, release) = (Act::Hold(order, vec![item]), Act::Settle(order, End::Released));
        race.shut_header(order).await;
        let came = if duplicate_first {
            race.meet(duplicate, release).await
        } else {
            let (settled, held) = race.meet(release, duplicate).await;
            (held, settled)
        };
        assert!([(HELD, SETTLED), (ENDED, SETTLED)].contains(&came), "{came:?}");
        assert_eq!(race.shop.counters(item).await, (5, 0, 0));
    }
    assert_eq!(race.shop.unexplained().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn stock_that_staff_take_away_is_not_held_too() {
    let Some(race) = Race::open("stock_that_staff_take_away_is_not_held_too").await else { return };
    for order in [1, 2] {
        let item = race.shop.stocked(1).await;
        let (hold, less) = (Act::Hold(order, vec![item]), Act::Restock(item, -1));
        race.shut_item(item).await;
        let (held, taken) = if order == 1 {
            race.meet(hold, less).await
        } else {
            let (taken, held) = race.meet(less, hold).await;
            (held, taken)
        };
        let order_won = (held, taken) == (HELD, Came::Restock(Restocked::Short(0)));
        let staff_won = (held, taken) == (SHORT, Came::Restock(Restocked::Done(0)));
        assert!(order_won || staff_won, "{held:?} {taken:?}");
        assert_eq!(race.shop.counters(item).await, (0, i64::from(order_won), 0));
    }
    assert_eq!(race.shop.unexplained().await, 0);
}

/// Holds an item while staff edit it, each first once (whoever waits first goes first); a hold that comes second
/// must be refused for `reason`.
async fn hold_against(test: &str, edit: Edit, reason: HoldRefusal) {
    let Some(race) = Race::open(test).await else { return };
    for order in [1, 2] {
        let item = race.shop.stocked(5).await;
        let (hold, change) = (Act::Hold(order, vec![item]), Act::Edit(item, edit.clone()));
        race.shut_item(item).await;
        let (came, wanted) = if order == 1 {
            (race.meet(hold, change).await, HELD)
        } else {
            let (edited, held) = race.meet(change, hold).await;
            ((held, edited), Came::Hold(refused(0, reason)))
        };
        assert_eq!(came, (wanted, Came::Edit(Edited::Done)));
        let held = came.0;
        let pieces = i64::from(held == HELD);
        assert_eq!(race.shop.counters(item).await, (5 - pieces, pieces, 0), "the edit left the stock alone");
        assert_eq!(race.shop.quote(item).await.version, 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_off_sale_is_held_before_or_not_at_all() {
    let off = Edit::status(Status::OffSale);
    hold_against("what_goes_off_sale_is_held_before_or_not_at_all", off, HoldRefusal::OffSale).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_price_changes_before_or_after_a_hold_never_within() {
    let dearer = Edit { price: Some(Cents(999)), ..Edit::default() };
    hold_against("a_price_changes_before_or_after_a_hold_never_within", dearer, HoldRefusal::Changed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_sold_or_released_never_both() {
    let Some(race) = Race::open("an_order_is_sold_or_released_never_both").await else { return };
    let impossible = Came::Settle(SettleAnswer::Impossible);
    for (order, (first, second)) in (1..).zip(both_orders(End::Sold, End::Released)) {
        let item = race.shop.stocked(5).await;
        race.shop.hold(order, &[(item, 1)]).await;
        race.shut_header(order).await;
        let came = race.meet(Act::Settle(order, first), Act::Settle(order, second)).await;
        assert!([(SETTLED, impossible), (impossible, SETTLED)].contains(&came), "{came:?}");
        let won = if came.0 == SETTLED { first } else { second };
        let (counters, end) = match won {
            End::Sold => ((4, 0, 1), State::Sold),
            _ => ((5, 0, 0), State::Released),
        };
        assert_eq!(race.shop.counters(item).await, counters);
        assert_eq!(state(&race, order).await, end);
    }
    assert_eq!(race.shop.unexplained().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_told_to_two_replicas_moves_stock_once() {
    let Some(race) = Race::open("an_end_told_to_two_replicas_moves_stock_once").await else { return };
    for (order, end) in (1..).zip([End::Released, End::Sold, End::Returned]) {
        let item = race.shop.stocked(5).await;
        race.shop.hold(order, &[(item, 1)]).await;
        race.shut_header(order).await;
        let came = race.meet(Act::Settle(order, end), Act::Settle(order, end)).await;
        assert_eq!(came, (SETTLED, SETTLED));
        let sold = i64::from(end == End::Sold);
        assert_eq!(race.shop.counters(item).await, (5 - sold, 0, sold));
    }
    assert_eq!(race.shop.unexplained().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_a_b_and_b_a_are_both_held() {
    let Some(race) = Race::open("orders_a_b_and_b_a_are_both_held").await else { return };
    let (a, b) = (race.shop.stocked(200).await, race.shop.stocked(200).await);
    for (order, kept) in [(1, a), (3, b)] {
        race.shut_item(kept).await;
        let came = race.meet(Act::Hold(order, vec![a, b]), Act::Hold(order + 1, vec![b, a])).await;
        assert_eq!(came, (HELD, HELD));
    }
    for order in (10..110).step_by(2) {
        let one = act(race.shop.store.clone(), Act::Hold(order, vec![a, b]));
        let other = act(race.other.clone(), Act::Hold(order + 1, vec![b, a]));
        assert_eq!(tokio::join!(one, other), (HELD, HELD));
    }
    assert_eq!(race.shop.counters(a).await, (96, 104, 0));
    assert_eq!(race.shop.counters(b).await, (96, 104, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_item_imported_twice_at_once_is_there_once() {
    let Some(race) = Race::open("one_item_imported_twice_at_once_is_there_once").await else { return };
    race.shut(
        "INSERT INTO item_items (id, version, price, added, available, held, sold, sold_before, status, category,
         brand) VALUES (7, 1, 1, 0, 0, 0, 0, 0, 1, '', '')",
    )
    .await;
    let put = Act::Put(ItemId(7), draft("cup", 990, 5));
    let came = race.meet(put.clone(), put).await;
    let added = Came::Put(PutCounts { added: 1, ..PutCounts::default() });
    let unchanged = Came::Put(PutCounts { unchanged: 1, ..PutCounts::default() });
    assert!([(added, unchanged), (unchanged, added)].contains(&came), "{came:?}");
    assert_eq!(race.shop.counters(ItemId(7)).await, (5, 0, 0));
    assert_eq!(race.shop.unexplained().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_retried_in_another_replica_makes_one_item() {
    let Some(race) = Race::open("a_creation_retried_in_another_replica_makes_one_item").await else { return };
    let key = || Some(IdempotencyKey { owner: 9, key: "k".into(), fingerprint: [1; 16] });
    let one = race.shop.store.create(key(), draft("cup", 990, 5), change(101));
    let other = race.other.create(key(), draft("cup", 990, 5), change(102));
    let (one, other) = tokio::join!(one, other);
    assert_eq!(one.unwrap(), other.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rush_on_one_item_in_two_replicas_sells_what_there_is() {
    let Some(race) = Race::open("a_rush_on_one_item_in_two_replicas_sells_what_there_is").await else {
        return;
    };
    let (hot, cold) = (race.shop.stocked(100).await, race.shop.stocked(1_000).await);
    let callers: Vec<_> = (1..=300_u64)
        .map(|order| {
            let store = if order % 2 == 0 { race.shop.store.clone() } else { race.other.clone() };
            tokio::spawn(async move {
                let held = act(store.clone(), Act::Hold(order, vec![cold, hot])).await == HELD;
                let end = if order % 3 == 0 && held { End::Sold } else { End::Released };
                assert_eq!(act(store, Act::Settle(order, end)).await, SETTLED);
                held && end == End::Sold
            })
        })
        .collect();
    let mut sold = 0;
    for caller in callers {
        sold += i64::from(caller.await.unwrap());
    }
    assert_eq!(race.shop.counters(hot).await, (100 - sold, 0, sold));
    assert_eq!(race.shop.counters(cold).await, (1_000 - sold, 0, sold));
    assert_eq!(race.shop.unexplained().await, 0);
}
