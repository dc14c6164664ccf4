//! Spans, whose parents are named by a `traceparent`.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use edge::Trace;
use opentelemetry::trace::{
    Link, Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags,
    TraceId, TraceState, Tracer as _, TracerProvider as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

use super::collector::Collector;
use super::queue::Queue;

/// How long a stop may wait for the collector.
const FINISH_WAIT: Duration = Duration::from_secs(3);

/// What went wrong in a span.
pub(super) const ERROR_TYPE: &str = "error.type";

/// Starts spans.
pub(super) struct Tracer {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Tracer {
    /// Starts spans of `service` for the `collector`: the `ratio` of traces that begin here, and of others' those
    /// that they record.
    pub(super) fn start(collector: Collector, ratio: f64, service: &str, instance: String) -> Self {
        let resource = Resource::builder_empty()
            .with_service_name(service.to_owned())
            .with_attribute(KeyValue::new("service.instance.id", instance))
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_span_processor(Queue::before(collector))
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
            .with_resource(resource)
            .build();
        let tracer = provider.tracer("sandglass");
        Self { provider, tracer }
    }

    /// A span under `parent`; an empty one, or nonsense, begins a trace.
    pub(super) fn span(&self, name: impl Into<Cow<'static, str>>, kind: SpanKind, parent: &Trace) -> Span {
        self.linked(name, kind, parent, &Trace::default())
    }

    /// A span under `parent` that also points to `other`, unless that is empty.
    pub(super) fn linked(
        &self,
        name: impl Into<Cow<'static, str>>,
        kind: SpanKind,
        parent: &Trace,
        other: &Trace,
    ) -> Span {
        let under = context_of(parent)
            .map_or_else(Context::new, |parent| Context::new().with_remote_span_context(parent));
        let links = context_of(other).map(Link::with_context).into_iter().collect();
        let builder = SpanBuilder::from_name(name).with_kind(kind).with_links(links);
        Span(self.tracer.build_with_context(builder, &under))
    }

    /// Sends what is left, bounded. The queue's thread is waited for on a thread that may wait.
    pub(super) async fn finish(self: Arc<Self>) {
        let left = tokio::task::spawn_blocking(move || self.provider.shutdown_with_timeout(FINISH_WAIT));
        if !matches!(tokio::time::timeout(FINISH_WAIT, left).await, Ok(Ok(Ok(())))) {
            tracing::warn!("the collector did not take the last spans in time");
        }
    }
}

/// A span under way; it ends when it is dropped.
pub(super) struct Span(opentelemetry_sdk::trace::Span);

impl Span {
    /// Its `traceparent`, for what is done under it.
    pub(super) fn trace(&self) -> Trace {
        let of = self.0.span_context();
        Trace(format!("00-{}-{}-{:02x}", of.trace_id(), of.span_id(), of.trace_flags().to_u8()))
    }

    /// Whether it will be sent.
    pub(super) fn is_recorded(&self) -> bool {
        self.0.is_recording()
    }

    /// Notes an attribute.
    pub(super) fn note(&mut self, name: &'static str, value: impl Into<opentelemetry::Value>) {
        self.0.set_attribute(KeyValue::new(name, value));
    }

    /// Notes an id as people write it.
    pub(super) fn note_id(&mut self, name: &'static str, id: u64) {
        if self.is_recorded() {
            self.note(name, id.to_string());
        }
    }

    /// Notes that it failed.
    pub(super) fn fail(&mut self, kind: impl Into<Cow<'static, str>>, why: impl Into<Cow<'static, str>>) {
        if self.is_recorded() {
            self.note(ERROR_TYPE, kind.into());
            self.0.set_status(Status::error(why));
        }
    }
}

/// The context that a `traceparent` names.
fn context_of(trace: &Trace) -> Option<SpanContext> {
    let mut parts = trace.0.split('-').skip(1);
    let (trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    let context = SpanContext::new(trace, span, flags, true, TraceState::default());
    context.is_valid().then_some(context)
}
