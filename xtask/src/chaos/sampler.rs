//! What the shop's doors answered, second by second, by their own counters.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::cluster::Cluster;
use crate::cluster::config::{GATEWAY, Replica};
use crate::http;
use crate::wall::{self, Wall};

const EVERY: Duration = Duration::from_secs(1);
const COUNTER: &str = "sandglass_http_requests_total{";

/// Answers since the process started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    /// Orders that were placed.
    orders: u64,
    /// Answers that say the shop could not: 429 and from 500 on.
    failed: u64,
}

/// All doors together, since the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) at: Duration,
    pub(super) orders: u64,
    pub(super) failed: u64,
}

/// Looks again and again until it is stopped.
pub(super) struct Sampler {
    samples: Arc<Mutex<Vec<Sample>>>,
    stop: Arc<AtomicBool>,
    looking: JoinHandle<()>,
}

impl Sampler {
    /// Starts looking at the gateways of `cluster`; times are those of `wall`.
    pub(super) fn start(cluster: &Cluster, wall: Wall) -> Self {
        let (samples, stop) = (Arc::default(), Arc::default());
        let doors = cluster.of(GATEWAY);
        let looking = thread::spawn({
            let (samples, stop) = (Arc::clone(&samples), Arc::clone(&stop));
            move || look(&doors, wall, &samples, &stop)
        });
        Self { samples, stop, looking }
    }

    /// Whether orders were placed already.
    pub(super) fn has_orders(&self) -> bool {
        lock(&self.samples).iter().any(|sample| sample.orders > 0)
    }

    /// Stops looking and answers what was seen.
    pub(super) fn stop(self) -> Vec<Sample> {
        self.stop.store(true, Ordering::Relaxed);
        // It ends with its next look; one that panicked has still left what it saw.
        let _ = self.looking.join();
        std::mem::take(&mut *lock(&self.samples))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn look(doors: &[Replica], wall: Wall, samples: &Mutex<Vec<Sample>>, stop: &AtomicBool) {
    let mut before = vec![Counts::default(); doors.len()];
    while !stop.load(Ordering::Relaxed) {
        wall::pause(EVERY);
        let mut sample = Sample { at: wall.elapsed(), orders: 0, failed: 0 };
        for (door, before) in doors.iter().zip(&mut before) {
            // A door that is away answers nothing, and counts from zero when it is back.
            let Some(answer) = http::get(door.ops_address(), "/metrics") else { continue };
            let now = counts(&answer.body);
            sample.orders += since(before.orders, now.orders);
            sample.failed += since(before.failed, now.failed);
            *before = now;
        }
        lock(samples).push(sample);
    }
}

/// What was added, also by a process that started anew.
fn since(before: u64, now: u64) -> u64 {
    now.checked_sub(before).unwrap_or(now)
}

fn counts(metrics: &str) -> Counts {
    let mut counts = Counts::default();
    for line in metrics.lines().filter_map(|line| line.strip_prefix(COUNTER)) {
        let Some((labels, count)) = line.split_once("} ") else { continue };
        let count = count.parse().unwrap_or(0);
        let is = |name: &str, value: &str| label(labels, name) == Some(value);
        let status: u16 = label(labels, "status").and_then(|status| status.parse().ok()).unwrap_or(0);
        if is("method", "POST") && is("route", "/orders") && (200..300).contains(&status) {
            counts.orders += count;
        }
        if (status == 429 || status >= 500) && !is("route", "/readyz") {
            counts.failed += count;
        }
    }
    counts
}

fn label<'a>(labels: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = labels.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_failures_are_counted_from_the_metrics() {
        let metrics = "\
# TYPE sandglass_http_requests_total counter
sandglass_http_requests_total{method=\"POST\",route=\"/orders\",status=\"200\"} 7
sandglass_http_requests_total{method=\"POST\",route=\"/orders\",status=\"503\"} 2
sandglass_http_requests_total{method=\"GET\",route=\"/orders/{id}\",status=\"200\"} 9
sandglass_http_requests_total{method=\"GET\",route=\"/readyz\",status=\"503\"} 5
sandglass_other_total 3";
        assert_eq!(counts(metrics), Counts { orders: 7, failed: 2 });
    }

    #[test]
    fn a_counter_that_starts_anew_is_noticed() {
        assert_eq!((since(10, 14), since(10, 3)), (4, 3));
    }
}
