//! Who looks at what, and the one question for all of them.

use std::collections::BTreeSet;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;

use bytes::Bytes;
use clock::Clock;
use http::Method;
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use crate::order::Standing;
use crate::shop::{As, Ask, Shop};

/// How often is asked.
const TICK_MS: i64 = 1_000;
/// How long a silent shop is left alone at most.
const PAUSE_MAX_MS: i64 = 15_000;
/// How many streams one process has at most, ...
pub(crate) const VIEWS_MAX: usize = 2_048;
/// ... and one user of them.
pub(crate) const VIEWS_OF_USER_MAX: usize = 8;
/// How many orders one stream is about at most.
pub(crate) const ORDERS_OF_VIEW_MAX: usize = 20;
/// How many orders all streams are about at most, which is what the interface answers at once.
const ORDERS_MAX: usize = 2_048;
/// How much a reader may leave unread before the stream is cut; it begins anew with everything.
const UNREAD_MAX: usize = 64;

/// That an order stands otherwise than it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) order: String,
    pub(crate) version: String,
}

/// There is no place for one more stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

/// All open streams of this process. Clones share them.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Shared>);

struct Shared {
    shop: Arc<dyn Shop>,
    clock: Arc<dyn Clock>,
    views: Mutex<Views>,
    opened: Notify,
}

#[derive(Default)]
struct Views {
    next: u64,
    open: BTreeMap<u64, View>,
    watched: BTreeMap<String, Order>,
}

/// An order that somebody looks at.
#[derive(Default)]
struct Order {
    views: usize,
    version: Option<String>,
}

struct View {
    user: u64,
    orders: BTreeSet<String>,
    changes: mpsc::Sender<Change>,
}

/// An open stream; dropped, it is closed.
pub(crate) struct Opened {
    hub: Hub,
    id: u64,
    pub(crate) changes: mpsc::Receiver<Change>,
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.hub.0.views.lock().close(self.id);
    }
}

impl Hub {
    pub(crate) fn new(shop: Arc<dyn Shop>, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Shared { shop, clock, views: Mutex::default(), opened: Notify::new() }))
    }

    /// Opens a stream of `user` about `orders`, of which they are known to be the owner.
    pub(crate) fn open(&self, user: u64, orders: BTreeSet<String>) -> Result<Opened, Full> {
        let mut views = self.0.views.lock();
        let own = views.open.values().filter(|view| view.user == user).count();
        let more = orders.iter().filter(|order| !views.watched.contains_key(*order)).count();
        let is_full = views.open.len() >= VIEWS_MAX || views.watched.len() + more > ORDERS_MAX;
        if is_full || own >= VIEWS_OF_USER_MAX {
            return Err(Full);
        }
        for order in &orders {
            let watched = views.watched.entry(order.clone()).or_default();
            watched.views += 1;
            // Whoever opens may have seen it stand otherwise: the next answer is told to everybody.
            watched.version = None;
        }
        let (sender, changes) = mpsc::channel(UNREAD_MAX);
        let id = views.next;
        views.next += 1;
        views.open.insert(id, View { user, orders, changes: sender });
        views.count();
        drop(views);
        self.0.opened.notify_one();
        Ok(Opened { hub: self.clone(), id, changes })
    }

    /// Closes the streams of `user`, who is leaving.
    pub(crate) fn close_all_of(&self, user: u64) {
        let mut views = self.0.views.lock();
        let own = views.open.iter().filter(|(_, view)| view.user == user).map(|(id, _)| *id);
        for id in own.collect::<Vec<_>>() {
            views.close(id);
        }
    }

    /// Asks every second as long as anybody looks, until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let work = async {
            let mut pause_ms = TICK_MS;
            loop {
                let orders = self.0.views.lock().watched.keys().cloned().collect::<Vec<_>>();
                if orders.is_empty() {
                    self.0.opened.notified().await;
                    continue;
                }
                pause_ms = if self.look(orders).await { TICK_MS } else { (pause_ms * 2).min(PAUSE_MAX_MS) };
                self.0.clock.sleep_until(self.0.clock.now() + pause_ms).await;
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = work => {}
        }
        // Streams end with the process, so that it can.
        *self.0.views.lock() = Views::default();
    }

    /// Asks how `orders` stand and tells whoever looks at one that stands otherwise; answers whether there was an
    /// answer.
    async fn look(&self, orders: Vec<String>) -> bool {
        metrics::counter!("sandglass_web_live_questions_total").increment(1);
        let Some(standings) = self.ask(&orders).await else { return false };
        let mut views = self.0.views.lock();
        for (order, standing) in orders.into_iter().zip(standings) {
            if let Some(standing) = standing {
                views.note(&Change { order, version: standing.version() });
            }
        }
        true
    }

    async fn ask(&self, orders: &[String]) -> Option<Vec<Option<Standing>>> {
        let ask = Ask {
            method: Method::POST,
            target: "/orders/standings".into(),
            who: As::Web,
            language: "en",
            key: None,
            body: Some(Bytes::from(json!({ "orderIds": orders }).to_string())),
            from: std::net::Ipv4Addr::LOCALHOST.into(),
            request_id: String::new(),
            trace: String::new(),
        };
        let told = self.0.shop.ask(ask).await.ok()?;
        let standings: Option<Vec<Option<Standing>>> = serde_json::from_slice(&told.body).ok();
        let standings =
            standings.filter(|standings| told.status.is_success() && standings.len() == orders.len());
        if standings.is_none() {
            tracing::warn!(status = told.status.as_u16(), "the shop does not say how orders stand");
        }
        standings
    }
}

impl Views {
    fn note(&mut self, change: &Change) {
        // Whoever looked may have left while the shop answered.
        let Some(order) = self.watched.get_mut(&change.order) else { return };
        if order.version.as_ref() == Some(&change.version) {
            return;
        }
        order.version = Some(change.version.clone());
        let concerned = self.open.iter().filter(|(_, view)| view.orders.contains(&change.order));
        let behind: Vec<u64> = concerned
            .filter(|(_, view)| view.changes.try_send(change.clone()).is_err())
            .map(|(id, _)| *id)
            .collect();
        for id in behind {
            self.close(id);
        }
    }

    fn close(&mut self, id: u64) {
        let Some(view) = self.open.remove(&id) else { return };
        for order in view.orders {
            if let Entry::Occupied(mut watched) = self.watched.entry(order) {
                watched.get_mut().views -= 1;
                if watched.get().views == 0 {
                    watched.remove();
                }
            }
        }
        self.count();
    }

    fn count(&self) {
        metrics::gauge!("sandglass_web_live_views")
            .set(f64::from(u32::try_from(self.open.len()).unwrap_or(u32::MAX)));
    }
}
