//! Who may begin an order when more come than can be served.
//!
//! New orders are the one thing a shop can put off. What was begun it must end: closing, settling, payments and their
//! results never stand in this queue. So at most so many orders are being placed at once, fewer while the shop is late
//! with what it owes; a bounded number waits in the order of coming, and whoever would wait longer than a named bound
//! is refused at once (503, `Retry-After`), before anything was read or checked, because a refusal must cost next to
//! nothing for the rest to be worth something.

mod decide;
mod hall;

use std::sync::Arc;

use api::{Kind, Problem};
use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use clock::Clock;
use edge::Shell;
use http::Method;

pub use decide::Bounds;
use hall::Hall;

/// Tells how late the shop is with what it owes, in milliseconds.
pub type Late = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Counts orders that were told to come back.
const REFUSED: &str = "sandglass_orders_turned_away_total";

/// Seconds after which one that was refused should come back.
const RETRY_AFTER_S: u32 = 1;

/// Lets new orders in. Clones share their places.
#[derive(Clone)]
pub struct Admission(Hall);

impl Admission {
    /// Lets in as many as `bounds` say, fewer while `late`.
    pub fn new(bounds: Bounds, clock: Arc<dyn Clock>, late: Late) -> Self {
        Self(Hall::new(bounds, clock, late))
    }
}

/// Shows the counter of orders turned away as nought, once recording has begun.
pub fn show_counters() {
    metrics::counter!(REFUSED).increment(0);
}

#[derive(Clone)]
struct Gate {
    admission: Admission,
    shell: Shell,
}

/// Puts the gate outside of everything that `router` does.
pub(crate) fn before(router: Router, admission: Admission, shell: Shell) -> Router {
    router.layer(middleware::from_fn_with_state(Gate { admission, shell }, admit))
}

async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if !begins_an_order(&request) {
        return next.run(request).await;
    }
    if let Some(_place) = gate.admission.0.enter().await {
        return next.run(request).await;
    }
    metrics::counter!(REFUSED).increment(1);
    edge::refuse(&gate.shell, request.headers(), &busy())
}

/// Whether the request begins work rather than going on with it.
fn begins_an_order(request: &Request) -> bool {
    let path = request.extensions().get::<MatchedPath>().map_or("", |path| path.as_str());
    request.method() == Method::POST && matches!(path, "/orders" | "/api/orders")
}

fn busy() -> Problem {
    Problem::new(
        Kind::Unavailable,
        "overloaded",
        "More orders are coming in than can be placed; yours was not taken, please try again in a moment.",
        "当前下单人数过多，您的订单未被受理，请稍后重试。",
    )
    .retry_after(RETRY_AFTER_S)
}
