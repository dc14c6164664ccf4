//! How the command line reaches the operator's calls: over the running instance's port, or, when none runs,
//! straight into the same routes over the opened data.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use axum::body::Body;
use clock::SystemClock;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::{Ops, routes, token};
use crate::config::Config;
use crate::shop::cluster::{self, Calls};
use crate::shop::{Role, Shop};
use crate::up::system_rng;

/// How long a command waits at its end for what it gives back.
const CLOSE_WAIT: Duration = Duration::from_secs(5);

/// A way to the operator's calls.
pub struct Client {
    token: String,
    way: Way,
    /// The processes of a shop that is kept in PostgreSQL, each with its token.
    processes: Vec<(SocketAddr, String)>,
    /// What goes on while the data is open.
    tasks: TaskTracker,
    stop: CancellationToken,
}

enum Way {
    /// The port of a running instance.
    Running(SocketAddr),
    /// The routes themselves, over data that nobody serves.
    Opened(Router),
}

impl Client {
    /// The way to the data of `config`: through the instance that serves it, or by opening it.
    pub async fn connect(config: Config) -> Result<Self> {
        if config.is_cluster() {
            return Self::to_cluster(config).await;
        }
        if let Some((address, token)) = token::Files::of_owner(&config.data).read()
            && TcpStream::connect(address).await.is_ok()
        {
            return Ok(Self::at(address, token));
        }
        if !config.data.join("sandglass.db").exists() {
            bail!(
                "there is no shop in {}: start one with `sandglass up`, or give its --data",
                config.data.display()
            );
        }
        let shop = Shop::open(config, Arc::new(SystemClock), &mut system_rng()).await?;
        Self::over(shop, Vec::new())
    }

    /// The way to a shop in PostgreSQL: into its schemas, and to the processes found in the data directory.
    async fn to_cluster(config: Config) -> Result<Self> {
        let mut processes = Vec::new();
        for (_, address, token) in token::processes(&config.data) {
            if TcpStream::connect(address).await.is_ok() {
                processes.push((address, token));
            }
        }
        let clock = Arc::new(SystemClock);
        let shop = cluster::open(config, &Role::SERVICES, Calls::Direct, clock, &mut system_rng()).await?;
        Self::over(shop, processes)
    }

    fn over(shop: Shop, processes: Vec<(SocketAddr, String)>) -> Result<Self> {
        let (token, tasks, stop) = ("opened".to_owned(), TaskTracker::new(), CancellationToken::new());
        shop.keep_numbers(&tasks, &stop);
        let router = routes(Ops::new(Arc::new(shop), token.clone())?);
        Ok(Self { token, way: Way::Opened(router), processes, tasks, stop })
    }

    /// A way to the operator's port at `address`.
    pub fn at(address: SocketAddr, token: String) -> Self {
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        Self { token, way: Way::Running(address), processes: Vec::new(), tasks, stop }
    }

    /// Gives back what the command had for itself, such as the numbers its ids were made with. Without it they stay
    /// taken until their lease ends.
    pub async fn close(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(CLOSE_WAIT, self.tasks.wait()).await.is_err() {
            tracing::debug!("the command's numbers were not given back in time; their leases will end");
        }
    }

    /// Whether an instance runs.
    pub fn is_running(&self) -> bool {
        matches!(self.way, Way::Running(_)) || !self.processes.is_empty()
    }

    /// Calls `path`; a problem becomes an error with its sentence. What concerns processes rather than data is
    /// asked of each of them, and the last one's answer is given.
    pub async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        if path.starts_with("/chaos") && !self.processes.is_empty() {
            let mut answer = Value::Null;
            for (address, token) in &self.processes {
                let process = Self::at(*address, token.clone());
                answer = Box::pin(process.call(method.clone(), path, body.clone())).await?;
            }
            return Ok(answer);
        }
        let body = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
        self.send(method, path, "application/json", body).await
    }

    /// Sends a body of another kind.
    pub async fn send(&self, method: Method, path: &str, kind: &str, body: Body) -> Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, "sandglass")
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, kind)
            .body(body)?;
        let (status, bytes) = match &self.way {
            Way::Running(address) => over_tcp(*address, request).await?,
            Way::Opened(router) => {
                let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
                (response.status(), response.into_body().collect().await?.to_bytes())
            }
        };
        answer(status, &bytes)
    }
}

async fn over_tcp(address: SocketAddr, request: Request<Body>) -> Result<(StatusCode, bytes::Bytes)> {
    let gone = || format!("the running instance at {address} does not answer");
    let stream = TcpStream::connect(address).await.with_context(gone)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driving = tokio::spawn(connection);
    let response = sender.send_request(request).await.with_context(gone)?;
    let status = response.status();
    let bytes = response.into_body().collect().await.with_context(gone)?.to_bytes();
    driving.abort();
    Ok((status, bytes))
}

fn answer(status: StatusCode, bytes: &[u8]) -> Result<Value> {
    let json = serde_json::from_slice(bytes).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(json);
    }
    match json["msg"].as_str() {
        Some(sentence) => bail!("{sentence}"),
        None => bail!("the operator's port answered {status}"),
    }
}
