//! The collector: spans in protobuf, posted to its `/v1/traces`.

use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, Uri};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;
use tokio::runtime::Handle;

use crate::config::Wrong;

/// How long the collector may take to accept a batch; meanwhile the next ones wait in the queue.
const ACCEPT_WAIT: Duration = Duration::from_secs(2);

/// Where spans go.
#[derive(Debug)]
pub(super) struct Collector {
    uri: Uri,
    client: Client<HttpConnector, Full<Bytes>>,
    /// The queue's thread belongs to no runtime: what is sent runs here.
    runtime: Handle,
    resource: ResourceAttributesWithSchema,
}

impl Collector {
    /// The collector whose base URL this is.
    pub(super) fn at(url: &str) -> Result<Self, Wrong> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        let resource = ResourceAttributesWithSchema::default();
        Ok(Self { uri: traces_of(url)?, client, runtime: Handle::current(), resource })
    }

    /// Says who sends.
    pub(super) fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }

    /// Sends `spans` once; why they did not arrive. May be called on any thread.
    pub(super) async fn take(&self, spans: Vec<SpanData>) -> Result<(), String> {
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let mut request = Request::new(Full::new(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        let protobuf = http::HeaderValue::from_static("application/x-protobuf");
        request.headers_mut().insert(CONTENT_TYPE, protobuf);
        let (client, sending) = (self.client.clone(), self.runtime.clone());
        let sent = sending.spawn(async move {
            match tokio::time::timeout(ACCEPT_WAIT, client.request(request)).await {
                Ok(Ok(response)) if response.status().is_success() => Ok(()),
                Ok(Ok(response)) => Err(format!("it answered {}", response.status())),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err("it took too long".into()),
            }
        });
        sent.await.unwrap_or_else(|stopped| Err(stopped.to_string()))
    }
}

/// Where a collector at `url` takes traces.
fn traces_of(url: &str) -> Result<Uri, Wrong> {
    let wrong = || {
        Wrong(format!(
            "configuration: `otlp = {url:?}` is no collector's base URL; give one such as http://127.0.0.1:4318 \
             (for one that wants https, put a collector of your own on this machine in between)"
        ))
    };
    let base: Uri = url.parse().map_err(|_| wrong())?;
    let plain = base.scheme_str() == Some("http") && base.host().is_some_and(|host| !host.is_empty());
    if !plain || base.query().is_some() {
        return Err(wrong());
    }
    format!("{}/v1/traces", url.trim_end_matches('/')).parse().map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_go_below_the_base_url() {
        for url in ["http://127.0.0.1:4318", "http://127.0.0.1:4318/", "http://otel/in"] {
            let at = traces_of(url).unwrap().to_string();
            assert_eq!(at, format!("{}/v1/traces", url.trim_end_matches('/')));
        }
    }

    #[test]
    fn what_is_no_base_url_is_told_in_one_sentence() {
        for url in
            ["collector", "127.0.0.1:4318", "https://otel:4318", "http://", "http://otel?x=1", "grpc://a"]
        {
            let Err(Wrong(why)) = traces_of(url) else { panic!("{url} accepted") };
            assert!(why.contains("`otlp") && why.contains(url), "{why}");
        }
    }
}
