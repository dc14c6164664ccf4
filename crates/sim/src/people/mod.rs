//! People: buyers who pay early, late, twice or not at all, and staff who change their minds.
//!
//! They come in by the public routes, with idempotency keys, and see what a browser would: a status and a body,
//! or nothing. Whatever they were promised goes into the [`Book`](crate::book::Book).

mod buyer;
mod staff;

use std::sync::Arc;

use clock::SECOND;
use edge::testing::{Sent, call, principal};
use edge::{Principal, Role};
use futures_util::FutureExt;
use http::Method;
use model::UserId;
use serde_json::{Value, json};

use crate::book::Shelf;
use crate::mark::Mark;
use crate::place::Place;
use crate::shop::Running;
use crate::town::Town;

pub(crate) use buyer::Buyer;
pub(crate) use staff::Staff;

/// What every buyer's password is.
const PASSWORD: &str = "open sesame";
/// How long a browser waits, in milliseconds.
const PATIENCE_MS: i64 = 8 * SECOND;
/// How often somebody who gets no answer tries again.
const TRIES: u32 = 4;

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: Method,
    path: String,
    key: Option<String>,
    body: Option<Value>,
}

/// What came back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Reply {
    /// The problem's stable code.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Ask {
    fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), key: None, body: None }
    }

    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    fn keyed(self, key: impl Into<String>) -> Self {
        Self { key: Some(key.into()), ..self }
    }

    /// Which service owns the path.
    fn owner(&self) -> Place {
        let first = self.path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default();
        match first {
            "orders" | "staff" => Place::Trade,
            "pay-orders" => Place::Pay,
            "items" => Place::Item,
            "carts" => Place::Cart,
            _ => Place::User,
        }
    }
}

/// Somebody with a name, and a way to the shop.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) town: Arc<Town>,
    who: Option<Principal>,
    name: String,
}

impl Person {
    fn new(town: &Arc<Town>, name: &str, who: Option<Principal>) -> Self {
        Self { town: town.clone(), who, name: name.to_owned() }
    }

    fn did(&self, what: &'static str) {
        self.town.hit(Mark::Person(what));
    }

    /// Sends a request and waits `patience_ms`; `None` is no answer.
    async fn send(&self, ask: Ask, patience_ms: i64) -> Option<Reply> {
        let (to, shown) = (ask.owner(), format!("{} {} {}", self.name, ask.method, ask.path));
        let about: Vec<u64> = ask.path.split('/').filter_map(|part| part.parse().ok()).collect();
        let key = ask.key.clone().unwrap_or_default();
        let body = ask.body.clone().unwrap_or_default();
        self.town.note("ask", &about, || format!("{shown} [{key}] {body}"));
        let who = self.who.clone();
        let work = move |running: &Running| visit(running.door.clone(), who.clone(), ask.clone()).boxed();
        let reply = self.town.exchange((Place::People, to), patience_ms, Arc::new(work)).await.ok();
        self.town.note("reply", &about, || match &reply {
            Some(Reply { status, body }) => format!("{shown} [{key}]: {status} {body}"),
            None => format!("{shown} [{key}]: no answer"),
        });
        if let Some(reply) = &reply
            && reply.status >= 500
            && reply.status != 503
        {
            self.town.fail(&format!("{shown} was answered {}: {}", reply.status, reply.body), &about);
        }
        reply
    }

    /// Sends a request until it is answered for good, with the same key each time.
    async fn insist(&self, ask: Ask) -> Option<Reply> {
        for try_number in 0..TRIES {
            match self.send(ask.clone(), PATIENCE_MS).await {
                Some(reply) if !matches!(reply.status, 503 | 429) => return Some(reply),
                _ => {
                    self.did("tries again with the same key");
                    self.town.clock.after(500 << try_number).await;
                }
            }
        }
        None
    }
}

async fn visit(door: axum::Router, who: Option<Principal>, ask: Ask) -> Reply {
    let Ask { method, path, key, body } = ask;
    let sent = Sent { method, path: &path, caller: who, key: key.as_deref(), body };
    let (status, body) = call(&door, sent).await;
    Reply { status: status.as_u16(), body }
}

/// Fills the shop before anything goes wrong: an account with money for each of `buyers`, and items on the shelf.
pub(crate) async fn move_in(town: &Arc<Town>, buyers: &[usize]) -> Option<Vec<UserId>> {
    const BALANCES: [i64; 5] = [100_000, 100_000, 9_000, 100_000, 40_000];
    const STOCKS: [i64; 3] = [200, 12, 40];
    let staff = Person::new(town, "staff", Some(principal(1, Role::Staff)));
    for (number, stock) in STOCKS.into_iter().enumerate() {
        let price = 1_000 * (i64::try_from(number).ok()? + 1);
        let item = json!({ "name": format!("Item {number}"), "price": price, "stock": stock });
        let reply = staff.insist(Ask::new(Method::POST, "/items").with(item)).await?;
        let id = reply.body.as_str()?.parse().ok()?;
        town.book.shelve(Shelf { item: id, price });
    }
    let mut ids = Vec::new();
    for number in buyers {
        let form = json!({ "username": format!("buyer-{number}"), "password": PASSWORD });
        let nobody = Person::new(town, "somebody", None);
        let reply = nobody.insist(Ask::new(Method::POST, "/users").with(form)).await?;
        let id = UserId(reply.body["userId"].as_str()?.parse().ok()?);
        let form = json!({ "amount": BALANCES[number % BALANCES.len()], "reason": "to begin with" });
        staff.insist(Ask::new(Method::POST, format!("/users/{id}/credit")).with(form)).await?;
        ids.push(id);
    }
    Some(ids)
}
