//! How a request reaches a replica.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};

/// How long a connection may take to come about before another replica is tried.
const CONNECT_WAIT: Duration = Duration::from_millis(500);
/// How long a connection that nobody uses is kept; servers that tidy up wait longer.
const IDLE_WAIT: Duration = Duration::from_secs(15);
/// How many such connections are kept to one replica.
const IDLE_MAX: usize = 256;

/// Why there is no response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The connection did not come about: nobody has seen the request.
    #[error("{0}")]
    Unreachable(String),
    /// It broke: the request may have been seen.
    #[error("{0}")]
    Midway(String),
}

/// Carries one request to the replica its URL names, and the head of the response back.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// The response, its body still under way.
    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Broken>;
}

/// HTTP/1.1 over connections that are kept. The connector can be exchanged, such as for a simulated network.
pub struct Http<C = HttpConnector> {
    client: Client<C, Full<Bytes>>,
}

impl Default for Http {
    /// Over TCP.
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_WAIT));
        Self::over(connector)
    }
}

impl<C: Connect + Clone> Http<C> {
    /// Over whatever `connector` makes.
    pub fn over(connector: C) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_WAIT)
            .pool_max_idle_per_host(IDLE_MAX)
            .build(connector);
        Self { client }
    }
}

#[async_trait]
impl<C: Connect + Clone + Send + Sync + 'static> Transport for Http<C> {
    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Broken> {
        self.client.request(request).await.map_err(|error| {
            let why = text(&error);
            if error.is_connect() { Broken::Unreachable(why) } else { Broken::Midway(why) }
        })
    }
}

/// The error with its causes: the outermost says only at which step.
fn text(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
