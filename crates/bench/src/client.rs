//! One keep-alive connection to the shop.
//!
//! An outcome that is not known (too late, connection broken) closes the connection: a late answer must not
//! be taken for the next one's.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::{Bytes, BytesMut};
use http::header::{HOST, RETRY_AFTER};
use http::{HeaderValue, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long an answer may take before its outcome counts as unknown.
pub(crate) const DEADLINE: Duration = Duration::from_secs(10);

/// Where requests go.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    address: SocketAddr,
    host: HeaderValue,
    /// What the URL has after the host, without a slash at its end.
    pub(crate) prefix: String,
}

impl Target {
    /// Understands `http://host[:port][/prefix]`.
    pub(crate) async fn of(url: &str) -> Result<Self> {
        let Some(rest) = url.strip_prefix("http://") else {
            bail!("the URL must start with http:// (got `{url}`)");
        };
        let (host, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let with_port = if host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        let found = tokio::net::lookup_host(&with_port).await.ok().and_then(|mut all| all.next());
        let address = found.with_context(|| format!("`{host}` is not the name or address of a host"))?;
        let prefix = prefix.trim_end_matches('/');
        let prefix = if prefix.is_empty() { String::new() } else { format!("/{prefix}") };
        Ok(Self { address, host: HeaderValue::from_str(host)?, prefix })
    }
}

/// What the server said.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Bytes,
}

/// No answer: whether the request had an effect is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// None within the deadline.
    Late,
    /// The connection could not be made, or broke.
    Broken,
}

/// A connection, made when it is first used and again after it broke.
#[derive(Debug)]
pub(crate) struct Conn {
    target: Target,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Conn {
    pub(crate) fn new(target: Target) -> Self {
        Self { target, sender: None }
    }

    /// Where it goes.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Sends one request and waits for its answer, at most [`DEADLINE`].
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Answer, NoAnswer> {
        self.send_within(request, DEADLINE).await
    }

    /// The same with another deadline.
    pub(crate) async fn send_within(
        &mut self,
        mut request: Request<Full<Bytes>>,
        deadline: Duration,
    ) -> Result<Answer, NoAnswer> {
        request.headers_mut().insert(HOST, self.target.host.clone());
        let outcome = match tokio::time::timeout(deadline, self.exchange(request)).await {
            Err(_) => Err(NoAnswer::Late),
            Ok(Err(_)) => Err(NoAnswer::Broken),
            Ok(Ok(answer)) => Ok(answer),
        };
        if outcome.is_err() {
            self.sender = None;
        }
        outcome
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        let mut sender = match self.sender.take() {
            Some(sender) if !sender.is_closed() => sender,
            _ => connect(self.target.address).await?,
        };
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(seconds);
        let body = whole(response.into_body()).await?;
        self.sender = Some(sender);
        Ok(Answer { status, retry_after, body })
    }
}

/// An answer that goes on until one side ends it, over a connection of its own.
#[derive(Debug)]
pub(crate) struct Lasting {
    pub(crate) status: u16,
    pub(crate) body: Incoming,
    /// The connection ends with it.
    _sender: SendRequest<Full<Bytes>>,
}

/// Asks for an answer that goes on. It must begin within [`DEADLINE`].
pub(crate) async fn lasting(target: &Target, mut request: Request<Full<Bytes>>) -> Result<Lasting> {
    request.headers_mut().insert(HOST, target.host.clone());
    let begin = async {
        let mut sender = connect(target.address).await?;
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        Ok(Lasting { status, body: response.into_body(), _sender: sender })
    };
    tokio::time::timeout(DEADLINE, begin).await?
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Its error, if any, also reaches whoever waits for the answer.
    tokio::task::spawn_local(async move { drop(connection.await) });
    Ok(sender)
}

fn seconds(value: &HeaderValue) -> Option<Duration> {
    value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Most bodies are one frame, which is passed on as it is.
async fn whole(mut body: Incoming) -> Result<Bytes> {
    let (mut first, mut rest) = (Bytes::new(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if rest.is_empty() {
        return Ok(first);
    }
    Ok([first, rest.freeze()].concat().into())
}
