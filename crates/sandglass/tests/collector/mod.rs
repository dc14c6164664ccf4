//! A collector of our own, which keeps what it is sent.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use parking_lot::Mutex;
use prost::Message;
use sandglass::serve::{bind, serve};
use tokio_util::sync::CancellationToken;

/// A span as it arrived, its ids in hex.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) service: String,
    pub(crate) name: String,
    pub(crate) trace: String,
    pub(crate) id: String,
    pub(crate) parent: String,
    /// The spans it points to.
    pub(crate) links: Vec<String>,
    pub(crate) attributes: BTreeMap<String, String>,
}

type Kept = Arc<Mutex<Vec<Seen>>>;

/// The collector; it stops when it is dropped.
pub(crate) struct Collector {
    pub(crate) url: String,
    kept: Kept,
    stop: CancellationToken,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let listener = bind("127.0.0.1:0".parse().unwrap(), "test").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (kept, stop) = (Kept::default(), CancellationToken::new());
        let router = Router::new().route("/v1/traces", post(take)).with_state(kept.clone());
        tokio::spawn(serve(listener, router, stop.clone()));
        Self { url, kept, stop }
    }

    /// All spans so far.
    pub(crate) fn seen(&self) -> Spans {
        Spans(self.kept.lock().clone())
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Some spans.
pub(crate) struct Spans(pub(crate) Vec<Seen>);

impl Spans {
    /// Those named so.
    pub(crate) fn named(&self, name: &str) -> Vec<&Seen> {
        self.0.iter().filter(|span| span.name == name).collect()
    }

    /// Those of one trace.
    pub(crate) fn of(&self, trace: &str) -> Spans {
        Spans(self.0.iter().filter(|span| span.trace == trace).cloned().collect())
    }
}

async fn take(State(kept): State<Kept>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).unwrap();
    for of in request.resource_spans {
        let resource = texts(&of.resource.unwrap_or_default().attributes);
        let service = resource.get("service.name").cloned().unwrap_or_default();
        assert!(resource.contains_key("service.instance.id"));
        for span in of.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            kept.lock().push(seen(&service, &span));
        }
    }
}

fn seen(service: &str, span: &Span) -> Seen {
    Seen {
        service: service.to_owned(),
        name: span.name.clone(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        links: span.links.iter().map(|link| hex(&link.span_id)).collect(),
        attributes: texts(&span.attributes),
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |attribute: &KeyValue| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        match value {
            Some(any_value::Value::StringValue(text)) => text.clone(),
            Some(any_value::Value::IntValue(number)) => number.to_string(),
            other => format!("{other:?}"),
        }
    };
    attributes.iter().map(|attribute| (attribute.key.clone(), text(attribute))).collect()
}
