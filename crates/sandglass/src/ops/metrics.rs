//! `/metrics` in the Prometheus text format.

use anyhow::{Context, Result};
use axum::extract::State;
use clock::Ms;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use model::order::State as OrderState;

use super::Ops;
use crate::shop::Shop;

/// Upper bounds of latency histograms, in seconds.
const SECONDS: &[f64] =
    &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0];
/// Upper bounds of the histogram of units in a commit.
const UNITS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// The recorder all metrics of this process go to.
#[derive(Clone)]
pub(super) struct Rendered(PrometheusHandle);

impl Rendered {
    /// Starts recording. A second recorder in one process records nothing.
    pub(super) fn start() -> Result<Self> {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), SECONDS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_units".into()), UNITS))
            .context("the metrics' buckets are wrong")?;
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::debug!("metrics were already being recorded");
        }
        Ok(Self(handle))
    }
}

pub(super) async fn show(State(ops): State<Ops>) -> String {
    if let Err(error) = refresh(&ops.shop).await {
        tracing::warn!(%error, "some gauges could not be read");
    }
    ops.metrics.0.run_upkeep();
    ops.metrics.0.render()
}

/// Reads what is counted in tables rather than in memory.
async fn refresh(shop: &Shop) -> Result<()> {
    let now = shop.clock.now();
    if let Ok(trade) = shop.trade() {
        for (state, count) in trade.store.tally().await? {
            metrics::gauge!("sandglass_orders", "state" => name(state)).set(as_f64(count));
        }
    }
    for lane in &shop.lanes {
        lane_gauges(lane, now).await?;
    }
    Ok(())
}

async fn lane_gauges(lane: &crate::shop::Lane, now: Ms) -> Result<()> {
    let dead = lane.dead.count().await?;
    let (service, queue) = (lane.service, lane.queue);
    metrics::gauge!("sandglass_dead_letters", "service" => service, "queue" => queue).set(as_f64(dead));
    metrics::gauge!("sandglass_outbox_lag_seconds", "service" => service, "queue" => queue)
        .set(as_f64(lane.status.lag_ms(now)) / 1e3);
    let in_flight = i64::try_from(lane.status.in_flight()).unwrap_or(i64::MAX);
    metrics::gauge!("sandglass_outbox_in_flight", "service" => service, "queue" => queue)
        .set(as_f64(in_flight));
    Ok(())
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
