use api::calls::OrderFate;
use item::{Config, SweepReport};
use model::OrderId;
use model::hold::End;

use crate::shop::{Shop, open};

fn fate(shop: &Shop, order: u64, fate: OrderFate) {
    shop.trade.known.lock().unwrap().insert(OrderId(order), fate);
}

/// How many holds were seen, and how many of them brought to their end.
async fn sweep(shop: &Shop) -> (usize, usize) {
    let SweepReport { seen, finished } = shop.service.sweep_once().await.unwrap();
    (seen, finished)
}

#[tokio::test]
async fn an_old_hold_is_brought_to_the_end_of_its_order() {
    let Some(shop) = open("an_old_hold_is_brought_to_the_end_of_its_order").await else { return };
    let item = shop.stocked(10).await;
    for (order, end) in [(1, End::Released), (2, End::Sold), (3, End::Returned)] {
        shop.hold(order, &[(item, 1)]).await;
        fate(&shop, order, OrderFate::Ended(end));
    }
    assert_eq!(sweep(&shop).await, (0, 0), "young holds are not asked about");
    shop.clock.advance(Config::default().sweep_after_ms);
    assert_eq!(sweep(&shop).await, (3, 3));
    assert_eq!(shop.counters(item).await, (9, 0, 1));
    assert_eq!(sweep(&shop).await, (0, 0));
}

#[tokio::test]
async fn no_answer_and_an_open_order_keep_the_hold() {
    let Some(shop) = open("no_answer_and_an_open_order_keep_the_hold").await else { return };
    let item = shop.stocked(10).await;
    shop.hold(1, &[(item, 1)]).await;
    *shop.trade.down.lock().unwrap() = true;
    shop.clock.advance(10 * Config::default().release_unknown_after_ms);
    assert_eq!(sweep(&shop).await, (1, 0));
    assert_eq!(sweep(&shop).await, (0, 0), "put off");
    *shop.trade.down.lock().unwrap() = false;
    fate(&shop, 1, OrderFate::Open);
    shop.clock.advance(Config::default().sweep_again_cap_ms);
    assert_eq!(sweep(&shop).await, (1, 0));
    assert_eq!(shop.counters(item).await, (9, 1, 0));
}

#[tokio::test]
async fn a_hold_of_no_order_is_released_once_it_is_old_enough() {
    let Some(shop) = open("a_hold_of_no_order_is_released_once_it_is_old_enough").await else { return };
    let item = shop.stocked(10).await;
    shop.hold(1, &[(item, 1)]).await;
    shop.clock.advance(Config::default().sweep_after_ms);
    assert_eq!(sweep(&shop).await, (1, 0));
    shop.clock.advance(Config::default().release_unknown_after_ms);
    assert_eq!(sweep(&shop).await, (1, 1));
    assert_eq!(shop.counters(item).await, (10, 0, 0));
}

#[tokio::test]
async fn doubtful_holds_and_a_bad_row_never_starve_the_rest() {
    let Some(shop) = open("doubtful_holds_and_a_bad_row_never_starve_the_rest").await else { return };
    let item = shop.stocked(1_000).await;
    for order in 1..=600 {
        shop.hold(order, &[(item, 1)]).await;
        fate(&shop, order, if order < 599 { OrderFate::Open } else { OrderFate::Ended(End::Released) });
    }
    shop.sql("UPDATE item_holds SET lines = 'scrap' WHERE order_id = 599").await;
    shop.clock.advance(Config::default().sweep_after_ms);
    assert_eq!(sweep(&shop).await, (600, 1));
    assert_eq!(shop.counters(item).await, (401, 599, 0), "order 600 got its end; 599 waits for its row");
    assert_eq!(sweep(&shop).await, (0, 0), "all others were put off");
}
