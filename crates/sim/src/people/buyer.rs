//! A buyer: a few errands, one after the other.

use api::Time;
use clock::{Clock, MINUTE, Ms, SECOND};
use edge::Role;
use edge::testing::principal;
use http::Method;
use model::{OrderId, PayOrderId, UserId};
use serde_json::json;
use std::sync::Arc;

use super::{Ask, PASSWORD, PATIENCE_MS, Person, Reply, staff};
use crate::book::Promise;
use crate::chance::Chance;
use crate::mark::Mark;
use crate::provider::SANDBOX;
use crate::town::Town;
use crate::witness;

/// How many orders a buyer wants, and after how many errands they give up getting them.
const ORDERS: usize = 3;
const ERRANDS: usize = 7;

/// A buyer.
pub(crate) struct Buyer {
    person: Person,
    id: UserId,
    chance: Chance,
    keys: u32,
}

/// An order that a buyer knows of.
#[derive(Clone, Copy, Debug)]
struct Bought {
    order: OrderId,
    total: i64,
    deadline: Ms,
}

/// How a buyer goes about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Errand {
    PayEarly,
    PayAtTheLastMoment,
    PayTooLate,
    PayTwiceAtOnce,
    PayAtProvider,
    PayAtProviderTooLate,
    PayBothWays,
    WrongPasswords,
    CancelWhilePaying,
    SameKey,
    HangUp,
    Disappear,
    Cancel,
    Receive,
    Pry,
    AskForTime,
    WantMoneyBack,
}

const ALL: [Errand; 24] = [
    Errand::PayAtProvider,
    Errand::PayAtProviderTooLate,
    Errand::PayAtProviderTooLate,
    Errand::PayBothWays,
    Errand::WantMoneyBack,
    Errand::WantMoneyBack,
    Errand::AskForTime,
    Errand::AskForTime,
    Errand::PayEarly,
    Errand::PayAtTheLastMoment,
    Errand::PayAtTheLastMoment,
    Errand::PayTooLate,
    Errand::PayTwiceAtOnce,
    Errand::WrongPasswords,
    Errand::CancelWhilePaying,
    Errand::CancelWhilePaying,
    Errand::SameKey,
    Errand::HangUp,
    Errand::HangUp,
    Errand::Disappear,
    Errand::Cancel,
    Errand::Receive,
    Errand::Receive,
    Errand::Pry,
];

impl Buyer {
    /// The buyer of this number, whose account is `id`.
    pub(crate) fn new(town: &Arc<Town>, seed: u64, number: usize, id: UserId) -> Self {
        let name = format!("buyer{number}");
        let chance = Chance::of(seed, &name);
        Self { person: Person::new(town, &name, Some(principal(id.0, Role::Buyer))), id, chance, keys: 0 }
    }

    /// Goes on errands until there are enough orders.
    pub(crate) async fn live(mut self) {
        for _ in 0..ERRANDS {
            if self.person.town.book.orders_of(self.id) >= ORDERS {
                return;
            }
            let wait = self.chance.span(100..=40 * SECOND);
            self.person.town.clock.after(wait).await;
            let errand = self.chance.pick(&ALL);
            self.run(errand).await;
        }
    }

    async fn run(&mut self, errand: Errand) {
        match errand {
            Errand::SameKey => self.place_with_one_key().await,
            Errand::HangUp => self.hang_up().await,
            _ => {
                self.fill_cart().await;
                let Some(bought) = self.place().await else { return };
                self.with(errand, bought).await;
            }
        }
    }

    async fn with(&mut self, errand: Errand, bought: Bought) {
        match errand {
            Errand::Disappear => self.person.did("disappears"),
            Errand::Cancel => {
                self.person.did("cancels");
                self.cancel(bought).await;
            }
            Errand::Pry => {
                self.offer_less(bought).await;
                self.pry().await;
            }
            Errand::PayAtProvider | Errand::PayAtProviderTooLate | Errand::PayBothWays => {
                let Some(pay_order) = self.open_at(bought, SANDBOX).await else { return };
                self.pay_at_provider(errand, bought, pay_order).await;
            }
            _ => {
                let Some(pay_order) = self.open(bought).await else { return };
                self.pay(errand, bought, pay_order).await;
            }
        }
    }

    async fn pay(&mut self, errand: Errand, bought: Bought, pay_order: PayOrderId) {
        match errand {
            Errand::PayAtTheLastMoment => {
                self.person.did("pays at the last moment");
                self.wait_for(bought.deadline, -30..=15).await;
                self.press(bought, pay_order, PASSWORD).await;
            }
            Errand::PayTooLate => {
                self.person.did("pays too late");
                self.wait_for(bought.deadline, 20..=3_000).await;
                self.press(bought, pay_order, PASSWORD).await;
            }
            Errand::PayTwiceAtOnce => self.press_twice(bought, pay_order).await,
            Errand::WantMoneyBack => self.want_money_back(bought, pay_order).await,
            Errand::AskForTime => self.ask_for_time(bought, pay_order).await,
            Errand::WrongPasswords => self.guess(bought, pay_order).await,
            Errand::CancelWhilePaying => self.cancel_while_paying(bought, pay_order).await,
            Errand::Receive => {
                self.person.did("pays and waits for the parcel");
                self.press(bought, pay_order, PASSWORD).await;
                self.receive(bought).await;
            }
            _ => {
                self.person.did("pays early");
                self.press(bought, pay_order, PASSWORD).await;
            }
        }
    }

    /// Pays there, whether or not anybody still wants it.
    async fn pay_at_provider(&mut self, errand: Errand, bought: Bought, pay_order: PayOrderId) {
        let town = self.person.town.clone();
        match errand {
            Errand::PayAtProviderTooLate => {
                self.person.did("pays at the provider when it is too late");
                if self.chance.happens(500) {
                    self.cancel(bought).await;
                    let wait = self.chance.span(1..=10_000);
                    town.clock.after(wait).await;
                } else {
                    self.wait_for(bought.deadline, -20..=15_000).await;
                }
            }
            Errand::PayBothWays => {
                self.person.did("pays at the provider and from the balance");
                let press = self.press_ask(pay_order, PASSWORD);
                let wait = self.chance.span(0..=200);
                let paying = async {
                    town.clock.after(wait).await;
                    town.pay_at_provider(pay_order);
                };
                let (reply, ()) = tokio::join!(biased; self.person.insist(press), paying);
                pressed(&self.person, bought, reply.as_ref());
                return;
            }
            _ => {
                self.person.did("pays at the provider");
                let wait = self.chance.span(100..=10_000);
                town.clock.after(wait).await;
            }
        }
        town.pay_at_provider(pay_order);
        if self.chance.happens(300) {
            let wait = self.chance.span(1..=3_000);
            town.clock.after(wait).await;
            let key = self.key();
            staff::refund(&town, bought.order, key).await;
        }
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("{}-{}", self.person.name, self.keys)
    }

    /// One to three lines, sometimes of the same item.
    fn wish(&mut self) -> serde_json::Value {
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

    async fn fill_cart(&mut self) {
        if !self.chance.happens(300) {
            return;
        }
        let shelves = self.person.town.book.shelves();
        let item = self.chance.pick(&shelves).item.to_string();
        let key = self.key();
        let ask = Ask::new(Method::POST, "/carts").with(json!({ "itemId": item })).keyed(key);
        self.person.send(ask, PATIENCE_MS).await;
    }

    async fn place(&mut self) -> Option<Bought> {
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
    async fn want_more(&mut self, item: &str) {
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
    async fn placed(&self, key: &str, reply: &Reply) -> Option<Bought> {
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

    async fn open(&mut self, bought: Bought) -> Option<PayOrderId> {
        self.open_at(bought, "balance").await
    }

    async fn open_at(&mut self, bought: Bought, channel: &str) -> Option<PayOrderId> {
        let form = json!({
            "bizOrderNo": bought.order.to_string(), "amount": bought.total, "payChannelCode": channel,
            "payType": 5, "orderInfo": "",
        });
        let key = self.key();
        let ask = Ask::new(Method::POST, "/pay-orders").with(form).keyed(key);
        let reply = self.person.insist(ask).await?;
        let id = reply.body.as_u64().filter(|_| reply.status == 200).map(PayOrderId)?;
        self.person.town.book.note(Promise::Opened { order: bought.order, pay_order: id });
        Some(id)
    }

    /// Applies to pay one cent.
    async fn offer_less(&mut self, bought: Bought) {
        self.person.did("offers less than it costs");
        if self.open(Bought { total: 1, ..bought }).await.is_some() && bought.total != 1 {
            let what = format!("order {} may be paid with one cent", bought.order);
            self.person.town.fail(&what, &[bought.order.0]);
        }
    }

    fn press_ask(&mut self, pay_order: PayOrderId, password: &str) -> Ask {
        let ask = Ask::new(Method::POST, format!("/pay-orders/{pay_order}")).with(json!({ "pw": password }));
        if self.chance.happens(700) { ask.keyed(self.key()) } else { ask }
    }

    async fn press(&mut self, bought: Bought, pay_order: PayOrderId, password: &str) -> Option<Reply> {
        let ask = self.press_ask(pay_order, password);
        let reply = self.person.insist(ask).await;
        pressed(&self.person, bought, reply.as_ref());
        reply
    }

    async fn press_twice(&mut self, bought: Bought, pay_order: PayOrderId) {
        self.person.did("pays twice at once");
        let (one, two) = (self.press_ask(pay_order, PASSWORD), self.press_ask(pay_order, PASSWORD));
        let (one, two) = tokio::join!(biased; self.person.insist(one), self.person.insist(two));
        pressed(&self.person, bought, one.as_ref());
        pressed(&self.person, bought, two.as_ref());
    }

    /// Has staff extend the order, sometimes at the very last moment, and pays after the first deadline.
    async fn ask_for_time(&mut self, bought: Bought, pay_order: PayOrderId) {
        self.person.did("asks for more time");
        if self.chance.happens(500) {
            self.wait_for(bought.deadline, -20..=20).await;
        }
        let until = bought.deadline + self.chance.span(20 * SECOND..=120 * SECOND);
        let key = self.key();
        let reply = staff::extend(&self.person.town, bought.order, until, key).await;
        if reply.is_some_and(|reply| reply.status == 200) {
            self.wait_for(bought.deadline, 5..=15_000).await;
            self.press(bought, pay_order, PASSWORD).await;
        }
    }

    /// Pays, and has staff give the money back; perhaps in the very moment in which it is paid.
    async fn want_money_back(&mut self, bought: Bought, pay_order: PayOrderId) {
        self.person.did("wants the money back");
        self.press(bought, pay_order, PASSWORD).await;
        let wait = self.chance.span(1..=3_000);
        self.person.town.clock.after(wait).await;
        let key = self.key();
        staff::refund(&self.person.town, bought.order, key).await;
    }

    async fn guess(&mut self, bought: Bought, pay_order: PayOrderId) {
        self.person.did("guesses passwords in a loop");
        for _ in 0..7 {
            self.press(bought, pay_order, "open barley").await;
            let wait = self.chance.span(10..=400);
            self.person.town.clock.after(wait).await;
        }
        if self.chance.happens(500) {
            self.person.town.clock.after(15 * SECOND).await;
            self.press(bought, pay_order, PASSWORD).await;
        }
    }

    async fn cancel_while_paying(&mut self, bought: Bought, pay_order: PayOrderId) {
        self.person.did("cancels while paying");
        let mistyped = self.chance.happens(400);
        let press = self.press_ask(pay_order, if mistyped { "open barley" } else { PASSWORD });
        let delay = self.chance.span(0..=12);
        let cancelling = async {
            self.person.town.clock.after(delay).await;
            self.cancel(bought).await;
        };
        let (reply, ()) = tokio::join!(biased; self.person.insist(press), cancelling);
        pressed(&self.person, bought, reply.as_ref());
        if mistyped {
            self.person.did("tries to pay what is being cancelled");
            self.press(bought, pay_order, PASSWORD).await;
        }
    }

    async fn cancel(&self, bought: Bought) {
        let ask = Ask::new(Method::PUT, format!("/orders/{}/cancel", bought.order));
        let Some(reply) = self.person.insist(ask).await else { return };
        let town = &self.person.town;
        match reply.status {
            200 => town.book.note(Promise::Closed { order: bought.order }),
            202 => town.hit(Mark::Race("a cancel waits for the payment's side")),
            409 => town.hit(Mark::Race("a cancel comes after the payment")),
            _ => {}
        }
    }

    /// The same order twice at once with one key, and then something else with it.
    async fn place_with_one_key(&mut self) {
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
    async fn hang_up(&mut self) {
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

    async fn receive(&mut self, bought: Bought) {
        for _ in 0..6 {
            self.person.town.clock.after(15 * SECOND).await;
            let ask = Ask::new(Method::PUT, format!("/orders/{}/receive", bought.order)).keyed(self.key());
            let received = self.person.send(ask, PATIENCE_MS).await;
            if received.is_some_and(|reply| reply.status == 200) {
                let ask = Ask::new(Method::PUT, format!("/orders/{}/review", bought.order)).keyed(self.key());
                self.person.insist(ask).await;
                return;
            }
        }
    }

    /// Tries to see and to pay somebody else's order.
    async fn pry(&mut self) {
        self.person.did("pries into others' orders");
        let own = self.id;
        let Some(other) = self.person.town.book.order_not_of(own) else { return };
        let form = json!({
            "bizOrderNo": other.to_string(), "amount": 1_000, "payChannelCode": "balance", "payType": 5,
        });
        for ask in [
            Ask::new(Method::GET, format!("/orders/{other}")),
            Ask::new(Method::PUT, format!("/orders/{other}/cancel")),
            Ask::new(Method::POST, "/pay-orders").with(form),
        ] {
            let reply = self.person.insist(ask.clone()).await;
            if let Some(reply) = reply.filter(|reply| reply.status != 404) {
                let what =
                    format!("{} {} of another's order was answered {}", ask.method, ask.path, reply.status);
                self.person.town.fail(&what, &[other.0]);
            }
        }
    }

    async fn wait_for(&mut self, deadline: Ms, offset: std::ops::RangeInclusive<i64>) {
        let at = deadline + self.chance.span(offset);
        let clock = &self.person.town.clock;
        // A clock that was set back has put some deadlines hours away; nobody waits for these.
        if at.since(clock.now()) < 5 * MINUTE {
            clock.sleep_until(at).await;
        }
    }
}

fn pressed(person: &Person, bought: Bought, reply: Option<&Reply>) {
    let Some(reply) = reply else { return };
    let race = match (reply.status, reply.code()) {
        (200, _) => {
            person.town.book.note(Promise::Paid { order: bought.order });
            return;
        }
        (202, _) => "a press is told that its outcome is not known yet",
        (_, "payment_in_flight") => "a press meets another in flight",
        (_, "order_not_payable") => "a press comes after the close",
        (_, "payment_overdue") => "a press comes after the deadline",
        _ => return,
    };
    person.town.hit(Mark::Race(race));
}
