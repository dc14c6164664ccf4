//! What many open pages cost, and that each hears of its own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use clock::{Clock, ManualClock, Ms};
use http::StatusCode;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::hub::{Hub, VIEWS_OF_USER_MAX};
use crate::shop::{As, Ask, Shop, Silent, Told};

/// The interface's answer to the one question, counted.
#[derive(Default)]
struct Standings {
    asked: AtomicUsize,
    most: AtomicUsize,
    paid: Mutex<BTreeSet<String>>,
    silent: Mutex<bool>,
}

#[async_trait]
impl Shop for Standings {
    async fn ask(&self, ask: Ask) -> Result<Told, Silent> {
        assert_eq!((ask.who, ask.target.as_str()), (As::Web, "/orders/standings"));
        self.asked.fetch_add(1, Ordering::SeqCst);
        if *self.silent.lock() {
            return Err(Silent);
        }
        let body: Value = serde_json::from_slice(&ask.body.unwrap()).unwrap();
        let orders = body["orderIds"].as_array().unwrap();
        self.most.fetch_max(orders.len(), Ordering::SeqCst);
        let paid = self.paid.lock();
        let standing = |order: &Value| {
            let status = if paid.contains(order.as_str().unwrap()) { 2 } else { 1 };
            json!({ "status": status, "closeAsked": false, "refunding": false, "deadline": "2026-03-01T12:00:00.000+00:00" })
        };
        let answer: Vec<Value> = orders.iter().map(standing).collect();
        Ok(Told { status: StatusCode::OK, retry_after: None, body: Bytes::from(json!(answer).to_string()) })
    }
}

struct World {
    hub: Hub,
    shop: Arc<Standings>,
    clock: ManualClock,
    stop: CancellationToken,
}

impl World {
    fn start() -> Self {
        let (shop, clock) = (Arc::new(Standings::default()), ManualClock::at(Ms(0)));
        let now: Arc<dyn Clock> = Arc::new(clock.clone());
        let hub = Hub::new(shop.clone(), now);
        let stop = CancellationToken::new();
        tokio::spawn(hub.clone().run(stop.clone()));
        Self { hub, shop, clock, stop }
    }

    fn asked(&self) -> usize {
        self.shop.asked.load(Ordering::SeqCst)
    }

    /// Lets seconds pass, and everything in them happen.
    async fn seconds(&self, count: usize) {
        for _ in 0..count {
            self.settle().await;
            self.clock.advance(1_000);
            self.settle().await;
        }
    }

    async fn settle(&self) {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }
}

fn one(order: usize) -> BTreeSet<String> {
    BTreeSet::from([order.to_string()])
}

#[tokio::test]
async fn a_thousand_open_pages_cost_one_question_a_second() {
    let world = World::start();
    let views: Vec<_> = (0..1_000).map(|n| world.hub.open(n as u64, one(n)).unwrap()).collect();
    world.seconds(10).await;
    assert!((9..=12).contains(&world.asked()), "{} questions in ten seconds", world.asked());
    assert_eq!(world.shop.most.load(Ordering::SeqCst), 1_000);
    drop(views);
    world.seconds(2).await;
    let before = world.asked();
    world.seconds(10).await;
    assert_eq!(world.asked(), before, "nobody looks, nobody asks");
}

#[tokio::test]
async fn a_page_hears_of_its_own_orders_and_of_each_change_once() {
    let world = World::start();
    let mut mine = world.hub.open(1, one(7)).unwrap();
    let mut other = world.hub.open(2, one(8)).unwrap();
    world.seconds(3).await;
    assert_eq!(mine.changes.try_recv().unwrap().order, "7");
    assert!(mine.changes.try_recv().is_err(), "nothing changed since");
    other.changes.try_recv().unwrap();
    world.shop.paid.lock().insert("7".into());
    world.seconds(2).await;
    assert!(mine.changes.try_recv().unwrap().version.starts_with("2-"));
    assert!(mine.changes.try_recv().is_err() && other.changes.try_recv().is_err());
}

#[tokio::test]
async fn whoever_opens_later_hears_how_it_stands_though_nothing_changed() {
    let world = World::start();
    let _first = world.hub.open(1, one(7)).unwrap();
    world.seconds(2).await;
    let mut second = world.hub.open(2, one(7)).unwrap();
    world.seconds(2).await;
    assert_eq!(second.changes.try_recv().unwrap().order, "7");
}

#[tokio::test]
async fn a_silent_shop_is_asked_less_often_and_again_when_it_answers() {
    let world = World::start();
    let mut view = world.hub.open(1, one(7)).unwrap();
    *world.shop.silent.lock() = true;
    world.seconds(60).await;
    assert!(world.asked() < 12, "{} questions to a silent shop", world.asked());
    *world.shop.silent.lock() = false;
    world.seconds(16).await;
    assert!(view.changes.try_recv().is_ok());
}

#[tokio::test]
async fn streams_are_bounded_for_each_user_and_closed_when_they_leave() {
    let world = World::start();
    let mut open: Vec<_> = (0..VIEWS_OF_USER_MAX).map(|n| world.hub.open(1, one(n)).unwrap()).collect();
    assert!(world.hub.open(1, one(99)).is_err());
    assert!(world.hub.open(2, one(99)).is_ok());
    open.pop();
    assert!(world.hub.open(1, one(99)).is_ok());
    world.hub.close_all_of(1);
    assert!(open[0].changes.recv().await.is_none(), "the stream ends");
}

#[tokio::test]
async fn streams_end_with_the_process() {
    let world = World::start();
    let mut view = world.hub.open(1, one(7)).unwrap();
    world.seconds(1).await;
    world.stop.cancel();
    while view.changes.recv().await.is_some() {}
}
