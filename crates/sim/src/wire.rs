//! How the services reach each other: by the traits they know, over the simulated network.
//!
//! These traits are the one seam between services: in one process a function answers, over a real network the
//! crate `remote` does. Standing here rather than under HTTP keeps a seed cheap, and loses little: what `remote`
//! may do to a call (no answer by a deadline, an answer too late, the same question twice) is what the network
//! does to it here.

use std::sync::Arc;

use api::calls::{
    Address, Answer, Debit, HoldAnswer, HoldRefusal, HoldRequest, Items, NoAnswer, OrderFate, Pay, PayStatus,
    Payable, Quote, RefundAnswer, RefundRequest, SettleAnswer, SettleDebit, SettleRequest, Trade, Users,
};
use async_trait::async_trait;
use clock::SECOND;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use model::pay_order::{CloseAnswer, Failure};
use model::wallet::Outcome;
use model::{AddressId, ItemId, OrderId, UserId};

use crate::book::Promise;
use crate::life::Life;
use crate::mark::Mark;
use crate::matrix::{self, Deed};
use crate::net::{Silence, Work};
use crate::place::{Act, Place, Side};
use crate::shop::Running;
use crate::town::Town;

/// How long a service waits for another, as `remote` does.
const PATIENCE_MS: i64 = 2 * SECOND;

/// The other services, as the process of one life reaches them.
#[derive(Clone)]
pub(crate) struct Wire(pub(crate) Arc<Life>);

impl Wire {
    async fn ask<T, W>(&self, to: Place, call: &'static str, about: Vec<u64>, work: W) -> Answer<T>
    where
        T: std::fmt::Debug + Send + 'static,
        W: Fn(&Running) -> Option<BoxFuture<'static, Answer<T>>> + Send + Sync + 'static,
    {
        let life = &self.0;
        let town = &life.town;
        let deed = life.pass(Act::Ask(call), Side::Before).await;
        town.note(call, &about, || format!("{} → {call} {about:?}", life.place));
        let work = move |running: &Running| {
            let none = || async move { Err(NoAnswer::from(to.name(), "it is not here")) }.boxed();
            work(running).unwrap_or_else(none)
        };
        let work = matrix::copied(town, to, Arc::new(work), deed);
        let answer = match self.exchange(to, work, deed).await {
            Ok(answer) => answer,
            Err(Silence::Broke) => Err(NoAnswer::from(to.name(), "the connection broke")),
            Err(Silence::Late) => Err(NoAnswer::from(to.name(), "no answer in time")),
        };
        life.pass(Act::Ask(call), Side::After).await;
        town.note(call, &about, || format!("{} ← {call} {about:?}: {answer:?}", life.place));
        answer
    }

    async fn exchange<T: Send + 'static>(
        &self,
        to: Place,
        work: Arc<Work<T>>,
        deed: Option<Deed>,
    ) -> Result<T, Silence> {
        let life = &self.0;
        if deed == Some(Deed::Lose) {
            life.town.clock.after(PATIENCE_MS).await;
            return Err(Silence::Late);
        }
        life.town.exchange((life.place, to), PATIENCE_MS, work).await
    }

    /// Notes what was met where the question was answered, whether or not the answer arrives.
    fn met<T: 'static>(
        &self,
        answering: BoxFuture<'static, Answer<Vec<T>>>,
        what: impl Fn(&T) -> Option<&'static str> + Send + 'static,
    ) -> BoxFuture<'static, Answer<Vec<T>>> {
        let town = self.0.town.clone();
        let noted = answering.inspect(move |answer| {
            for met in answer.iter().flatten().filter_map(&what) {
                town.hit(Mark::Race(met));
            }
        });
        noted.boxed()
    }
}

/// Whatever is told to close while an attempt is in flight has had its last attempt. In a server that is not looked at
/// between two steps.
fn closing(town: &Town, asked: &[OrderId], answer: &Answer<Vec<CloseAnswer>>) {
    if town.server().is_some() {
        return;
    }
    let answers = asked.iter().zip(answer.iter().flatten());
    for (order, _) in answers.filter(|(_, answer)| **answer == CloseAnswer::InFlight) {
        let before = OrderId(order.0 - 1);
        let found = town.db(Place::Pay).read(|connection| pay::facts::by_order(connection, before, 1));
        if let Ok([fact]) = found.as_deref() {
            town.book.note(Promise::Closing { order: *order, attempts: fact.attempts.len() });
        }
    }
}

/// Whoever asks for a hold has written the order before. In a server that is not looked at between two steps.
fn intended(town: &Town, asked: &[HoldRequest]) {
    if town.server().is_some() {
        return;
    }
    let ids: Vec<OrderId> = asked.iter().map(|hold| hold.order_id).collect();
    let owners = town.db(Place::Trade).read(|connection| trade::facts::owners(connection, &ids));
    for (id, _) in ids.iter().zip(owners.unwrap_or_default()).filter(|(_, owner)| owner.is_none()) {
        town.fail(&format!("`item` is asked to hold for order {id}, which was not written before"), &[id.0]);
    }
}

fn orders(ids: &[OrderId]) -> Vec<u64> {
    ids.iter().map(|id| id.0).collect()
}

#[async_trait]
impl Trade for Wire {
    async fn apply_payment(&self, order: OrderId) -> Answer<Option<Payable>> {
        self.ask(Place::Trade, "trade.apply_payment", vec![order.0], move |running| {
            let trade = running.trade.clone()?;
            Some(async move { trade.apply_payment(order).await }.boxed())
        })
        .await
    }

    async fn owner(&self, order: OrderId) -> Answer<Option<UserId>> {
        self.ask(Place::Trade, "trade.owner", vec![order.0], move |running| {
            let trade = running.trade.clone()?;
            Some(async move { trade.owner(order).await }.boxed())
        })
        .await
    }

    async fn fates(&self, of: Vec<OrderId>) -> Answer<Vec<OrderFate>> {
        self.ask(Place::Trade, "trade.fates", orders(&of), move |running| {
            let (trade, of) = (running.trade.clone()?, of.clone());
            Some(async move { trade.fates(of).await }.boxed())
        })
        .await
    }
}

#[async_trait]
impl Pay for Wire {
    async fn close(&self, of: Vec<OrderId>) -> Answer<Vec<CloseAnswer>> {
        let wire = self.clone();
        self.ask(Place::Pay, "pay.close", orders(&of), move |running| {
            let (pay, of) = (running.pay.clone()?, of.clone());
            let (town, asked) = (wire.0.town.clone(), of.clone());
            let answering = async move { pay.close(of).await };
            let answering = answering.inspect(move |answer| closing(&town, &asked, answer)).boxed();
            Some(wire.met(answering, |answer| match answer {
                CloseAnswer::InFlight => Some("a close meets a payment in flight"),
                CloseAnswer::Paid => Some("a close finds the order paid"),
                CloseAnswer::Closed => None,
            }))
        })
        .await
    }

    async fn status(&self, of: Vec<OrderId>) -> Answer<Vec<PayStatus>> {
        self.ask(Place::Pay, "pay.status", orders(&of), move |running| {
            let (pay, of) = (running.pay.clone()?, of.clone());
            Some(async move { pay.status(of).await }.boxed())
        })
        .await
    }

    async fn refund(&self, of: Vec<OrderId>) -> Answer<Vec<RefundAnswer>> {
        self.ask(Place::Pay, "pay.refund", orders(&of), move |running| {
            let (pay, of) = (running.pay.clone()?, of.clone());
            Some(async move { pay.refund(of).await }.boxed())
        })
        .await
    }
}

#[async_trait]
impl Items for Wire {
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>> {
        let ids = ids.to_vec();
        self.ask(Place::Item, "item.quote", Vec::new(), move |running| {
            let (items, ids) = (running.items.clone()?, ids.clone());
            Some(async move { items.quote(&ids).await }.boxed())
        })
        .await
    }

    async fn hold(&self, of: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>> {
        let (about, wire) = (of.iter().map(|hold| hold.order_id.0).collect(), self.clone());
        self.ask(Place::Item, "item.hold", about, move |running| {
            let (items, of) = (running.items.clone()?, of.clone());
            intended(&wire.0.town, &of);
            let answering = async move { items.hold(of).await }.boxed();
            Some(wire.met(answering, |answer| match answer {
                HoldAnswer::Refused { reason: HoldRefusal::Ended, .. } => {
                    Some("a hold comes after its release")
                }
                HoldAnswer::Refused { reason: HoldRefusal::Changed, .. } => {
                    Some("a price changes between quote and hold")
                }
                HoldAnswer::Refused { reason: HoldRefusal::OffSale, .. } => {
                    Some("an item leaves the shop between quote and hold")
                }
                HoldAnswer::Refused { reason: HoldRefusal::Short, .. } | HoldAnswer::Held => None,
            }))
        })
        .await
    }

    async fn settle(&self, ends: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>> {
        let (about, wire) = (ends.iter().map(|end| end.order_id.0).collect(), self.clone());
        self.ask(Place::Item, "item.settle", about, move |running| {
            let (items, ends) = (running.items.clone()?, ends.clone());
            let answering = async move { items.settle(ends).await }.boxed();
            let town = wire.0.town.clone();
            let judged = answering.inspect(move |answer| {
                if answer.iter().flatten().any(|answer| *answer == SettleAnswer::Impossible) {
                    town.fail("`item` was told an end that its hold cannot have", &[]);
                }
            });
            Some(judged.boxed())
        })
        .await
    }
}

#[async_trait]
impl Users for Wire {
    async fn address(&self, user: UserId, id: AddressId) -> Answer<Option<Address>> {
        self.ask(Place::User, "user.address", Vec::new(), move |running| {
            let users = running.users.clone()?;
            Some(async move { users.address(user, id).await }.boxed())
        })
        .await
    }

    async fn debit(&self, debit: Debit) -> Answer<Outcome> {
        let (about, wire) = (vec![debit.pay_order.0, debit.attempt.0], self.clone());
        self.ask(Place::User, "user.debit", about, move |running| {
            let (users, debit, town) = (running.users.clone()?, debit.clone(), wire.0.town.clone());
            let answering = async move {
                let answer = users.debit(debit).await;
                if answer == Ok(Outcome::Refused(Failure::Voided)) {
                    town.hit(Mark::Race("a debit comes after its void"));
                }
                answer
            };
            Some(answering.boxed())
        })
        .await
    }

    async fn settle_debits(&self, attempts: Vec<SettleDebit>) -> Answer<Vec<Outcome>> {
        let about = attempts.iter().flat_map(|settle| [settle.pay_order.0, settle.attempt.0]).collect();
        let wire = self.clone();
        self.ask(Place::User, "user.settle_debits", about, move |running| {
            let (users, attempts) = (running.users.clone()?, attempts.clone());
            let answering = async move { users.settle_debits(attempts).await }.boxed();
            Some(wire.met(answering, |outcome| match outcome {
                Outcome::Debited => Some("a debit in doubt turns out to be made"),
                Outcome::Refused(Failure::Voided) => Some("a debit in doubt is voided"),
                Outcome::Refused(_) => Some("a debit in doubt turns out to be refused"),
            }))
        })
        .await
    }

    async fn refund(&self, refunds: Vec<RefundRequest>) -> Answer<()> {
        let about = refunds.iter().map(|refund| refund.pay_order.0).collect();
        self.ask(Place::User, "user.refund", about, move |running| {
            let (users, refunds) = (running.users.clone()?, refunds.clone());
            Some(async move { users.refund(refunds).await }.boxed())
        })
        .await
    }
}
