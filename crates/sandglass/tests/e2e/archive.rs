//! Orders that ended long ago leave the tables for files, and nothing is lost on the way.

use std::path::{Path, PathBuf};

use clock::{Clock, HOUR, Ms};
use http::{Method, StatusCode};
use model::OrderId;
use sandglass::archive::{self, AGE_MIN_MS, Failed, Stepped, Wish};
use sandglass::ops::{Ops, operator::InProcess, routes};
use serde_json::{Value, json};

use crate::ops::ask;
use crate::world::local::ITEM;
use crate::world::told::{program, skipped_on_a_cluster};
use crate::world::{Local, PRICE, Person};

const DAY: i64 = 24 * HOUR;
const ITS_OWN_CLOCK: &str = "days pass in it";
/// What each test buys from.
const STOCK: u32 = 20;

/// Orders with every end, and some without.
struct Orders {
    /// Closed, in one way or another, or reviewed.
    ended: Vec<String>,
    received: String,
    /// Paid, and shipped.
    open: Vec<String>,
}

async fn staff_does(staff: &Person, order: &str, step: &str, body: Value) {
    let path = format!("/staff/orders/{order}/{step}");
    assert_eq!(staff.call(Method::POST, &path, None, Some(body)).await.0, StatusCode::OK);
}

async fn arrives(world: &Local, staff: &Person, buyer: &Person, steps: &[&str]) -> String {
    let order = buyer.buy().await;
    world.quiet().await;
    staff_does(staff, &order, "ship", json!({ "company": "Crane Post", "number": "1", "reason": "ready" }))
        .await;
    for step in steps {
        let path = format!("/orders/{order}/{step}");
        assert_eq!(buyer.call(Method::PUT, &path, None, None).await.0, StatusCode::OK, "{step}");
    }
    order
}

/// A shop in which all this happened on one day, some days ago.
async fn some_days_ago() -> (Local, Orders) {
    let world = Local::start(STOCK).await;
    let (staff, buyer) = (world.staff().await, world.buyer("jack", 10 * PRICE).await);
    let timed_out = buyer.clone().hurried().must_order().await;
    let cancelled = buyer.must_order().await;
    assert_eq!(buyer.cancel(&cancelled).await, StatusCode::OK);
    let refunded = buyer.buy().await;
    world.quiet().await;
    staff_does(&staff, &refunded, "refund", json!({ "reason": "damaged" })).await;
    assert_eq!(buyer.order_many(STOCK + 1, None).await.0, StatusCode::CONFLICT, "too many");
    let reviewed = arrives(&world, &staff, &buyer, &["receive", "review"]).await;
    let received = arrives(&world, &staff, &buyer, &["receive"]).await;
    let open = vec![buyer.buy().await, arrives(&world, &staff, &buyer, &[]).await];
    world.pass(25_000).await;
    world.clock.advance(10 * DAY);
    world.pass(65_000).await;
    (world, Orders { ended: vec![timed_out, cancelled, refunded, reviewed], received, open })
}

fn wish(world: &Local) -> Wish {
    let before = world.clock.now() - 8 * DAY;
    Wish { before, received: false, folder: folder(world), after: OrderId(0) }
}

fn folder(world: &Local) -> PathBuf {
    archive::folder_in(&world.shop.config.data)
}

/// The files of a folder that are done.
fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).map_or(0, Iterator::count)
}

async fn show(world: &Local, order: &str) -> Value {
    let router = routes(Ops::new(world.shop.clone(), "token".into()).unwrap());
    let operator = InProcess::new(router, "token".into());
    let (status, shown) = ask(&operator, "shop", Method::GET, &format!("/orders/{order}"), Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{shown}");
    shown
}

async fn step(world: &Local, wish: &Wish) -> Stepped {
    archive::step(&world.shop, wish).await.unwrap()
}

/// The archive's own order of which nobody was told: its stock was refused.
const REFUSED: usize = 1;

#[tokio::test(flavor = "multi_thread")]
async fn ended_orders_leave_for_a_file_and_can_still_be_shown() {
    if skipped_on_a_cluster("ended_orders_leave_for_a_file_and_can_still_be_shown", ITS_OWN_CLOCK) {
        return;
    }
    let (world, orders) = some_days_ago().await;
    world.assert_clean(0).await;
    let mut before = Vec::new();
    for order in &orders.ended {
        before.push(show(&world, order).await);
    }

    let stepped = step(&world, &wish(&world)).await;
    assert_eq!(stepped.archived, orders.ended.len() + REFUSED, "{stepped:?}");
    assert_eq!((stepped.staying.open, stepped.complete), (3, true), "{stepped:?}");
    let file = stepped.file.unwrap().display().to_string();
    for (order, before) in orders.ended.iter().zip(before) {
        let mut shown = show(&world, order).await;
        assert_eq!(shown["archived"]["file"], file, "{shown}");
        shown.as_object_mut().unwrap().remove("archived");
        assert_eq!(shown, before);
    }
    for order in orders.open.iter().chain([&orders.received]) {
        assert_eq!(show(&world, order).await.get("archived"), None);
    }
    world.assert_clean(0).await;
    only_the_rest_is_listed(&world, &orders).await;

    let again = step(&world, &wish(&world)).await;
    assert_eq!((again.archived, again.file, files(&folder(&world))), (0, None, 1));
    let also = Wish { received: true, ..wish(&world) };
    assert_eq!(step(&world, &also).await.archived, 1);
    assert!(show(&world, &orders.received).await["archived"]["file"].is_string());
    world.assert_clean(0).await;
}

/// Who asks for an archived order is answered as for one that never was; counts follow the tables.
async fn only_the_rest_is_listed(world: &Local, orders: &Orders) {
    let (buyer, staff) = (world.login("jack").await, world.login("chief").await);
    for order in &orders.ended {
        let (status, _) = buyer.call(Method::GET, &format!("/orders/{order}"), None, None).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    let left = json!(3);
    assert_eq!(buyer.look("/orders?pageNo=1&pageSize=10").await["list"].as_array().map(Vec::len), Some(3));
    assert_eq!(staff.look("/staff/orders?pageNo=1&pageSize=10").await["total"], left);
    let tally = world.shop.trade().unwrap().store.tally().await.unwrap();
    for (state, count) in tally {
        assert_eq!(count, world.in_state(state.code()).await, "{state:?}");
    }
    assert_eq!(world.in_state(5).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_still_notices_an_archived_order_that_is_lost() {
    if skipped_on_a_cluster("the_audit_still_notices_an_archived_order_that_is_lost", ITS_OWN_CLOCK) {
        return;
    }
    let (world, _) = some_days_ago().await;
    step(&world, &wish(&world)).await;
    world.by_hand("DELETE FROM trade_archived WHERE state = 6").await;
    let report = world.audit().await;
    for check in ["hold_has_order", "payment_fits_order"] {
        assert_eq!(report.check(check).unwrap().violated, 1, "{report}");
    }
    world.by_hand("UPDATE trade_archived SET total = total + 1 WHERE refund = 2").await;
    assert_eq!(world.audit().await.check("payment_fits_order").unwrap().violated, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_between_file_and_tables_loses_nothing_and_the_next_run_goes_on() {
    let name = "a_crash_between_file_and_tables_loses_nothing_and_the_next_run_goes_on";
    if skipped_on_a_cluster(name, ITS_OWN_CLOCK) {
        return;
    }
    let (world, orders) = some_days_ago().await;
    let wish = wish(&world);
    let found = archive::look(&world.shop, &wish).await.unwrap();
    drop(archive::fill(&world.shop, &wish, &found.ended).await.unwrap().unwrap());
    let world = world.restart().await;
    world.assert_clean(0).await;
    for order in &orders.ended {
        assert_eq!(show(&world, order).await.get("archived"), None, "it is in the tables as well");
    }

    // Now it stops after some of them.
    let store = &world.shop.trade().unwrap().store;
    let whole = store.whole(&[found.ended[0].0]).await.unwrap();
    let file = trade::store::archive::File {
        folder: wish.folder.display().to_string(),
        name: std::fs::read_dir(&wish.folder)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .file_name()
            .into_string()
            .unwrap(),
        at: world.clock.now(),
    };
    let number = store.note_file(file.clone()).await.unwrap();
    assert_eq!(store.note_file(file).await.unwrap(), number, "a file has one number");
    assert_eq!(store.put_away(vec![whole[0].leaving()], number).await.unwrap(), 1);
    let world = world.restart().await;
    world.assert_clean(0).await;

    let stepped = step(&world, &wish).await;
    assert_eq!(stepped.archived, orders.ended.len() + REFUSED - 1);
    for order in &orders.ended {
        assert!(show(&world, order).await["archived"]["file"].is_string(), "order {order}");
    }
    assert_eq!(files(&wish.folder), 2);
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_stopped_before_it_took_anything_leaves_no_second_file() {
    let name = "a_run_that_stopped_before_it_took_anything_leaves_no_second_file";
    if skipped_on_a_cluster(name, ITS_OWN_CLOCK) {
        return;
    }
    let (world, orders) = some_days_ago().await;
    let wish = wish(&world);
    let found = archive::look(&world.shop, &wish).await.unwrap();
    drop(archive::fill(&world.shop, &wish, &found.ended).await.unwrap().unwrap());
    assert_eq!(step(&world, &wish).await.archived, orders.ended.len() + REFUSED);
    assert_eq!(files(&wish.folder), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_changed_since_it_was_written_stays() {
    if skipped_on_a_cluster("an_order_that_changed_since_it_was_written_stays", ITS_OWN_CLOCK) {
        return;
    }
    let (world, orders) = some_days_ago().await;
    let wish = wish(&world);
    let found = archive::look(&world.shop, &wish).await.unwrap();
    let filled = archive::fill(&world.shop, &wish, &found.ended).await.unwrap().unwrap();
    world.by_hand("UPDATE trade_orders SET moves = moves + 1 WHERE state = 6").await;
    world.by_hand("UPDATE trade_orders SET next_sweep_at = 1 WHERE refund = 2").await;
    assert_eq!(archive::empty(&world.shop, filled).await.unwrap(), orders.ended.len() + REFUSED - 2);
    assert_eq!((world.in_state(6).await, world.in_state(5).await), (1, 1));
    // As it was, it goes the next time.
    world.by_hand("UPDATE trade_orders SET moves = moves - 1 WHERE state = 6").await;
    world.by_hand("UPDATE trade_orders SET next_sweep_at = NULL WHERE refund = 2").await;
    assert_eq!(step(&world, &wish).await.archived, 2);
    world.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_stays_while_any_service_is_not_done_with_it() {
    if skipped_on_a_cluster("an_order_stays_while_any_service_is_not_done_with_it", ITS_OWN_CLOCK) {
        return;
    }
    let (world, orders) = some_days_ago().await;
    let all = orders.ended.len() + REFUSED;
    let look = async || archive::look(&world.shop, &wish(&world)).await.unwrap();
    assert_eq!(look().await.ended.len(), all);
    world.by_hand("UPDATE pay_orders SET refund = 1, duty_due = 9000000000000, next_sweep_at = 9000000000000 WHERE refund = 2").await;
    assert_eq!((look().await.ended.len(), look().await.staying.owing), (all - 1, 1));
    world
        .by_hand("UPDATE pay_orders SET refund = 2, duty_due = NULL, next_sweep_at = NULL WHERE refund = 1")
        .await;
    world.by_hand("UPDATE trade_orders SET stock_settled = 0 WHERE state = 6").await;
    assert_eq!((look().await.ended.len(), look().await.staying.owing), (all - 1, 1));
    world.by_hand("UPDATE trade_orders SET stock_settled = 1 WHERE state = 6").await;

    // What the auditor objects to: the reviewed order's stock is released by `item`'s word, then its hold is gone.
    world
        .by_hand(
            "UPDATE item_holds SET state = 1 WHERE order_id = (SELECT id FROM trade_orders WHERE state = 6)",
        )
        .await;
    assert_eq!((look().await.ended.len(), look().await.staying.objected), (all - 1, 1));
    world
        .by_hand("DELETE FROM item_holds WHERE order_id = (SELECT id FROM trade_orders WHERE state = 6)")
        .await;
    assert_eq!((look().await.ended.len(), look().await.staying.objected), (all - 1, 1));

    // A timer that turns out to be about the first order; then the same as a dead letter.
    let buyer = world.login("jack").await;
    buyer.must_order().await;
    world.by_hand("UPDATE trade_outbox SET subject = (SELECT min(id) FROM trade_orders)").await;
    assert_eq!((look().await.ended.len(), look().await.staying.awaited), (all - 2, 1));
    world
        .by_hand(
            "INSERT INTO pay_dead (died, due, topic, subject, attempts, rejects, created, body, trace, error)
             SELECT 1, due, topic, subject, attempts, rejects, created, body, trace, error FROM trade_outbox;
             DELETE FROM trade_outbox",
        )
        .await;
    assert_eq!((look().await.ended.len(), look().await.staying.awaited), (all - 2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_lately_is_refused_or_stays() {
    if skipped_on_a_cluster("what_ended_lately_is_refused_or_stays", ITS_OWN_CLOCK) {
        return;
    }
    let (world, orders) = some_days_ago().await;
    let now = world.clock.now();
    let too_near = Wish { before: now - AGE_MIN_MS + 1, ..wish(&world) };
    let Err(Failed::Refused(why)) = archive::step(&world.shop, &too_near).await else {
        panic!("not refused")
    };
    assert!(why.to_string().contains("less than 7 days ago"), "{why}");
    // The orders of that day ended within it, and those with half an hour to be paid had their time.
    let then = |after_ms: i64| Wish { before: Ms(now.0 - now.0 % DAY - 10 * DAY + after_ms), ..wish(&world) };
    let early = archive::look(&world.shop, &then(0)).await.unwrap();
    assert_eq!(early.ended, []);
    let halfway = Wish { before: placed(&world, &orders.ended[0]).await + 60_000, ..wish(&world) };
    let halfway = archive::look(&world.shop, &halfway).await.unwrap();
    assert_eq!((halfway.ended.len(), halfway.staying.young), (1 + REFUSED, 3), "their deadlines lie later");
}

async fn placed(world: &Local, order: &str) -> Ms {
    crate::world::time(&show(world, order).await["placed"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_costs_nothing() {
    if skipped_on_a_cluster("a_folder_that_cannot_be_written_costs_nothing", ITS_OWN_CLOCK) {
        return;
    }
    let (world, orders) = some_days_ago().await;
    let file = world.shop.config.data.join("a-file");
    std::fs::write(&file, "").unwrap();
    let router = routes(Ops::new(world.shop.clone(), "token".into()).unwrap());
    let operator = InProcess::new(router, "token".into());
    let before = api::Time(wish(&world).before);
    for (to, sentence) in [(json!(file), "cannot be written"), (json!("relative"), "absolute path")] {
        let form = json!({ "before": before, "to": to });
        let (status, problem) = ask(&operator, "shop", Method::POST, "/archive", form).await;
        assert!(status.is_client_error(), "{status}");
        assert!(problem["msg"].as_str().unwrap().contains(sentence), "{problem}");
    }
    for order in &orders.ended {
        assert_eq!(show(&world, order).await.get("archived"), None);
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let form = json!({ "before": before, "to": elsewhere.path() });
    let (status, stepped) = ask(&operator, "shop", Method::POST, "/archive", form).await;
    assert_eq!((status, stepped["complete"].as_bool()), (StatusCode::OK, Some(true)), "{stepped}");
    assert_eq!(files(elsewhere.path()), 1);
    // A file that is not where it was written is found by its name in the data directory, and missed nowhere else.
    std::fs::create_dir_all(folder(&world)).unwrap();
    let written = PathBuf::from(stepped["file"].as_str().unwrap());
    let moved = folder(&world).join(written.file_name().unwrap());
    std::fs::rename(&written, &moved).unwrap();
    assert_eq!(show(&world, &orders.ended[0]).await["archived"]["file"], json!(moved));
    std::fs::remove_file(&moved).unwrap();
    let path = format!("/orders/{}", orders.ended[0]);
    let (status, problem) = ask(&operator, "shop", Method::GET, &path, Value::Null).await;
    assert!(
        status.is_client_error() && problem["msg"].as_str().unwrap().contains("cannot be read"),
        "{problem}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_in_one_sentence_what_is_wrong_and_works_on_data_that_nobody_serves() {
    let name = "the_command_says_in_one_sentence_what_is_wrong_and_works_on_data_that_nobody_serves";
    if skipped_on_a_cluster(name, "it has a data directory of its own") {
        return;
    }
    let world = Local::start_embedded(1).await;
    let buyer = world.buyer("jack", PRICE).await;
    assert_eq!((buyer.item.as_str(), buyer.buy().await.is_empty()), (ITEM, false));
    drop(buyer);
    let halted = world.halt().await;
    let run = |before: &str| {
        let run = program()
            .args(["archive", "--before", before, "--data"])
            .arg(halted.dir.path())
            .output()
            .unwrap();
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        (run.status.code(), said(&run.stdout), said(&run.stderr))
    };
    let (code, _, said) = run("soon");
    assert!(code == Some(2) && said.contains("`soon` is no time") && said.lines().count() == 1, "{said}");
    let (code, _, said) = run("2999-01-01");
    assert!(code == Some(1) && said.contains("may be") && said.lines().count() == 1, "{said}");
    let (code, said, _) = run("2020-01-01T00:00Z");
    assert!(code == Some(0) && said.starts_with("0 orders archived"), "{said}");
}
