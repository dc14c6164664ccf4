//! How buyers pay: early, late, twice, at the provider, with the wrong password, while they cancel.

use clock::SECOND;
use http::Method;
use model::PayOrderId;
use serde_json::json;

use super::{Bought, Buyer, Errand};
use crate::book::Promise;
use crate::mark::Mark;
use crate::people::{Ask, PASSWORD, Person, Reply, staff};

impl Buyer {
    pub(super) async fn pay(&mut self, errand: Errand, bought: Bought, pay_order: PayOrderId) {
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
    pub(super) async fn pay_at_provider(&mut self, errand: Errand, bought: Bought, pay_order: PayOrderId) {
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

    pub(super) async fn open(&mut self, bought: Bought) -> Option<PayOrderId> {
        self.open_at(bought, "balance").await
    }

    pub(super) async fn open_at(&mut self, bought: Bought, channel: &str) -> Option<PayOrderId> {
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
    pub(super) async fn offer_less(&mut self, bought: Bought) {
        self.person.did("offers less than it costs");
        if self.open(Bought { total: 1, ..bought }).await.is_some() && bought.total != 1 {
            let what = format!("order {} may be paid with one cent", bought.order);
            self.person.town.fail(&what, &[bought.order.0]);
        }
    }

    pub(super) fn press_ask(&mut self, pay_order: PayOrderId, password: &str) -> Ask {
        let ask = Ask::new(Method::POST, format!("/pay-orders/{pay_order}")).with(json!({ "pw": password }));
        if self.chance.happens(700) { ask.keyed(self.key()) } else { ask }
    }

    pub(super) async fn press(
        &mut self,
        bought: Bought,
        pay_order: PayOrderId,
        password: &str,
    ) -> Option<Reply> {
        let ask = self.press_ask(pay_order, password);
        let reply = self.person.insist(ask).await;
        pressed(&self.person, bought, reply.as_ref());
        reply
    }

    pub(super) async fn press_twice(&mut self, bought: Bought, pay_order: PayOrderId) {
        self.person.did("pays twice at once");
        let (one, two) = (self.press_ask(pay_order, PASSWORD), self.press_ask(pay_order, PASSWORD));
        let (one, two) = tokio::join!(biased; self.person.insist(one), self.person.insist(two));
        pressed(&self.person, bought, one.as_ref());
        pressed(&self.person, bought, two.as_ref());
    }

    /// Has staff extend the order, sometimes at the very last moment, and pays after the first deadline.
    pub(super) async fn ask_for_time(&mut self, bought: Bought, pay_order: PayOrderId) {
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
    pub(super) async fn want_money_back(&mut self, bought: Bought, pay_order: PayOrderId) {
        self.person.did("wants the money back");
        self.press(bought, pay_order, PASSWORD).await;
        let wait = self.chance.span(1..=3_000);
        self.person.town.clock.after(wait).await;
        let key = self.key();
        staff::refund(&self.person.town, bought.order, key).await;
    }

    pub(super) async fn guess(&mut self, bought: Bought, pay_order: PayOrderId) {
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

    pub(super) async fn cancel_while_paying(&mut self, bought: Bought, pay_order: PayOrderId) {
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

    pub(super) async fn cancel(&self, bought: Bought) {
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
}

/// Writes down what was promised, or met.
pub(super) fn pressed(person: &Person, bought: Bought, reply: Option<&Reply>) {
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
