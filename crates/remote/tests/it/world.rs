//! Replicas made for a test, and clients whose clock is driven by hand.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use auth::token::{KeyUse, OwnToken, Signer};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use clock::{ManualClock, Ms};
use http::StatusCode;
use parking_lot::Mutex;
use remote::{Clients, Http, Options, Policy};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

const START: Ms = Ms(1_790_000_000_000);
const SEED: &str = "Q0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0M";
/// How many looks a bounded wait takes, one a millisecond.
const LOOKS: u32 = 10_000;

pub(crate) const BREAKER: Policy =
    Policy { silences_max: 3, rest_first_ms: 1_000, rest_max_ms: 4_000, probe_ms: 3_000 };
pub(crate) const DEADLINE_MS: i64 = 2_000;

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) signer: Signer,
    pub(crate) clients: Clients,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = ManualClock::at(START);
        let signer = Signer::from_pem_or_seed(SEED, "trade", KeyUse::Service).unwrap();
        let options = Options { deadline_ms: DEADLINE_MS, tries_max: 3, at_once_max: 8, breaker: BREAKER };
        let clients = Clients {
            transport: Arc::new(Http::default()),
            token: Arc::new(OwnToken::new(signer.clone())),
            clock: Arc::new(clock.clone()),
            options,
        };
        Self { clock, signer, clients }
    }
}

/// What a replica was sent.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A replica that answers every request in the same way, or not at all.
pub(crate) struct Replica {
    pub(crate) urls: [String; 1],
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    hung_up: Arc<AtomicUsize>,
    stop: Option<oneshot::Sender<()>>,
}

/// How it answers.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// With this status and body.
    Says(u16, String),
    /// With the first half of an answer.
    Half,
    /// Not at all, for ever.
    Never,
}

pub(crate) fn says(body: &str) -> Way {
    Way::Says(200, body.to_owned())
}

impl Replica {
    pub(crate) fn start(way: Way) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), way)
    }

    /// At the address of one that is gone.
    pub(crate) fn at(address: SocketAddr, way: Way) -> Self {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(address).unwrap();
        let listener = socket.listen(64).unwrap();
        let address = listener.local_addr().unwrap();
        let (seen, hung_up) = (Arc::<Mutex<Vec<Seen>>>::default(), Arc::<AtomicUsize>::default());
        let (stop, stopped) = oneshot::channel::<()>();
        let router = answering(way, seen.clone(), hung_up.clone());
        tokio::spawn(serve(listener, router, stopped));
        Self { urls: [format!("http://{address}")], address, seen, hung_up, stop: Some(stop) }
    }

    /// An address at which nobody listens.
    pub(crate) async fn nobody() -> (SocketAddr, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (address, format!("http://{address}"))
    }

    pub(crate) fn url(&self) -> String {
        self.urls[0].clone()
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().clone()
    }

    /// How many requests came.
    pub(crate) fn count(&self) -> usize {
        self.seen.lock().len()
    }

    /// How many callers hung up.
    pub(crate) fn hung_up(&self) -> usize {
        self.hung_up.load(Ordering::SeqCst)
    }

    /// Stops it, connections and all; answers where it was.
    pub(crate) async fn kill(mut self) -> SocketAddr {
        drop(self.stop.take());
        let address = self.address;
        until(|| async move { tokio::net::TcpStream::connect(address).await.is_err() }).await;
        address
    }
}

/// Serves until told to stop, and then drops every connection at once, as a killed process does.
async fn serve(listener: TcpListener, router: Router, stopped: oneshot::Receiver<()>) {
    let served = tokio::spawn(async move {
        let mut connections = tokio::task::JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper_util::service::TowerToHyperService::new(router.clone());
            let stream = hyper_util::rt::TokioIo::new(stream);
            connections.spawn(async move {
                let _ = hyper::server::conn::http1::Builder::new().serve_connection(stream, service).await;
            });
        }
    });
    let _ = stopped.await;
    served.abort();
}

/// Counts when it is dropped before it was told that all is well.
struct HangUp(Arc<AtomicUsize>);

impl Drop for HangUp {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn answering(way: Way, seen: Arc<Mutex<Vec<Seen>>>, hung_up: Arc<AtomicUsize>) -> Router {
    Router::new().fallback(move |request: Request| {
        let (way, seen, hung_up) = (way.clone(), seen.clone(), hung_up.clone());
        async move {
            let (parts, body) = request.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default().to_vec();
            let line = format!("{} {}", parts.method, parts.uri);
            seen.lock().push(Seen { line, headers: parts.headers, body });
            answer(way, hung_up).await
        }
    })
}

async fn answer(way: Way, hung_up: Arc<AtomicUsize>) -> Response {
    match way {
        Way::Says(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Way::Half => {
            let mut response = Response::new(Body::from_stream(half()));
            response.headers_mut().insert("content-length", "100".parse().unwrap());
            response
        }
        Way::Never => {
            let _hang_up = HangUp(hung_up);
            std::future::pending().await
        }
    }
}

/// Some bytes, and then the connection breaks.
fn half() -> impl tokio_stream::Stream<Item = std::io::Result<&'static str>> + Send {
    tokio_stream::iter([Ok("[\"clo"), Err(std::io::Error::other("killed"))])
}

/// Waits, bounded, until `holds`.
pub(crate) async fn until<F: Future<Output = bool>>(holds: impl Fn() -> F) {
    for _ in 0..LOOKS {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it did not come about in {LOOKS} looks");
}
