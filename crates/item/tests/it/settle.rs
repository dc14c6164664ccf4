use api::calls::{HoldAnswer, HoldRefusal, SettleAnswer};
use model::OrderId;
use model::hold::{End, State};

use crate::shop::{open, refused};

#[tokio::test]
async fn stock_is_restored_once_however_often_the_end_is_told() {
    let Some(shop) = open("stock_is_restored_once_however_often_the_end_is_told").await else { return };
    let item = shop.stocked(5).await;
    shop.hold(1, &[(item, 3)]).await;
    for _ in 0..3 {
        assert_eq!(shop.settle(1, End::Released).await, SettleAnswer::Settled);
        assert_eq!(shop.counters(item).await, (5, 0, 0));
    }
    assert_eq!(shop.unexplained().await, 0);
}

#[tokio::test]
async fn an_end_before_the_hold_refuses_the_late_hold() {
    let Some(shop) = open("an_end_before_the_hold_refuses_the_late_hold").await else { return };
    let item = shop.stocked(5).await;
    assert_eq!(shop.settle(1, End::Released).await, SettleAnswer::Settled);
    assert_eq!(shop.hold(1, &[(item, 3)]).await, refused(0, HoldRefusal::Ended));
    assert_eq!(shop.counters(item).await, (5, 0, 0));
}

#[tokio::test]
async fn a_late_duplicate_of_a_released_hold_takes_nothing() {
    let Some(shop) = open("a_late_duplicate_of_a_released_hold_takes_nothing").await else { return };
    let item = shop.stocked(5).await;
    shop.hold(1, &[(item, 3)]).await;
    shop.settle(1, End::Released).await;
    assert_eq!(shop.hold(1, &[(item, 3)]).await, refused(0, HoldRefusal::Ended));
    assert_eq!(shop.counters(item).await, (5, 0, 0));
}

#[tokio::test]
async fn sold_and_returned_converge_in_any_order() {
    for ends in [[End::Sold, End::Returned], [End::Returned, End::Sold]] {
        let Some(shop) = open("sold_and_returned_converge_in_any_order").await else { return };
        let item = shop.stocked(5).await;
        shop.hold(1, &[(item, 3)]).await;
        for end in ends {
            assert_eq!(shop.settle(1, end).await, SettleAnswer::Settled);
        }
        assert_eq!(shop.counters(item).await, (5, 0, 0));
        assert_eq!(shop.store.find_hold(OrderId(1)).await.unwrap().unwrap().state, State::Returned);
        assert_eq!(shop.unexplained().await, 0);
    }
}

#[tokio::test]
async fn released_stock_is_never_sold() {
    let Some(shop) = open("released_stock_is_never_sold").await else { return };
    let item = shop.stocked(5).await;
    shop.hold(1, &[(item, 3)]).await;
    shop.settle(1, End::Released).await;
    assert_eq!(shop.settle(1, End::Sold).await, SettleAnswer::Impossible);
    assert_eq!(shop.settle(2, End::Sold).await, SettleAnswer::Impossible, "nothing was held");
    assert_eq!(shop.counters(item).await, (5, 0, 0));
}

#[tokio::test]
async fn a_refused_hold_takes_its_release() {
    let Some(shop) = open("a_refused_hold_takes_its_release").await else { return };
    let item = shop.stocked(1).await;
    shop.hold(1, &[(item, 3)]).await;
    assert_eq!(shop.settle(1, End::Released).await, SettleAnswer::Settled);
    assert_eq!(shop.counters(item).await, (1, 0, 0));
}

#[tokio::test]
async fn a_release_gives_back_what_was_held_and_leaves_what_came_since() {
    let Some(shop) = open("a_release_gives_back_what_was_held_and_leaves_what_came_since").await else {
        return;
    };
    let item = shop.stocked(5).await;
    shop.hold(1, &[(item, 3)]).await;
    shop.restock(item, 10).await;
    assert_eq!(shop.hold(2, &[(item, 4)]).await, HoldAnswer::Held);
    shop.settle(1, End::Released).await;
    assert_eq!(shop.counters(item).await, (11, 4, 0));
}

#[tokio::test]
async fn the_tables_refuse_a_second_end_of_a_line() {
    let Some(shop) = open("the_tables_refuse_a_second_end_of_a_line").await else { return };
    let item = shop.stocked(5).await;
    shop.hold(1, &[(item, 2)]).await;
    // Held for another order, so the counters alone would allow it.
    shop.hold(2, &[(item, 3)]).await;
    shop.settle(1, End::Released).await;
    // The header forgets that it ended; the ledger's key does not.
    shop.sql("UPDATE item_holds SET state = 0 WHERE order_id = 1").await;
    for end in [End::Sold, End::Released] {
        assert_eq!(shop.settle(1, end).await, SettleAnswer::Impossible);
        assert_eq!(shop.counters(item).await, (2, 3, 0));
    }
}
