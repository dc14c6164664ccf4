//! Copies are orders like those that the services made.

use model::order::State;

use super::*;
use crate::config::Layers;

const MADE: u64 = 40;

/// Fills a shop with orders of which nearly all are copies; its audit, how many stand in `counted`, and all sums of stock.
async fn filled(state: FillState, counted: State) -> (audit::Report, i64, (i64, i64)) {
    let dir = tempfile::tempdir().unwrap();
    let config = Layers::defaults().set("data", &dir.path().display().to_string()).config().unwrap();
    let now = SystemClock.now();
    let clock = Arc::new(ManualClock::at(now));
    let shop = Filled { patterns: 3, ..Filled::open(config.clone(), clock, MADE).await.unwrap() };
    shop.make(0..MADE, state).await.unwrap();
    let report = shop.shop.storage.audit(&config, now, books::GRACE_MS).await.unwrap();
    let db = shop.shop.embedded().unwrap();
    let count = |sql: &'static str, code: i64| {
        db.read(move |rows| Ok(rows.query_row(sql, [code], |row| row.get(0))?))
    };
    let orders: i64 = count("SELECT count(*) FROM trade_orders WHERE state = ?1", counted.code()).unwrap();
    let tally: i64 = count("SELECT n FROM trade_tally WHERE state = ?1", counted.code()).unwrap();
    assert_eq!(orders, tally, "the shop's own count is kept");
    let held: i64 = count("SELECT sum(held) FROM item_items WHERE id > ?1", 0).unwrap();
    let moved: i64 = count("SELECT count(*) FROM item_ledger WHERE movement < 3 AND qty = ?1", 1).unwrap();
    shop.close().await;
    (report, orders, (held, moved))
}

#[tokio::test(flavor = "multi_thread")]
async fn open_copies_hold_their_stock_and_are_woken() {
    let (report, orders, (held, moved)) = filled(FillState::Open, State::Unpaid).await;
    let made = i64::try_from(MADE).unwrap();
    assert!(report.clean, "{report:?}");
    assert_eq!((orders, held, moved), (made, made, made));
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_copies_have_given_their_stock_back() {
    let (report, orders, (held, moved)) = filled(FillState::Ended, State::Closed).await;
    let made = i64::try_from(MADE).unwrap();
    assert!(report.clean, "{report:?}");
    assert_eq!((orders, held, moved), (made, 0, 2 * made));
}
