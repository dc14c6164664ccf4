//! One span for each message that is handled.
//!
//! Its parent is what wrote the message, so an order's timers go on in the trace in which the order was placed. A batch
//! is handled at once, but each of its messages has a span in its own trace.

use std::sync::Arc;

use async_trait::async_trait;
use delay::{Bus, Handler, Message, RetryPolicy, Topic, Verdict};
use edge::Onward;
use opentelemetry::trace::SpanKind;

use super::tracer::{Span, Tracer};

/// A bus whose handlers are recorded.
pub(super) struct TracedBus {
    pub(super) inner: Arc<dyn Bus>,
    pub(super) tracer: Arc<Tracer>,
}

impl Bus for TracedBus {
    fn subscribe(&self, topic: Topic, handler: Arc<dyn Handler>) {
        let tracer = self.tracer.clone();
        self.inner.subscribe(topic, Arc::new(Recorded { inner: handler, tracer }));
    }

    fn outlet(&self, topic: u16) -> Option<Arc<dyn Handler>> {
        self.inner.outlet(topic)
    }

    fn holds_delays(&self, topic: u16) -> bool {
        self.inner.holds_delays(topic)
    }
}

struct Recorded {
    inner: Arc<dyn Handler>,
    tracer: Arc<Tracer>,
}

#[async_trait]
impl Handler for Recorded {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let mut spans: Vec<Span> = batch.iter().map(|message| self.begin(message)).collect();
        let messages: Vec<Message> =
            batch.iter().zip(&spans).map(|(message, span)| under(message, span)).collect();
        let stories = messages.iter().zip(&spans).map(|(message, span)| (message.subject, span.trace()));
        let mut onward = Onward::telling(stories);
        if let [only] = &spans[..] {
            onward.trace = only.trace();
        }
        let verdicts = onward.scope(self.inner.handle(&messages)).await;
        for (span, verdict) in spans.iter_mut().zip(&verdicts) {
            note(span, verdict);
        }
        verdicts
    }

    fn retry(&self) -> RetryPolicy {
        self.inner.retry()
    }
}

impl Recorded {
    fn begin(&self, message: &Message) -> Span {
        let (topic, parent) = (message.topic.name, edge::Trace(message.trace.clone()));
        let mut span = self.tracer.span(format!("process {topic}"), SpanKind::Consumer, &parent);
        span.note("messaging.system", "sandglass");
        span.note("messaging.operation.type", "process");
        span.note("messaging.operation.name", "process");
        span.note("messaging.destination.name", topic);
        let attempt = message.topic == api::topics::ATTEMPT_DUTY;
        let name = if attempt { "sandglass.attempt.id" } else { "sandglass.order.id" };
        span.note_id(name, message.subject);
        if message.attempts > 0 {
            span.note("sandglass.message.attempts", i64::from(message.attempts));
        }
        span
    }
}

/// The message as its handler sees it: what it leads to goes on under its span.
fn under(message: &Message, span: &Span) -> Message {
    Message { trace: span.trace().0, ..message.clone() }
}

fn note(span: &mut Span, verdict: &Verdict) {
    match verdict {
        Verdict::Done | Verdict::Later { .. } => {}
        Verdict::Away { error } => span.fail("away", error.clone()),
        Verdict::Reject { error } => span.fail("rejected", error.clone()),
        Verdict::Undecodable { error } => span.fail("undecodable", error.clone()),
    }
}
