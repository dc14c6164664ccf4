//! Placing an order: what is written, and how it goes when something comes between.

use clock::HOUR;
use model::hold::{End, State as HoldState};
use model::order::{CloseReason, State, StockDuty};
use model::{Actor, Cents};
use trade::place::{Failure, Refused, Wish};

use crate::shelf::{CUP, Change, GIFT, KETTLE, OFF, PRICE, Pieces, STOCK};
use crate::wire::Fault;
use crate::world::{ADDRESS, JACK, LONG_WINDOW_MS, START, WINDOW_MS, World, idempotency_key, refused, wish};

#[tokio::test]
async fn an_order_is_written_with_its_lines_history_timer_and_clear_cart_message() {
    let Some(world) = World::new().await else { return };
    let id = world.place(&[(KETTLE, 2), (CUP, 3)], "k1").await.unwrap();
    let row = world.row(id).await;
    assert_eq!((row.order.state, row.order.owner, row.order.total), (State::Unpaid, JACK, Cents(5_900)));
    assert_eq!((row.order.placed_at, row.order.deadline), (START, START + WINDOW_MS));
    assert_eq!(row.address.unwrap().id, ADDRESS);
    let lines: Vec<_> = row.lines.iter().map(|line| (line.item_id, line.num, line.price)).collect();
    assert_eq!(lines, [(KETTLE, 2, PRICE), (CUP, 3, Cents(300))]);
    assert_eq!(world.told(id).await, ["placed", "held"]);
    assert!(world.history(id).await.iter().all(|entry| entry.cause.actor == Actor::Buyer));
    let held = Pieces { available: STOCK - 2, held: 2, sold: 0 };
    assert_eq!(world.shelf.pieces(KETTLE), held);
    let pending = world.outbox.page(None, row.order.deadline, 10).await.unwrap();
    let pending: Vec<_> = pending.iter().map(|message| (message.topic, message.due)).collect();
    let timer = (api::topics::ORDER_CHECK, row.order.deadline);
    assert_eq!(pending, [(api::topics::ORDER_CREATED, START), timer], "the placing duty is dropped");
}

#[tokio::test]
async fn the_duty_is_written_before_item_is_asked() {
    let Some(world) = World::new().await else { return };
    world.wire.fault(3, Fault::Lost);
    assert!(matches!(world.place(&[(KETTLE, 1)], "k1").await, Err(Failure::NoAnswer(_))));
    let id = world.only().await;
    let duty = world.outbox.page(None, START + HOUR, 10).await.unwrap().remove(0);
    assert_eq!((duty.topic, duty.subject), (api::topics::ORDER_DUTY, id.0));
    assert_eq!(duty.due, START + model::order::PLACING_MS);
    assert_eq!(world.state(id).await, State::Placing);
}

#[tokio::test]
async fn clear_cart_carries_the_time_of_placement_however_late_the_hold_is() {
    let Some(world) = World::new().await else { return };
    world.wire.fault(3, Fault::Lost);
    world.place(&[(KETTLE, 1)], "k1").await.unwrap_err();
    world.clock.advance(9_000);
    world.place(&[(KETTLE, 1)], "k1").await.unwrap();
    world.pump().await;
    let (created, body) = world.cleared().remove(0);
    assert_eq!((created, body.user_id, body.item_ids), (START, JACK, vec![KETTLE]));
}

#[tokio::test]
async fn the_deadline_follows_the_payment_type_also_over_a_day() {
    let Some(world) = World::new().await else { return };
    for (payment_type, window_ms) in [(1, WINDOW_MS), (2, 2 * WINDOW_MS), (3, LONG_WINDOW_MS)] {
        let id = world.service.place(Wish { payment_type, ..wish(&[(KETTLE, 1)]) }, None).await.unwrap();
        assert_eq!(world.header(id).await.deadline, START + window_ms);
    }
    world.pass(LONG_WINDOW_MS - 1).await;
    assert_eq!(world.count("SELECT count(*) FROM trade_orders WHERE state = 1").await, 1);
    world.pass(1).await;
    assert_eq!(world.count("SELECT count(*) FROM trade_orders WHERE state = 1").await, 0);
}

#[tokio::test]
async fn the_same_item_on_two_lines_is_one_order_of_both() {
    let Some(world) = World::new().await else { return };
    let id = world.place(&[(KETTLE, 1), (KETTLE, 2)], "k1").await.unwrap();
    assert_eq!(world.header(id).await.total, Cents(3 * PRICE.0));
    assert_eq!(world.shelf.pieces(KETTLE).held, 3);
    let short = refused(world.place(&[(KETTLE, 400), (KETTLE, 400)], "k2").await);
    assert!(matches!(short, Refused::Short { item_id: KETTLE, .. }));
}

#[tokio::test]
async fn the_total_is_price_times_quantity_over_all_lines() {
    let Some(world) = World::new().await else { return };
    for (lines, total) in
        [(vec![(KETTLE, 3)], 7_500), (vec![(KETTLE, 1), (CUP, 2)], 3_100), (vec![(CUP, 1), (CUP, 4)], 1_500)]
    {
        let id = world.service.place(wish(&lines), None).await.unwrap();
        assert_eq!(world.header(id).await.total, Cents(total), "{lines:?}");
    }
}

#[tokio::test]
async fn an_order_over_nothing_is_paid_at_once() {
    let Some(world) = World::new().await else { return };
    let id = world.place(&[(GIFT, 1)], "k1").await.unwrap();
    let order = world.header(id).await;
    assert_eq!((order.state, order.stock), (State::Paid, Some(StockDuty { end: End::Sold, settled: true })));
    assert_eq!(world.told(id).await, ["placed", "held", "paid", "stockSettled"]);
    assert_eq!(world.row(id).await.paid_at, Some(START));
    world.pump().await;
    assert_eq!((world.messages().await, world.unfinished().await, world.till.asked()), (0, 0, 0));
}

#[tokio::test]
async fn a_price_that_changed_after_the_quote_is_read_again_once() {
    let Some(world) = World::new().await else { return };
    world.shelf.change_after_quote(KETTLE, Change::Price(Cents(2_600)));
    let id = world.place(&[(KETTLE, 2)], "k1").await.unwrap();
    let row = world.row(id).await;
    assert_eq!((row.order.total, row.lines[0].price), (Cents(5_200), Cents(2_600)));
}

#[tokio::test]
async fn prices_that_change_twice_are_refused_and_nothing_is_held() {
    let Some(world) = World::new().await else { return };
    world.shelf.change_after_quote(KETTLE, Change::Price(Cents(2_600)));
    world.shelf.change_after_quote(KETTLE, Change::Price(Cents(2_700)));
    assert_eq!(refused(world.place(&[(KETTLE, 2)], "k1").await), Refused::Changed);
    assert_eq!(refused(world.place(&[(KETTLE, 2)], "k1").await), Refused::Changed);
    assert_eq!(world.shelf.pieces(KETTLE).held, 0);
    let order = world.header(world.only().await).await;
    assert_eq!((order.close_reason, order.owes()), (Some(CloseReason::NoStock), false));
    assert_eq!(world.shelf.hold_of(order.id), Some(HoldState::Released), "a tombstone against a late hold");
}

#[tokio::test]
async fn an_item_taken_off_sale_during_the_placement_is_the_one_named() {
    let Some(world) = World::new().await else { return };
    world.shelf.change_after_quote(KETTLE, Change::Price(Cents(2_600)));
    world.shelf.change_after_quote(OFF, Change::Status(2));
    world.shelf.change(OFF, Change::Status(1));
    let lines = [(KETTLE, 1), (OFF, 1)];
    world.wire.fault(3, Fault::Lost);
    world.place(&lines, "k1").await.unwrap_err();
    world.shelf.change(OFF, Change::Status(2));
    let named = |refused| matches!(refused, Refused::OffSale { item_id: OFF, .. });
    assert!(named(refused(world.place(&lines, "k1").await)));
    assert!(named(refused(world.place(&lines, "k1").await)));
}

#[tokio::test]
async fn an_order_short_of_stock_is_closed_and_leaves_a_refused_hold() {
    let Some(world) = World::new().await else { return };
    let short = refused(world.place(&[(CUP, 1), (KETTLE, 701)], "k1").await);
    assert!(matches!(short, Refused::Short { item_id: KETTLE, .. }));
    let order = world.header(world.only().await).await;
    assert_eq!((order.state, order.close_reason), (State::Closed, Some(CloseReason::NoStock)));
    assert_eq!(world.shelf.hold_of(order.id), Some(HoldState::Refused));
    assert_eq!(world.shelf.pieces(CUP).held, 0, "all or none");
    world.settle_down().await;
    assert_eq!((world.messages().await, world.unfinished().await), (0, 0));
}

#[tokio::test]
async fn a_hold_that_comes_back_after_the_duty_closed_the_order_is_answered_placement_failed() {
    for fault in [Fault::LateCall, Fault::LateAnswer] {
        let Some(world) = World::new().await else { return };
        world.wire.fault(3, fault);
        let service = world.service.clone();
        let key = Some(idempotency_key("k1", "one"));
        let placing = tokio::spawn(async move { service.place(wish(&[(KETTLE, 1)]), key).await });
        world.until_waiting(1).await;
        world.pass(model::order::PLACING_MS).await;
        world.wire.release();
        assert_eq!(refused(placing.await.unwrap()), Refused::PlacementFailed);
        let order = world.header(world.only().await).await;
        assert_eq!((order.state, order.close_reason), (State::Closed, Some(CloseReason::PlacementFailed)));
        assert_eq!(world.shelf.pieces(KETTLE), Pieces { available: STOCK, held: 0, sold: 0 });
        assert!(world.cleared().is_empty(), "the cart keeps what was not ordered");
    }
}

#[tokio::test]
async fn without_an_answer_from_item_the_same_key_goes_on() {
    for fault in [Fault::Lost, Fault::AnswerLost] {
        let Some(world) = World::new().await else { return };
        world.wire.fault(3, fault);
        assert!(matches!(world.place(&[(KETTLE, 1)], "k1").await, Err(Failure::NoAnswer(_))));
        let id = world.place(&[(KETTLE, 1)], "k1").await.unwrap();
        assert_eq!((world.only().await, world.shelf.pieces(KETTLE).held), (id, 1));
    }
}

#[tokio::test]
async fn without_an_answer_from_item_the_duty_closes_and_releases_after_ten_seconds() {
    for fault in [Fault::Lost, Fault::AnswerLost] {
        let Some(world) = World::new().await else { return };
        world.wire.fault(3, fault);
        world.place(&[(KETTLE, 1)], "k1").await.unwrap_err();
        world.pass(model::order::PLACING_MS - 1).await;
        assert_eq!(world.state(world.only().await).await, State::Placing);
        world.pass(1).await;
        let order = world.header(world.only().await).await;
        assert_eq!((order.state, order.close_reason), (State::Closed, Some(CloseReason::PlacementFailed)));
        assert_eq!(world.shelf.pieces(KETTLE).available, STOCK);
        assert_eq!(world.shelf.hold_of(order.id), Some(HoldState::Released));
        assert_eq!(refused(world.place(&[(KETTLE, 1)], "k1").await), Refused::PlacementFailed);
        assert_eq!((world.messages().await, world.unfinished().await), (0, 0));
    }
}

#[tokio::test]
async fn lines_that_are_gone_are_an_error_and_no_panic() {
    let Some(world) = World::new().await else { return };
    let lines = [(KETTLE, 701)];
    world.wire.fault(3, Fault::Lost);
    world.place(&lines, "k1").await.unwrap_err();
    world.corrupt("UPDATE trade_orders SET lines = '[]'").await;
    assert_eq!(refused(world.place(&lines, "k1").await), Refused::PlacementFailed);
    assert_eq!(world.state(world.only().await).await, State::Closed);
}
