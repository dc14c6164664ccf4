use api::calls::{HoldAnswer, HoldLine, HoldRefusal, HoldRequest, Items};
use item::catalogue::{Edit, Status};
use model::hold::End;
use model::{Cents, ItemId, OrderId};
use tokio::task::JoinSet;

use crate::shop::{STAFF, open, open_grouping, refused};

#[tokio::test]
async fn many_holds_of_one_item_never_oversell() {
    let Some(shop) = open("many_holds_of_one_item_never_oversell").await else { return };
    let item = shop.stocked(10).await;
    let mut held = 0;
    for order in 1..=25 {
        held += u32::from(shop.hold(order, &[(item, 1)]).await == HoldAnswer::Held);
    }
    assert_eq!(held, 10);
    assert_eq!(shop.counters(item).await, (0, 10, 0));
    assert_eq!(shop.hold(99, &[(item, 1)]).await, refused(0, HoldRefusal::Short));
}

#[tokio::test]
async fn one_batch_holds_each_order_alone() {
    let Some(shop) = open("one_batch_holds_each_order_alone").await else { return };
    let item = shop.stocked(5).await;
    let order = |id, num| HoldRequest {
        order_id: OrderId(id),
        lines: vec![HoldLine { item_id: item, num, version: 1 }],
    };
    let answers = shop.service.hold(vec![order(1, 3), order(2, 3), order(3, 2), order(1, 3)]).await.unwrap();
    let short = refused(0, HoldRefusal::Short);
    assert_eq!(answers, [HoldAnswer::Held, short, HoldAnswer::Held, HoldAnswer::Held]);
    assert_eq!(shop.counters(item).await, (0, 5, 0));
}

#[tokio::test]
async fn an_order_is_held_whole_or_not_at_all() {
    let Some(shop) = open("an_order_is_held_whole_or_not_at_all").await else { return };
    let (plenty, few) = (shop.stocked(10).await, shop.stocked(1).await);
    assert_eq!(shop.hold(1, &[(plenty, 3), (few, 2)]).await, refused(1, HoldRefusal::Short));
    assert_eq!((shop.counters(plenty).await, shop.counters(few).await), ((10, 0, 0), (1, 0, 0)));
}

#[tokio::test]
async fn a_repeated_hold_gets_the_same_answer_and_takes_nothing_more() {
    let Some(shop) = open("a_repeated_hold_gets_the_same_answer_and_takes_nothing_more").await else {
        return;
    };
    let item = shop.stocked(5).await;
    assert_eq!(shop.hold(1, &[(item, 3)]).await, HoldAnswer::Held);
    assert_eq!(shop.hold(1, &[(item, 3)]).await, HoldAnswer::Held);
    assert_eq!(shop.counters(item).await, (2, 3, 0));
    assert_eq!(shop.hold(2, &[(item, 3)]).await, refused(0, HoldRefusal::Short));
    shop.restock(item, 100).await;
    assert_eq!(shop.hold(2, &[(item, 3)]).await, refused(0, HoldRefusal::Short), "a refusal is remembered");
}

#[tokio::test]
async fn the_same_item_on_two_lines_is_held_and_sold_together() {
    let Some(shop) = open("the_same_item_on_two_lines_is_held_and_sold_together").await else { return };
    let item = shop.stocked(5).await;
    assert_eq!(shop.hold(1, &[(item, 2), (item, 4)]).await, refused(1, HoldRefusal::Short));
    assert_eq!(shop.hold(2, &[(item, 2), (item, 3)]).await, HoldAnswer::Held);
    shop.settle(2, End::Sold).await;
    assert_eq!(shop.counters(item).await, (0, 0, 5));
    assert_eq!(shop.unexplained().await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_a_b_and_b_a_do_not_stand_in_each_others_way() {
    let test = "orders_a_b_and_b_a_do_not_stand_in_each_others_way";
    let Some(shop) = open_grouping(test).await else { return };
    let (a, b) = (shop.stocked(200).await, shop.stocked(200).await);
    let line = |item| HoldLine { item_id: item, num: 1, version: 1 };
    let mut holds = JoinSet::new();
    for order in 1..=200 {
        let lines = if order % 2 == 0 { vec![line(a), line(b)] } else { vec![line(b), line(a)] };
        let request = HoldRequest { order_id: OrderId(order), lines };
        let service = shop.service.clone();
        holds.spawn(async move { service.hold(vec![request]).await });
    }
    for answer in holds.join_all().await {
        assert_eq!(answer.unwrap(), [HoldAnswer::Held]);
    }
    assert_eq!((shop.counters(a).await, shop.counters(b).await), ((0, 200, 0), (0, 200, 0)));
}

#[tokio::test]
async fn what_is_off_the_shelf_or_unknown_cannot_be_held() {
    let Some(shop) = open("what_is_off_the_shelf_or_unknown_cannot_be_held").await else { return };
    let item = shop.stocked(5).await;
    shop.service.edit(None, item, Edit::status(Status::OffSale), STAFF).await.unwrap();
    assert_eq!(shop.hold(1, &[(item, 1)]).await, refused(0, HoldRefusal::OffSale));
    let unknown = HoldLine { item_id: ItemId(77), num: 1, version: 1 };
    assert_eq!(shop.hold_quoted(2, vec![unknown]).await, refused(0, HoldRefusal::OffSale));
}

#[tokio::test]
async fn a_changed_price_is_refused_and_the_order_may_come_again() {
    let Some(shop) = open("a_changed_price_is_refused_and_the_order_may_come_again").await else { return };
    let item = shop.stocked(5).await;
    let old = HoldLine { item_id: item, num: 1, version: shop.quote(item).await.version };
    let dearer = Edit { price: Some(Cents(200)), ..Edit::default() };
    shop.service.edit(None, item, dearer, STAFF).await.unwrap();
    assert_eq!(shop.hold_quoted(1, vec![old]).await, refused(0, HoldRefusal::Changed));
    assert_eq!(shop.hold(1, &[(item, 1)]).await, HoldAnswer::Held);
}

#[tokio::test]
async fn a_quantity_of_nothing_is_no_source_of_stock() {
    let Some(shop) = open("a_quantity_of_nothing_is_no_source_of_stock").await else { return };
    let item = shop.stocked(5).await;
    assert_eq!(shop.hold(1, &[(item, 0)]).await, refused(0, HoldRefusal::Short));
    assert_eq!(shop.hold(2, &[(item, u32::MAX)]).await, refused(0, HoldRefusal::Short));
    assert_eq!(shop.counters(item).await, (5, 0, 0));
}

#[tokio::test]
async fn one_corrupt_order_does_not_keep_the_others_of_its_batch() {
    let Some(shop) = open("one_corrupt_order_does_not_keep_the_others_of_its_batch").await else { return };
    let item = shop.stocked(5).await;
    shop.hold(1, &[(item, 1)]).await;
    shop.sql("UPDATE item_holds SET lines = 'scrap' WHERE order_id = 1").await;
    let line = HoldLine { item_id: item, num: 1, version: 1 };
    let order = |id| HoldRequest { order_id: OrderId(id), lines: vec![line] };
    let answers = shop.service.hold(vec![order(2), order(1), order(3)]).await.unwrap();
    assert_eq!((answers[0], answers[2]), (HoldAnswer::Held, HoldAnswer::Held));
    assert_eq!(shop.counters(item).await, (2, 3, 0));
}
