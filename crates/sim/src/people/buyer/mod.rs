//! A buyer: a few errands, one after the other.

mod paying;
mod placing;

use std::sync::Arc;

use clock::{Clock, MINUTE, Ms, SECOND};
use edge::Role;
use edge::testing::principal;
use http::Method;
use model::{OrderId, UserId};
use serde_json::json;

use super::{Ask, PATIENCE_MS, Person};
use crate::chance::Chance;
use crate::provider::SANDBOX;
use crate::town::Town;

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

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("{}-{}", self.person.name, self.keys)
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
