//! The door in front of services that are other processes.
//!
//! The API's description is the routing table: an operation that is not in it, or that is marked `x-service-only`,
//! does not exist here. A service's token does not open anything either: services call each other directly. The one
//! exception are the few looks marked `x-for-web`, which are there for the process that serves pages, and for it alone.
//! Everything else about a caller is for the service to judge, which checks the token for itself; the gateway
//! vouches for one thing, the address the client came from.

mod headers;
mod pass;
mod rate;

use std::sync::Arc;

use auth::limit::{AddressLimiter, Rate};
use auth::token::OwnToken;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodFilter, get, on};
use clock::{Clock, SECOND};
use edge::{Failure, Principal, Role, Shell};
use remote::Upstream;
use serde_json::Value;

use crate::docs::{self, Operation};
use crate::limit::{self, Inside};
use crate::owner::Owner;

/// The services behind the gateway.
pub struct Upstreams {
    /// Users, addresses, wallets.
    pub user: Upstream,
    /// Catalogue and stock.
    pub item: Upstream,
    /// Carts.
    pub cart: Upstream,
    /// Orders.
    pub trade: Upstream,
    /// Payments.
    pub pay: Upstream,
}

impl Upstreams {
    fn of(&self, owner: Owner) -> &Upstream {
        match owner {
            Owner::User => &self.user,
            Owner::Item => &self.item,
            Owner::Cart => &self.cart,
            Owner::Trade => &self.trade,
            Owner::Pay => &self.pay,
        }
    }
}

/// Bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// How often one address may come; `None`: as often as it likes.
    pub rate: Option<Rate>,
    /// How many addresses are counted; the least used give way.
    pub addresses_max: usize,
    /// How many requests may be inside at once.
    pub inside_max: usize,
    /// How long a client may take to send its body, in milliseconds.
    pub body_wait_ms: i64,
}

impl Default for Options {
    /// A thousand a second from one address, two thousand at once.
    fn default() -> Self {
        Self {
            rate: Some(Rate { burst: 2_000, refill_ms: 1 }),
            addresses_max: 100_000,
            inside_max: limit::INSIDE_MAX,
            body_wait_ms: 10 * SECOND,
        }
    }
}

/// What the door is made of.
pub struct Forward {
    /// The API's description, as JSON.
    pub document: String,
    /// The services.
    pub upstreams: Upstreams,
    /// The gateway's own token, which vouches for clients' addresses.
    pub token: Arc<OwnToken>,
    /// What every request passes.
    pub shell: Shell,
    /// Bounds.
    pub options: Options,
}

/// The API's description cannot be forwarded by.
#[derive(Debug, thiserror::Error)]
pub enum BadDocument {
    /// It is not JSON.
    #[error("the API's description is no JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// Nobody owns an operation.
    #[error("no service owns {0}; give the path an owner in the gateway's table")]
    NoOwner(String),
}

/// What a forwarded request needs.
struct Gate {
    upstreams: Upstreams,
    token: Arc<OwnToken>,
    clock: Arc<dyn Clock>,
    body_wait_ms: i64,
}

/// The door: each operation of the description goes to its owner.
pub fn forward(parts: Forward) -> Result<Router, BadDocument> {
    let Forward { document, upstreams, token, shell, options } = parts;
    let described: Value = serde_json::from_str(&document)?;
    let clock = shell.clock.clone();
    let gate = Gate { upstreams, token, clock: clock.clone(), body_wait_ms: options.body_wait_ms };
    let routes = routes(&described)?.with_state(Arc::new(gate));
    let both = Router::new().merge(routes.clone()).nest("/api", routes).merge(own(&described, document));
    let limited = limit::limited(both, Inside::new(options.inside_max));
    let limiter = options.rate.map(|rate| AddressLimiter::new(rate, options.addresses_max));
    Ok(edge::wrap(rate::limited(limited, limiter, clock), shell))
}

/// What the gateway answers itself.
fn own(described: &Value, document: String) -> Router {
    let page = docs::page(described);
    Router::new()
        .route("/openapi.json", get(move || async move { docs::json(document) }))
        .route("/docs", get(move || async move { Html(page) }))
}

fn routes(described: &Value) -> Result<Router<Arc<Gate>>, BadDocument> {
    let mut routes = Router::new();
    for operation in docs::operations(described) {
        let name = || format!("{} {}", operation.method, operation.path);
        let owner = Owner::of(operation.path).ok_or_else(|| BadDocument::NoOwner(name()))?;
        let Some(method) = filter(&operation) else { continue };
        let door = Door::of(operation.about);
        let route = on(method, move |State(gate): State<Arc<Gate>>, request: Request| async move {
            if door.opens_to(&request) {
                pass::pass(&gate, owner, door == Door::Pages, request).await
            } else {
                hidden()
            }
        });
        routes = routes.route(operation.path, route);
    }
    Ok(routes)
}

/// Whom an operation is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Anybody but services.
    Clients,
    /// The process that serves pages, whose readers are many and ask as one.
    Pages,
    /// Nobody: services ask each other directly.
    Nobody,
}

impl Door {
    fn of(about: &Value) -> Self {
        match (about["x-service-only"] == true, about["x-for-web"] == true) {
            (false, _) => Door::Clients,
            (true, true) => Door::Pages,
            (true, false) => Door::Nobody,
        }
    }

    /// A service's token opens nothing but what is there for it. One that is shown elsewhere is refused further on.
    fn opens_to(self, request: &Request) -> bool {
        let principal = request.extensions().get::<Principal>();
        let is_web = principal.is_some_and(|one| one.role == Role::Service && one.name == edge::WEB);
        match self {
            Door::Clients => true,
            Door::Pages => is_web,
            Door::Nobody => false,
        }
    }
}

fn filter(operation: &Operation<'_>) -> Option<MethodFilter> {
    Some(match operation.method {
        "get" => MethodFilter::GET,
        "post" => MethodFilter::POST,
        "put" => MethodFilter::PUT,
        "delete" => MethodFilter::DELETE,
        "patch" => MethodFilter::PATCH,
        _ => return None,
    })
}

/// For services only: from outside there is no such thing.
fn hidden() -> Response {
    Failure::from(api::Problem::not_found()).into_response()
}
