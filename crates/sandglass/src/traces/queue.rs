//! What lies between spans and the collector: a bounded queue, and a count of what became of each span.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor,
};

use super::collector::Collector;

/// How many spans wait or are on their way at most; one more is dropped. Some 4 MiB.
const WAITING_MAX: usize = 8_192;
/// How many are sent at once.
const BATCH: usize = 512;
/// How long a span waits for others.
const PAUSE: Duration = Duration::from_secs(1);

/// Counts spans on their way into the batches of the library, which would lose them silently.
#[derive(Debug)]
pub(super) struct Queue {
    batches: BatchSpanProcessor,
    waiting: Arc<Waiting>,
}

impl Queue {
    /// The queue before `collector`, with a thread of its own.
    pub(super) fn before(collector: Collector) -> Self {
        let waiting = Arc::new(Waiting::default());
        let config = BatchConfigBuilder::default()
            .with_max_queue_size(WAITING_MAX)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(PAUSE)
            .build();
        let exit = Exit { collector, waiting: waiting.clone() };
        Self { batches: BatchSpanProcessor::builder(exit).with_batch_config(config).build(), waiting }
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        // A span that is not sampled never comes here.
        if self.waiting.enter(WAITING_MAX) {
            self.batches.on_end(span);
        } else {
            count("dropped", 1);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.batches.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.batches.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.batches.set_resource(resource);
    }
}

/// The queue's other end.
#[derive(Debug)]
struct Exit {
    collector: Collector,
    waiting: Arc<Waiting>,
}

impl SpanExporter for Exit {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let sent = self.collector.take(batch).await;
        self.waiting.leave(spans);
        match &sent {
            Ok(()) => count("sent", spans),
            Err(why) => {
                count("lost", spans);
                tracing::debug!(spans, why, "the collector did not take some spans");
            }
        }
        // Counted and told already: to the library it is done, whose own log would say it again.
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.collector.set_resource(resource);
    }
}

fn count(outcome: &'static str, spans: usize) {
    metrics::counter!("sandglass_spans_total", "outcome" => outcome).increment(spans as u64);
}

/// Spans that wait or are on their way.
#[derive(Debug, Default)]
struct Waiting(AtomicUsize);

impl Waiting {
    /// Takes a place among `most`, if there is one.
    fn enter(&self, most: usize) -> bool {
        let taken = |waiting: usize| (waiting < most).then_some(waiting + 1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, taken).is_ok()
    }

    /// Gives `spans` places back.
    fn leave(&self, spans: usize) {
        self.0.fetch_sub(spans, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let waiting = Waiting::default();
        assert!(waiting.enter(2) && waiting.enter(2) && !waiting.enter(2));
        waiting.leave(1);
        assert!(waiting.enter(2) && !waiting.enter(2));
    }
}
