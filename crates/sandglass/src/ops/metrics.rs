//! `/metrics` in the Prometheus text format.

use std::sync::OnceLock;

use anyhow::{Context, Result};
use axum::extract::State;
use bus_rabbit::BusStatus;
use clock::Ms;
use delay::DeadLetters;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use model::order::State as OrderState;

use super::Ops;
use crate::shop::{Lane, Role, Services, Shop, Storage};

/// Upper bounds of latency histograms, in seconds.
const SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0];
/// Upper bounds of the histogram of units in a commit.
const UNITS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// The longest a look at tables and queues may take, in milliseconds; less than a scrape waits.
const REFRESH_MS: i64 = 5_000;
/// Ready messages of a queue are counted up to here.
const READY_MAX: usize = 10_000;

/// The recorder all metrics of this process go to.
#[derive(Clone)]
pub(super) struct Rendered(PrometheusHandle);

/// One recorder a process: whoever asks later looks at the same.
static RECORDER: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();

impl Rendered {
    /// Starts recording, once a process.
    pub(super) fn start() -> Result<Self> {
        let started = RECORDER.get_or_init(|| record().map_err(|error| format!("{error:#}")));
        started.clone().map(Self).map_err(anyhow::Error::msg)
    }
}

fn record() -> Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)
        .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_units".into()), UNITS))
        .context("the metrics' buckets are wrong")?;
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::debug!("metrics were already being recorded");
    }
    Ok(handle)
}

/// Shows the counters of the services that are here as nought, once recording has begun: what an alert watches must
/// be there before it first rises.
pub(super) fn show_counters(shop: &Shop) {
    let Services { item, trade, pay, .. } = &shop.services;
    if item.is_some() {
        item::show_counters();
    }
    if trade.is_some() {
        trade::show_counters();
        gateway::show_counters();
    }
    if pay.is_some() {
        pay::show_counters();
    }
    if matches!(shop.storage, Storage::Schemas(_)) {
        remote::show_counters(&Role::SERVICES.map(Role::name));
    }
    if let Some(broker) = &shop.broker {
        broker_gauges(&broker.status());
    }
}

pub(super) async fn show(State(ops): State<Ops>) -> String {
    let deadline = ops.shop.clock.now() + REFRESH_MS;
    tokio::select! {
        () = refresh(&ops.shop) => {}
        () = ops.shop.clock.sleep_until(deadline) => tracing::warn!("some gauges were not read in time"),
    }
    ops.metrics.0.run_upkeep();
    ops.metrics.0.render()
}

/// Reads what is counted in tables and queues rather than in memory. One that cannot be read keeps its last value and
/// hides no other.
async fn refresh(shop: &Shop) {
    let now = shop.clock.now();
    if let Ok(trade) = shop.trade() {
        noted(order_gauges(trade, now).await);
    }
    for lane in &shop.lanes {
        noted(lane_gauges(lane, now).await);
    }
    if let Some(broker) = &shop.broker {
        broker_gauges(&broker.status());
        for (service, dead) in shop.broker_dead_letters().filter(|_| broker.status().connected()) {
            noted(dead_gauge(dead.as_ref(), service, "broker").await);
        }
    }
}

fn noted(read: Result<()>) {
    if let Err(error) = read {
        tracing::warn!(%error, "some gauges could not be read");
    }
}

async fn order_gauges(trade: &trade::Service, now: Ms) -> Result<()> {
    for (state, count) in trade.store.tally().await? {
        metrics::gauge!("sandglass_orders", "state" => name(state)).set(as_f64(count));
    }
    metrics::gauge!("sandglass_orders_overdue").set(as_f64(trade.store.overdue(now).await?));
    Ok(())
}

async fn lane_gauges(lane: &Lane, now: Ms) -> Result<()> {
    let (service, queue) = (lane.service, lane.queue);
    metrics::gauge!("sandglass_outbox_lag_seconds", "service" => service, "queue" => queue)
        .set(as_f64(lane.status.lag_ms(now)) / 1e3);
    let in_flight = i64::try_from(lane.status.in_flight()).unwrap_or(i64::MAX);
    metrics::gauge!("sandglass_outbox_in_flight", "service" => service, "queue" => queue)
        .set(as_f64(in_flight));
    let ready = lane.backlog.ready(now, READY_MAX).await?;
    metrics::gauge!("sandglass_outbox_ready", "service" => service, "queue" => queue).set(as_f64(ready));
    dead_gauge(lane.dead.as_ref(), service, queue).await
}

async fn dead_gauge(dead: &dyn DeadLetters, service: &'static str, queue: &'static str) -> Result<()> {
    let count = dead.count().await?;
    metrics::gauge!("sandglass_dead_letters", "service" => service, "queue" => queue).set(as_f64(count));
    Ok(())
}

/// What the bus counts in memory.
fn broker_gauges(status: &BusStatus) {
    let flag = |on: bool| if on { 1.0 } else { 0.0 };
    metrics::gauge!("sandglass_broker_connected").set(flag(status.connected()));
    metrics::gauge!("sandglass_broker_blocked").set(flag(status.blocked()));
    metrics::counter!("sandglass_broker_connections_total").absolute(status.connections());
    metrics::counter!("sandglass_broker_confirmed_total").absolute(status.confirmed());
    metrics::counter!("sandglass_broker_returned_total").absolute(status.returned());
    metrics::counter!("sandglass_broker_buried_total").absolute(status.buried());
}

fn name(state: OrderState) -> &'static str {
    match state {
        OrderState::Placing => "placing",
        OrderState::Unpaid => "unpaid",
        OrderState::Paid => "paid",
        OrderState::Shipped => "shipped",
        OrderState::Received => "received",
        OrderState::Closed => "closed",
        OrderState::Reviewed => "reviewed",
    }
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating point, and counts stay far below 2^52")]
fn as_f64(count: i64) -> f64 {
    count as f64
}
