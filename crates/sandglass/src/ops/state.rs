//! How this process stands: its queues, sweeps, broker, last audit and closes, read at most every second however many
//! look.

use std::sync::Arc;

use api::Time;
use axum::extract::State;
use clock::Ms;
use delay::{Rounds, Unavailable};
use edge::{Failure, Json};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::Ops;
use crate::shop::{Lane, Shop};

/// How old an answer may be, in milliseconds.
const AGE_MS_MAX: i64 = 1_000;
/// Ready messages of a queue are counted up to here.
const READY_MAX: usize = 10_000;

/// The last answer. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Last(Arc<Mutex<Option<(Ms, Value)>>>);

pub(super) async fn show(State(ops): State<Ops>) -> Result<Json<Value>, Failure> {
    let now = ops.shop.clock.now();
    let mut last = ops.state.0.lock().await;
    if let Some((at, state)) = last.as_ref()
        && (0..AGE_MS_MAX).contains(&now.since(*at))
    {
        return Ok(Json(state.clone()));
    }
    let state = read(&ops, now).await;
    *last = Some((now, state.clone()));
    Ok(Json(state))
}

async fn read(ops: &Ops, now: Ms) -> Value {
    let shop = &ops.shop;
    let mut lanes = Vec::new();
    for lane in &shop.lanes {
        lanes.push(lane_state(lane, now).await);
    }
    let mut broker_dead = Vec::new();
    for (service, dead) in shop.broker_dead_letters() {
        broker_dead
            .push(json!({ "service": format!("{service}.broker"), "dead": noted(dead.count().await) }));
    }
    let closes = shop.services.trade.as_ref().map(|trade| trade.closes().slots(now)).unwrap_or_default();
    let broker = shop.broker.as_ref().map(|broker| {
        let status = broker.status();
        json!({ "connected": status.connected(), "blocked": status.blocked() })
    });
    json!({
        "now": Time(now),
        "roles": roles(shop),
        "chaos": shop.config.chaos,
        "lanes": lanes,
        "brokerDead": broker_dead,
        "sweeps": sweeps(shop).iter().map(|(name, rounds)| sweep_state(name, rounds)).collect::<Vec<_>>(),
        "broker": broker,
        "audit": ops.last_audit.brief(),
        "closes": closes,
    })
}

fn roles(shop: &Shop) -> Vec<&'static str> {
    let services = &shop.services;
    let here = [
        ("user", services.user.is_some()),
        ("item", services.item.is_some()),
        ("cart", services.cart.is_some()),
        ("trade", services.trade.is_some()),
        ("pay", services.pay.is_some()),
    ];
    here.into_iter().filter(|(_, here)| *here).map(|(name, _)| name).collect()
}

async fn lane_state(lane: &Lane, now: Ms) -> Value {
    json!({
        "service": lane.name(),
        "paused": lane.status.paused(),
        "lagMs": lane.status.lag_ms(now),
        "inFlight": lane.status.in_flight(),
        "handled": lane.status.handled(),
        "buried": lane.status.buried(),
        "ready": noted(lane.backlog.ready(now, READY_MAX).await),
        "dead": noted(lane.dead.count().await),
    })
}

/// A count, or `null` if nobody answers.
fn noted(count: Result<i64, Unavailable>) -> Option<i64> {
    count.inspect_err(|error| tracing::warn!(%error, "a queue could not be counted")).ok()
}

/// The sweeps that are here, by service.
pub(super) fn sweeps(shop: &Shop) -> Vec<(&'static str, Rounds)> {
    let services = &shop.services;
    let rounds = [
        ("trade", services.trade.as_ref().map(|trade| trade.rounds().clone())),
        ("pay", services.pay.as_ref().map(|pay| pay.rounds().clone())),
        ("item", services.item.as_ref().map(|item| item.rounds().clone())),
    ];
    rounds.into_iter().filter_map(|(name, rounds)| Some((name, rounds?))).collect()
}

fn sweep_state(name: &str, rounds: &Rounds) -> Value {
    let seen = rounds.seen();
    json!({
        "service": name,
        "paused": rounds.paused(),
        "began": seen.began.map(Time),
        "ended": seen.ended.map(Time),
        "failed": seen.failed,
        "looked": seen.looked,
        "finished": seen.finished,
        "next": seen.next.map(Time),
    })
}
