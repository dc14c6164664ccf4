//! The seam by which staff's pages reach the operator's calls: in one process the routes themselves, in a shop of
//! several each process's port.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api::calls::{Answer, NoAnswer};
use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt, Full};
use remote::{Http, Operator, Transport};
use tower::ServiceExt;

use super::token;
use crate::config::{Config, Wrong};

/// How long a process may take to answer; an audit reads everything.
const DEADLINE: Duration = Duration::from_mins(2);
/// What the one process is called that is the whole shop.
const SHOP: &str = "shop";
/// What is asked, in messages about silence.
const OPERATOR: &str = "the operator's port";

/// The routes of this very process.
pub struct InProcess {
    router: Router,
    token: String,
}

impl InProcess {
    /// The way to `router`, which is guarded by `token`.
    pub fn new(router: Router, token: String) -> Self {
        Self { router, token }
    }
}

#[async_trait]
impl Operator for InProcess {
    async fn processes(&self) -> Vec<String> {
        vec![SHOP.into()]
    }

    async fn ask(&self, process: &str, request: Request<Bytes>) -> Answer<Response<Bytes>> {
        let request = with_token(request, &self.token)?;
        let answer = self.router.clone().oneshot(request.map(Body::from)).await;
        let (head, body) = answer.unwrap_or_else(|never| match never {}).into_parts();
        let body = body.collect().await.map_err(|error| none(process, error))?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// The ports of other processes: those found in the data directory, and those the configuration names.
pub struct Ports {
    data: PathBuf,
    /// Address and token of those that are elsewhere.
    named: Vec<(String, String)>,
    transport: Arc<dyn Transport>,
}

/// One process that can be asked.
struct Port {
    name: String,
    address: String,
    token: String,
}

impl Ports {
    /// Those of `config`.
    pub fn of(config: &Config) -> Result<Self, Wrong> {
        let token = config.ops_token()?;
        if token.is_none() && !config.ops_at.is_empty() {
            return Err(Wrong("configuration: `ops_at` needs `ops_token_file`".into()));
        }
        let named =
            config.ops_at.iter().filter_map(|address| Some((address.clone(), token.clone()?))).collect();
        Ok(Self { data: config.data.clone(), named, transport: Arc::new(Http::default()) })
    }

    fn ports(&self) -> Vec<Port> {
        let near = token::processes(&self.data).into_iter();
        let near = near.map(|(name, address, token)| Port { name, address: address.to_string(), token });
        let far = self.named.iter().map(|(address, token)| {
            let bare = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
            Port { name: bare.clone(), address: bare, token: token.clone() }
        });
        near.chain(far).collect()
    }
}

#[async_trait]
impl Operator for Ports {
    async fn processes(&self) -> Vec<String> {
        self.ports().into_iter().map(|port| port.name).collect()
    }

    async fn ask(&self, process: &str, request: Request<Bytes>) -> Answer<Response<Bytes>> {
        let port = self.ports().into_iter().find(|port| port.name == process);
        let port = port.ok_or_else(|| none(process, "it is gone"))?;
        let mut request = with_token(request, &port.token)?;
        let path = request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        *request.uri_mut() =
            format!("http://{}{path}", port.address).parse::<Uri>().map_err(|error| none(process, error))?;
        let exchange = async {
            let answer = self.transport.exchange(request.map(Full::new)).await;
            let (head, body) = answer.map_err(|broken| none(process, broken))?.into_parts();
            let body = body.collect().await.map_err(|error| none(process, error))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        tokio::time::timeout(DEADLINE, exchange).await.map_err(|_| none(process, "it took too long"))?
    }
}

fn with_token(mut request: Request<Bytes>, token: &str) -> Answer<Request<Bytes>> {
    let value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|error| none(SHOP, error))?;
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, value);
    headers.entry(HOST).or_insert(HeaderValue::from_static("sandglass"));
    headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
    Ok(request)
}

fn none(process: &str, why: impl std::fmt::Display) -> NoAnswer {
    NoAnswer::from(OPERATOR, format!("{process}: {why}"))
}
