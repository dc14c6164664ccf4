//! One order is one story: whatever is done for it, whenever, is in the trace in which it was placed.

use model::OrderId;

use crate::collector::{Collector, Seen, Spans};
use crate::world::told::skipped_on_a_cluster;
use crate::world::{CLOSED, Local, PAID, PRICE, until};

/// Longer than a hurried buyer's order waits.
const OVER_MS: i64 = 21_000;
/// What people did before they were given a trace.
const LOGIN: &str = "POST /users/login";
/// Why these do not run on several processes.
const OWN_COLLECTOR: &str = "it has a collector of its own";

/// The trace in which an order was placed, as its history has it.
async fn story(world: &Local, order: &str) -> String {
    let order = OrderId(order.parse().unwrap());
    let history = world.shop.trade().unwrap().store.history(order).await.unwrap();
    let ids: Vec<&str> =
        history.iter().map(|entry| entry.cause.trace.split('-').nth(1).unwrap_or_default()).collect();
    assert!(ids.iter().all(|id| *id == ids[0] && id.len() == 32), "{ids:?}");
    ids[0].to_owned()
}

/// Each span's name and its parent's, sorted; a parent that is not among them is `-`.
fn family(told: &Spans) -> Vec<(String, String)> {
    let parent = |span: &Seen| told.0.iter().find(|other| other.id == span.parent);
    let pair = |span: &Seen| (span.name.clone(), parent(span).map_or("-".into(), |of| of.name.clone()));
    let mut family: Vec<_> = told.0.iter().map(pair).collect();
    family.sort();
    family
}

fn pairs(family: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> =
        family.iter().map(|(name, parent)| ((*name).to_owned(), (*parent).to_owned())).collect();
    pairs.sort();
    pairs
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_paid_is_one_trace_until_its_stock_is_sold() {
    if skipped_on_a_cluster("an_order_that_is_paid_is_one_trace_until_its_stock_is_sold", OWN_COLLECTOR) {
        return;
    }
    let collector = Collector::start();
    let world = Local::start_traced(5, &collector.url).await;
    let buyer = world.buyer("jack", 10 * PRICE).await;
    let order = buyer.buy().await;
    until(|| async { buyer.status_of(&order).await == PAID }).await;
    world.quiet().await;
    let story = story(&world, &order).await;
    world.halt().await;
    let all = collector.seen();
    let told = all.of(&story);
    let expected = [
        ("POST /orders", "-"),
        ("item.quote", "POST /orders"),
        ("item.hold", "POST /orders"),
        ("process order.create", "POST /orders"),
        ("user.debit", "POST /orders"),
        ("process pay.success", "POST /orders"),
        ("pay.status", "process pay.success"),
        ("item.settle", "process pay.success"),
    ];
    assert_eq!(family(&told), pairs(&expected));
    assert!(told.0.iter().all(|span| span.service == "sandglass"));
    // What the buyer's own requests asked for in another trace points to them.
    let press = all.named("POST /pay-orders/{id}")[0];
    assert_eq!(told.named("user.debit")[0].links, std::slice::from_ref(&press.id));
    assert_ne!(press.trace, story);
    conventional(&all);
}

/// The attributes have their standard names.
fn conventional(all: &Spans) {
    let placed = &all.named("POST /orders")[0].attributes;
    for (name, value) in
        [("http.request.method", "POST"), ("http.route", "/orders"), ("http.response.status_code", "200")]
    {
        assert_eq!(placed.get(name).map(String::as_str), Some(value));
    }
    let heard = &all.named("process pay.success")[0].attributes;
    for (name, value) in [("messaging.destination.name", "pay.success"), ("messaging.system", "sandglass")] {
        assert_eq!(heard.get(name).map(String::as_str), Some(value));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_a_trace_of_its_own_sees_everything_in_it() {
    if skipped_on_a_cluster("a_client_with_a_trace_of_its_own_sees_everything_in_it", OWN_COLLECTOR) {
        return;
    }
    let collector = Collector::start();
    let world = Local::start_traced(5, &collector.url).await;
    let mut buyer = world.buyer("jack", 10 * PRICE).await;
    buyer.trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into();
    let order = buyer.buy().await;
    until(|| async { world.in_state(PAID).await == 1 }).await;
    world.quiet().await;
    assert_eq!(story(&world, &order).await, "0af7651916cd43dd8448eb211c80319c");
    world.halt().await;
    let all = collector.seen();
    let theirs = |span: &Seen| span.trace == "0af7651916cd43dd8448eb211c80319c" || span.name == LOGIN;
    let elsewhere = |span: &&Seen| !theirs(span);
    assert_eq!(all.0.iter().find(elsewhere).map(|span| &span.name), None);
    let pressed = all.named("POST /pay-orders/{id}")[0];
    assert_eq!(pressed.parent, "b7ad6b7169203331");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_close_together_each_close_in_their_own_trace() {
    if skipped_on_a_cluster("orders_that_close_together_each_close_in_their_own_trace", OWN_COLLECTOR) {
        return;
    }
    let collector = Collector::start();
    let world = Local::start_traced(5, &collector.url).await;
    let buyer = world.buyer("jack", 0).await.hurried();
    let orders = [buyer.must_order().await, buyer.must_order().await, buyer.must_order().await];
    // All at once: one batch of messages, and calls for all of them.
    world.clock.advance(OVER_MS);
    until(|| async { world.in_state(CLOSED).await == 3 && world.available().await == 5 }).await;
    world.quiet().await;
    let mut stories = Vec::new();
    for order in &orders {
        stories.push(story(&world, order).await);
    }
    world.halt().await;
    let expected = [
        ("POST /orders", "-"),
        ("item.quote", "POST /orders"),
        ("item.hold", "POST /orders"),
        ("process order.create", "POST /orders"),
        ("process delay.order.query", "POST /orders"),
        ("pay.close", "process delay.order.query"),
        ("item.settle", "process delay.order.query"),
    ];
    for (order, story) in orders.iter().zip(&stories) {
        let told = collector.seen().of(story);
        assert_eq!(family(&told), pairs(&expected));
        let closed = told.named("pay.close")[0];
        assert_eq!(closed.attributes.get("sandglass.order.id"), Some(order));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_goes_on_in_the_trace_of_the_order() {
    if skipped_on_a_cluster("a_sweep_goes_on_in_the_trace_of_the_order", OWN_COLLECTOR) {
        return;
    }
    let collector = Collector::start();
    let world = Local::start_traced(5, &collector.url).await;
    let buyer = world.buyer("jack", 0).await.hurried();
    let order = buyer.must_order().await;
    world.quiet().await;
    world.by_hand("DELETE FROM trade_outbox").await;
    for lane in &world.shop.lanes {
        lane.inbox.reload();
    }
    world.pass(60_000).await;
    until(|| async { world.in_state(CLOSED).await == 1 && world.available().await == 5 }).await;
    let story = story(&world, &order).await;
    world.halt().await;
    let told = collector.seen().of(&story);
    let family = family(&told);
    for call in ["pay.close", "item.settle"] {
        assert_eq!(family.iter().filter(|pair| **pair == (call.into(), "POST /orders".into())).count(), 1);
    }
}

/// Refuses connections, takes them and says nothing, refuses what it is sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_of_no_use_costs_its_spans_and_nothing_else() {
    if skipped_on_a_cluster("a_collector_that_is_of_no_use_costs_its_spans_and_nothing_else", OWN_COLLECTOR) {
        return;
    }
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let urls = [silent.local_addr().unwrap(), closed.local_addr().unwrap()].map(|at| format!("http://{at}"));
    drop(closed);
    let collector = Collector::start();
    for url in [&urls[0], &urls[1], &format!("{}/elsewhere", collector.url)] {
        let world = Local::start_traced(9, url).await;
        let buyer = world.buyer("jack", 10 * PRICE).await;
        buyer.buy().await;
        buyer.hurried().must_order().await;
        world.pass(OVER_MS).await;
        until(|| async { world.in_state(PAID).await == 1 && world.in_state(CLOSED).await == 1 }).await;
        until(|| async { world.available().await == 8 }).await;
        world.quiet().await;
        world.assert_clean(1_000).await;
        world.halt().await;
    }
    assert!(collector.seen().0.is_empty());
}
