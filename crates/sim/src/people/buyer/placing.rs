//! How buyers place orders: with full carts, twice under one key, and hanging up.

use api::Time;
use http::Method;
use model::OrderId;
use serde_json::json;

use super::paying::pressed;
use super::{Bought, Buyer};
use crate::book::Promise;
use crate::mark::Mark;
use crate::people::{Ask, PASSWORD, PATIENCE_MS, Reply, staff};
use crate::witness;

impl Buyer {
    /// One to three lines, sometimes of the same item.
    pub(super) fn wish(&mut self) -> serde_json::Value {
        let shelves = self.person.town.book.shelves();
        let lines = 1 + self.chance.below(3) / 2 + self.chance.below(2);
        let details: Vec<_> = (0..lines)
            .map(|_| {
                let shelf = self.chance.pick(&shelves);
                json!({ "itemId": shelf.item.to_string(), "num": 1 + self.chance.below(3) })
            })
            .collect();
        if self.chance.happens(30) {
            self.person.did("wants an item that does not exist");
            return json!({ "paymentType": 3, "details": [{ "itemId": "1", "num": 1 }] });
        }
        json!({ "paymentType": 1 + self.chance.below(3), "details": details })
    }

    pub(super) async fn fill_cart(&mut self) {
        if !self.chance.happens(300) {
            return;
        }
        let shelves = self.person.town.book.shelves();
        let item = self.chance.pick(&shelves).item.to_string();
        let key = self.key();
        let ask = Ask::new(Method::POST, "/carts").with(json!({ "itemId": item })).keyed(key);
        self.person.send(ask, PATIENCE_MS).await;
    }

    pub(super) async fn place(&mut self) -> Option<Bought> {
        let (wish, key) = (self.wish(), self.key());
        let meddling = self.chance.happens(250).then(|| (self.chance.span(1..=14), self.chance.below(3)));
        let item = wish["details"][0]["itemId"].as_str().unwrap_or_default().to_owned();
        let ask = Ask::new(Method::POST, "/orders").with(wish).keyed(&key);
        let town = self.person.town.clone();
        let meddle = async {
            if let Some((delay, how)) = meddling {
                town.clock.after(delay).await;
                staff::meddle(&town, &item, how, format!("{key}-meddling")).await;
            }
        };
        let (reply, ()) = tokio::join!(biased; self.person.insist(ask), meddle);
        let bought = self.placed(&key, &reply?).await?;
        if self.chance.happens(200) {
            self.want_more(&item).await;
        }
        Some(bought)
    }

    /// Puts an item that was just ordered into the cart once more, where it is to stay.
    pub(super) async fn want_more(&mut self, item: &str) {
        self.person.did("puts an ordered item into the cart again");
        let key = self.key();
        let ask = Ask::new(Method::POST, "/carts").with(json!({ "itemId": item })).keyed(key);
        let reply = self.person.insist(ask).await;
        let (Some(200), Ok(item)) = (reply.map(|reply| reply.status), item.parse()) else { return };
        // By the cart's own word: the clock may have been stepped while the request was on its way.
        if let Some(since) = witness::in_cart_since(&self.person.town, self.id, item) {
            self.person.town.book.note(Promise::InCart { owner: self.id, item, since });
        }
    }

    /// Writes down what was promised, and looks at the order.
    pub(super) async fn placed(&self, key: &str, reply: &Reply) -> Option<Bought> {
        if reply.status != 200 {
            if reply.code() == "out_of_stock" {
                self.person.town.hit(Mark::Race("somebody else took the last pieces"));
            }
            return None;
        }
        let order = OrderId(reply.body.as_str()?.parse().ok()?);
        self.person.town.book.note(Promise::Placed { owner: self.id, key: key.to_owned(), order });
        let seen = self.person.insist(Ask::new(Method::GET, format!("/orders/{order}"))).await?;
        if seen.status != 200 {
            self.person.town.fail(&format!("order {order} was placed, but is {}", seen.status), &[order.0]);
        }
        let deadline: Time = serde_json::from_value(seen.body["deadline"].clone()).ok()?;
        Some(Bought { order, total: seen.body["totalFee"].as_i64()?, deadline: deadline.0 })
    }

    /// The same order twice at once with one key, and then something else with it.
    pub(super) async fn place_with_one_key(&mut self) {
        self.person.did("places twice at once with one key");
        let (wish, key) = (self.wish(), self.key());
        let ask = Ask::new(Method::POST, "/orders").with(wish.clone()).keyed(&key);
        let (one, two) =
            tokio::join!(biased; self.person.insist(ask.clone()), self.person.insist(ask.clone()));
        for reply in [&one, &two].into_iter().flatten() {
            self.placed(&key, reply).await;
        }
        let mut other = wish;
        other["paymentType"] = json!(1 + other["paymentType"].as_u64().unwrap_or(0) % 3);
        let settled = one.is_some() || two.is_some();
        let ask = Ask::new(Method::POST, "/orders").with(other).keyed(&key);
        if let Some(reply) = self.person.insist(ask).await
            && settled
        {
            if reply.status == 422 {
                self.person.town.hit(Mark::Race("a key is used for another body"));
            } else {
                let what = format!("key {key} with another body was answered {}", reply.status);
                self.person.town.fail(&what, &[]);
            }
        }
    }

    /// Gives up at once, and perhaps comes back with the same key.
    pub(super) async fn hang_up(&mut self) {
        self.person.did("hangs up");
        let (wish, key) = (self.wish(), self.key());
        let ask = Ask::new(Method::POST, "/orders").with(wish).keyed(&key);
        let patience = self.chance.span(1..=12);
        let reply = self.person.send(ask.clone(), patience).await;
        let reply =
            if reply.is_none() && self.chance.happens(600) { self.person.insist(ask).await } else { reply };
        let Some(reply) = reply else { return };
        let Some(bought) = self.placed(&key, &reply).await else { return };
        let Some(pay_order) = self.open(bought).await else { return };
        let press = self.press_ask(pay_order, PASSWORD);
        let patience = self.chance.span(1..=12);
        let reply = self.person.send(press, patience).await;
        pressed(&self.person, bought, reply.as_ref());
    }
}
