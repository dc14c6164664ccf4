//! One service as its callers see it: some replicas, and a bounded number of tries by a deadline.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use clock::{Clock, Ms, SECOND};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::base::{BadUrl, Base};
use crate::breaker::{Breaker, Policy};
use crate::meter;
use crate::reading::{Head, Reading, Whole};
use crate::round::{Fault, Next, Round};
use crate::transport::{Broken, Transport};

/// Bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long a request may take with all its tries, in milliseconds.
    pub deadline_ms: i64,
    /// How often it is tried at most.
    pub tries_max: u32,
    /// How many are under way at once; more wait, within their deadline.
    pub at_once_max: usize,
    /// When a replica is left alone.
    pub breaker: Policy,
}

impl Default for Options {
    fn default() -> Self {
        Self { deadline_ms: 2 * SECOND, tries_max: 3, at_once_max: 256, breaker: Policy::default() }
    }
}

impl Options {
    /// For a gateway: its clients wait for whole use cases, in which services ask each other.
    pub fn forwarding() -> Self {
        Self { deadline_ms: 10 * SECOND, at_once_max: 1_024, ..Self::default() }
    }
}

/// When a request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Only if nobody can have seen it.
    Unsent,
    /// Also if somebody may have: its effect is the same however often it comes.
    Idempotent,
}

/// A request to whichever replica; kept whole, so that it can be sent again. It may hold a password: no `Debug`.
#[derive(Clone)]
pub struct Outgoing {
    /// Method.
    pub method: Method,
    /// Path with query.
    pub target: String,
    /// Headers, without those that belong to a connection.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// When it may be sent again.
    pub repeat: Repeat,
}

/// No replica answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    /// Nobody has seen the request.
    #[error("{0}")]
    Unsent(String),
    /// Whether the request had an effect is not known.
    #[error("{0}")]
    Unknown(String),
}

/// One service's replicas.
pub struct Upstream {
    service: &'static str,
    replicas: Vec<Replica>,
    next: AtomicUsize,
    places: Semaphore,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    options: Options,
}

struct Replica {
    base: Base,
    breaker: Mutex<Breaker>,
}

impl Upstream {
    /// The `service` whose replicas are at `urls`.
    pub fn new(
        service: &'static str,
        urls: &[String],
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        options: Options,
    ) -> Result<Self, BadUrl> {
        let replica = |url: &String| {
            Base::of(url).map(|base| Replica { base, breaker: Mutex::new(Breaker::new(options.breaker)) })
        };
        if urls.is_empty() {
            return Err(BadUrl { url: String::new() });
        }
        let replicas = urls.iter().map(replica).collect::<Result<Vec<_>, _>>()?;
        let places = Semaphore::new(options.at_once_max);
        Ok(Self { service, replicas, next: AtomicUsize::new(0), places, transport, clock, options })
    }

    /// The service's name.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Sends a request; answers the head of the response, its body still under way. What a replica says is passed
    /// on, also if it is 503.
    pub async fn forward(&self, outgoing: &Outgoing) -> Result<Response<Incoming>, Lost> {
        self.exchange::<Head>(outgoing).await
    }

    /// Sends a request and reads the whole answer. One that is a fault of the replica's own (5xx) is asked of
    /// another if the request may be repeated.
    pub async fn fetch(&self, outgoing: &Outgoing) -> Result<(StatusCode, Bytes), Lost> {
        self.exchange::<Whole>(outgoing).await
    }

    async fn exchange<R: Reading>(&self, outgoing: &Outgoing) -> Result<R::Answer, Lost> {
        let deadline = self.clock.now() + self.options.deadline_ms;
        let _place = self.place(deadline).await?;
        let mut round = Round::new(outgoing.repeat, self.options.tries_max);
        let mut next = self.pick(&round, Next::Other);
        let mut turned_away = None;
        while let Some(at) = next {
            let goes_on = match self.attempt::<R>(&self.replicas[at], outgoing, deadline).await {
                Ok(answer) if R::is_final(&answer) => return Ok(answer),
                Ok(answer) => {
                    turned_away = Some(answer);
                    round.turned_away(at)
                }
                Err(fault) => {
                    turned_away = None;
                    round.failed(at, fault)
                }
            };
            next = self.pick(&round, goes_on);
        }
        turned_away.ok_or_else(|| lost(round))
    }

    async fn place(&self, deadline: Ms) -> Result<SemaphorePermit<'_>, Lost> {
        tokio::select! {
            biased;
            () = self.clock.sleep_until(deadline) => {
                Err(Lost::Unsent(format!("{} calls are under way already", self.options.at_once_max)))
            }
            Ok(place) = self.places.acquire() => Ok(place),
        }
    }

    /// The next replica in turn that was not tried and is not being left alone.
    fn pick(&self, round: &Round, next: Next) -> Option<usize> {
        if next == Next::Nowhere {
            return None;
        }
        let now = self.clock.now();
        let admits = |at: &usize| self.replicas[*at].breaker.lock().admits(now);
        let (count, first) = (self.replicas.len(), self.next.fetch_add(1, Ordering::Relaxed));
        let others = (0..count).map(|step| first.wrapping_add(step) % count).filter(|at| !round.tried(*at));
        let again = match next {
            Next::OtherOrAgain(at) => Some(at),
            Next::Other | Next::Nowhere => None,
        };
        others.chain(again).find(admits)
    }

    async fn attempt<R: Reading>(
        &self,
        replica: &Replica,
        outgoing: &Outgoing,
        deadline: Ms,
    ) -> Result<R::Answer, Fault> {
        let request = outgoing.to(&replica.base).map_err(|error| Fault::Unreachable(error.to_string()))?;
        let watch = Watch { upstream: self, replica, since: self.clock.now(), reported: false };
        let exchange = async {
            let response = self.transport.exchange(request).await?;
            R::read(response).await
        };
        let outcome = tokio::select! {
            biased;
            outcome = exchange => outcome.map_err(Fault::from),
            () = self.clock.sleep_until(deadline) => Err(Fault::Late),
        };
        watch.report(outcome.as_ref().err());
        outcome
    }

    fn note(&self, replica: &Replica, fault: Option<&Fault>) {
        let (service, at) = (self.service, replica.base.name());
        let mut breaker = replica.breaker.lock();
        match fault {
            None if breaker.answered() => tracing::info!(service, at, "a replica answers again"),
            Some(fault) if breaker.silent(self.clock.now()) => {
                meter::breaker_opened(service);
                tracing::warn!(
                    service,
                    at,
                    ?fault,
                    "a replica does not answer; it is left alone for a while"
                );
            }
            _ => {}
        }
    }
}

/// Looks after one try. A caller that leaves after half the deadline has waited long enough to call the replica
/// silent; whoever leaves earlier tells nothing.
struct Watch<'a> {
    upstream: &'a Upstream,
    replica: &'a Replica,
    since: Ms,
    reported: bool,
}

impl Watch<'_> {
    fn report(mut self, fault: Option<&Fault>) {
        self.reported = true;
        self.upstream.note(self.replica, fault);
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let waited_ms = self.upstream.clock.now().since(self.since);
        if !self.reported && waited_ms * 2 >= self.upstream.options.deadline_ms {
            self.upstream.note(self.replica, Some(&Fault::Late));
        }
    }
}

fn lost(round: Round) -> Lost {
    match round.end() {
        (true, why) => Lost::Unknown(why),
        (false, why) => Lost::Unsent(why),
    }
}

impl Outgoing {
    fn to(&self, base: &Base) -> Result<Request<Full<Bytes>>, http::Error> {
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = base.uri(&self.target)?;
        *request.headers_mut() = self.headers.clone();
        Ok(request)
    }
}

impl From<Broken> for Fault {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Unreachable(why) => Fault::Unreachable(why),
            Broken::Midway(why) => Fault::Broken(why),
        }
    }
}
