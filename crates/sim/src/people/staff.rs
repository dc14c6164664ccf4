//! Staff: a hand in everything.

use std::sync::Arc;

use api::Time;
use clock::{Clock, Ms, SECOND};
use edge::Role;
use edge::testing::principal;
use http::Method;
use model::{OrderId, UserId};
use serde_json::json;

use super::{Ask, Person, Reply};
use crate::book::Promise;
use crate::chance::Chance;
use crate::mark::Mark;
use crate::town::Town;

/// How many things staff do.
const DEEDS: usize = 22;

/// Staff gives an order time until `until`.
pub(super) async fn extend(town: &Arc<Town>, order: OrderId, until: Ms, key: String) -> Option<Reply> {
    let person = Person::new(town, "staff", Some(principal(1, Role::Staff)));
    person.did("extends");
    let form = json!({ "until": Time(until).text(), "reason": "asked for" });
    let ask = Ask::new(Method::POST, format!("/staff/orders/{order}/extend")).with(form).keyed(key);
    let reply = person.insist(ask).await;
    if reply.as_ref().is_some_and(|reply| reply.code() == "close_asked") {
        town.hit(Mark::Race("an extension comes after the close was asked for"));
    }
    reply
}

/// Staff gives the money of an order back, and sometimes forgets that and ships it.
pub(super) async fn refund(town: &Arc<Town>, order: OrderId, key: String) {
    let person = Person::new(town, "staff", Some(principal(1, Role::Staff)));
    person.did("refunds");
    let path = |deed| format!("/staff/orders/{order}/{deed}");
    let form = json!({ "reason": "asked for" });
    let reply = person.insist(Ask::new(Method::POST, path("refund")).with(form).keyed(&key)).await;
    // At once, while the refund may still be on its way.
    if reply.is_some_and(|reply| reply.status == 202) {
        let form = json!({ "company": "SF", "number": "1", "reason": "because" });
        let ask = Ask::new(Method::POST, path("ship")).with(form).keyed(format!("{key}-ship"));
        if person.insist(ask).await.is_some_and(|reply| reply.code() == "refunding") {
            town.hit(Mark::Race("a parcel is stopped by a refund"));
        }
    }
}

/// Staff changes an item in the very moment in which somebody orders it.
pub(super) async fn meddle(town: &Arc<Town>, item: &str, how: u64, key: String) {
    let person = Person::new(town, "staff", Some(principal(1, Role::Staff)));
    person.did("changes an item while it is ordered");
    let status = |status| Ask::new(Method::PUT, format!("/items/status/{item}/{status}"));
    if how == 0 {
        person.insist(status(2).keyed(&key)).await;
        person.insist(status(1).keyed(format!("{key}-back"))).await;
    } else {
        let price = 1_500 + i64::try_from(how).unwrap_or(0) * 100;
        let form = json!({ "id": item, "price": price });
        person.insist(Ask::new(Method::PUT, "/items").with(form).keyed(key)).await;
    }
}

/// The one member of staff.
pub(crate) struct Staff {
    person: Person,
    chance: Chance,
    buyers: Vec<UserId>,
    keys: u32,
}

impl Staff {
    pub(crate) fn new(town: &Arc<Town>, seed: u64, buyers: Vec<UserId>) -> Self {
        let person = Person::new(town, "staff", Some(principal(1, Role::Staff)));
        Self { person, chance: Chance::of(seed, "staff"), buyers, keys: 0 }
    }

    /// Does one thing after another.
    pub(crate) async fn live(mut self) {
        for _ in 0..DEEDS {
            let wait = self.chance.span(100..=12 * SECOND);
            self.person.town.clock.after(wait).await;
            let orders = self.person.town.book.orders();
            match self.chance.below(10) {
                0..=5 if orders.is_empty() => {}
                0..=5 => {
                    // Of the latest ones: the others have long ended.
                    let recent = &orders[orders.len().saturating_sub(6)..];
                    let order = self.chance.pick(recent);
                    self.handle(order).await;
                }
                6 | 7 => self.change_item().await,
                8 => self.change_stock().await,
                _ => self.freeze().await,
            }
        }
    }

    async fn handle(&mut self, order: OrderId) {
        match self.chance.below(9) {
            0..=2 => self.ship(order).await,
            3 | 4 => self.extend(order).await,
            5 => self.close(order).await,
            6 | 7 => self.refund(order).await,
            _ => {
                self.person.did("asks whether an order is paid");
                self.post(order, "ask", json!({})).await;
            }
        }
    }

    async fn post(&mut self, order: OrderId, deed: &str, mut form: serde_json::Value) -> Option<Reply> {
        self.keys += 1;
        form["reason"] = json!("because");
        let path = format!("/staff/orders/{order}/{deed}");
        let ask = Ask::new(Method::POST, path).with(form).keyed(format!("staff-{}", self.keys));
        self.person.insist(ask).await
    }

    async fn ship(&mut self, order: OrderId) {
        self.person.did("ships");
        let reply = self.post(order, "ship", json!({ "company": "SF", "number": "1" })).await;
        if reply.is_some_and(|reply| reply.code() == "refunding") {
            self.person.town.hit(Mark::Race("a parcel is stopped by a refund"));
        }
    }

    async fn extend(&mut self, order: OrderId) {
        let until = self.person.town.clock.now() + self.chance.span(40 * SECOND..=150 * SECOND);
        self.keys += 1;
        extend(&self.person.town, order, until, format!("staff-{}", self.keys)).await;
    }

    async fn close(&mut self, order: OrderId) {
        self.person.did("closes");
        let reply = self.post(order, "close", json!({})).await;
        if reply.is_some_and(|reply| reply.status == 200) {
            self.person.town.book.note(Promise::Closed { order });
        }
    }

    async fn refund(&mut self, order: OrderId) {
        self.keys += 1;
        refund(&self.person.town, order, format!("staff-{}", self.keys)).await;
    }

    async fn change_item(&mut self) {
        let shelves = self.person.town.book.shelves();
        let shelf = self.chance.pick(&shelves);
        self.keys += 1;
        let key = format!("staff-{}", self.keys);
        if self.chance.happens(500) {
            self.person.did("changes a price");
            let price = shelf.price + self.chance.span(1..=99);
            let form = json!({ "id": shelf.item.to_string(), "price": price });
            self.person.insist(Ask::new(Method::PUT, "/items").with(form).keyed(key)).await;
            return;
        }
        self.person.did("takes an item off sale");
        let path = |status| format!("/items/status/{}/{status}", shelf.item);
        self.person.insist(Ask::new(Method::PUT, path(2)).keyed(&key)).await;
        let wait = self.chance.span(1..=4 * SECOND);
        self.person.town.clock.after(wait).await;
        self.person.insist(Ask::new(Method::PUT, path(1)).keyed(format!("{key}-back"))).await;
    }

    async fn change_stock(&mut self) {
        self.person.did("changes stock");
        let shelves = self.person.town.book.shelves();
        let shelf = self.chance.pick(&shelves);
        let delta = [-5, -2, 3, 8];
        let form = json!({ "delta": self.chance.pick(&delta), "reason": "counted" });
        self.keys += 1;
        let ask = Ask::new(Method::POST, format!("/items/{}/stock", shelf.item)).with(form);
        self.person.insist(ask.keyed(format!("staff-{}", self.keys))).await;
    }

    async fn freeze(&mut self) {
        if self.buyers.is_empty() {
            return;
        }
        self.person.did("freezes an account");
        let user = self.chance.pick(&self.buyers);
        self.keys += 1;
        let key = format!("staff-{}", self.keys);
        let ask = |frozen: bool, key: String| {
            let form = json!({ "frozen": frozen, "reason": "to be sure" });
            Ask::new(Method::PUT, format!("/users/{user}/frozen")).with(form).keyed(key)
        };
        self.person.insist(ask(true, key.clone())).await;
        let wait = self.chance.span(SECOND..=15 * SECOND);
        self.person.town.clock.after(wait).await;
        self.person.insist(ask(false, format!("{key}-back"))).await;
    }
}
