//! The payment provider: another party, with a book of its own, that tells `pay` what happened until it is heard.
//!
//! It takes money whenever a buyer gives it, even after it was told to close and has said that it did. Its notices
//! travel as requests do, so they are lost, late, doubled and out of order. What it refuses, it refuses for a while.
//! Signatures are proven elsewhere; here whoever delivers a notice is the provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::calls::{Answer, NoAnswer};
use async_trait::async_trait;
use clock::SECOND;
use edge::testing::{Sent, call};
use futures_util::FutureExt;
use http::Method;
use model::{Cents, Ms, PayOrderId};
use parking_lot::Mutex;
use pay::channel::{
    BadNotice, BillRefund, BillStatus, Channel, NewBill, Notice, Noticed, RawNotice, RefundStatus,
};
use serde_json::{Value, json};

use crate::mark::Mark;
use crate::net::Silence;
use crate::place::{Act, Place, Side};
use crate::shop::Running;
use crate::town::Town;
use crate::wire::Wire;

/// The channel's code.
pub(crate) const SANDBOX: &str = "sandbox";
/// How long either side waits for the other, in milliseconds.
const PATIENCE_MS: i64 = 2 * SECOND;
/// The first and the longest wait before a notice is repeated, in milliseconds.
const AGAIN_MS: (i64, i64) = (SECOND, 30 * SECOND);

/// A payment as the provider has it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Payment {
    pub(crate) amount: Cents,
    pub(crate) paid: bool,
    pub(crate) closed: bool,
    pub(crate) refunds: u32,
    refusals: u32,
    refused: bool,
}

/// The provider's book.
#[derive(Default)]
pub(crate) struct Till {
    payments: Mutex<BTreeMap<PayOrderId, Payment>>,
    /// How often each notice was delivered.
    delivered: Mutex<BTreeMap<(PayOrderId, &'static str), u32>>,
    /// Notices nobody has acknowledged.
    untold: Mutex<u32>,
}

impl Till {
    /// All payments.
    pub(crate) fn payments(&self) -> BTreeMap<PayOrderId, Payment> {
        self.payments.lock().clone()
    }

    /// Whether everything was told and acknowledged.
    pub(crate) fn is_quiet(&self) -> bool {
        *self.untold.lock() == 0
    }

    fn status(&self, id: PayOrderId) -> BillStatus {
        match self.payments.lock().get(&id) {
            None => BillStatus::Unknown,
            Some(Payment { paid: true, amount, .. }) => BillStatus::Paid { amount: *amount },
            Some(Payment { closed: true, .. }) => BillStatus::Closed,
            Some(_) => BillStatus::Open { url: format!("sandbox:{id}") },
        }
    }
}

impl Town {
    /// A buyer pays there, whatever the provider was told before. Answers whether there is such a payment.
    pub(crate) fn pay_at_provider(self: &Arc<Self>, id: PayOrderId) -> bool {
        let first = {
            let mut payments = self.till.payments.lock();
            let made = |payment: &&mut Payment| payment.amount != Cents::ZERO;
            let Some(payment) = payments.get_mut(&id).filter(made) else { return false };
            let first = !payment.paid;
            if first && payment.closed {
                self.hit(Mark::Race("money comes to a closed bill"));
            }
            payment.paid = true;
            first
        };
        if first {
            self.tell(id, "paid");
        }
        true
    }

    fn make_bill(self: &Arc<Self>, id: PayOrderId, amount: Cents) -> BillStatus {
        let made = {
            let mut payments = self.till.payments.lock();
            let made = !payments.contains_key(&id);
            if made {
                let refusals = self.draw(|chance| if chance.happens(400) { chance.below(4) } else { 0 });
                let refusals = u32::try_from(refusals).unwrap_or(0);
                payments.insert(id, Payment { amount, refusals, ..Payment::default() });
            }
            made
        };
        if made {
            self.tell(id, "created");
        }
        self.till.status(id)
    }

    fn close_bill(self: &Arc<Self>, id: PayOrderId) -> BillStatus {
        let closes = {
            let mut payments = self.till.payments.lock();
            let payment = payments.entry(id).or_default();
            let closes = !payment.paid && !payment.closed;
            payment.closed |= closes;
            closes
        };
        if closes {
            self.tell(id, "closed");
        }
        self.till.status(id)
    }

    fn refund_bill(self: &Arc<Self>, id: PayOrderId, amount: Cents) -> RefundStatus {
        let refused = |why: &str| RefundStatus::Refused { why: why.to_owned() };
        let first = {
            let mut payments = self.till.payments.lock();
            let Some(payment) = payments.get_mut(&id).filter(|payment| payment.paid) else {
                drop(payments);
                self.fail("a refund of what was never paid at the provider", &[id.0]);
                return refused("it was never paid");
            };
            if payment.refusals > 0 {
                payment.refusals -= 1;
                payment.refused = true;
                self.hit(Mark::Fault("the provider refused a refund"));
                return refused("no money today");
            }
            if payment.amount != amount {
                return refused("another amount was paid");
            }
            let first = payment.refunds == 0;
            payment.refunds = 1;
            if first && payment.refused {
                self.hit(Mark::Race("a refund failed and was retried"));
            }
            first
        };
        if first {
            self.tell(id, "refunded");
        }
        RefundStatus::Done { reference: format!("S{id}") }
    }

    /// Tells the shop until it is heard.
    fn tell(self: &Arc<Self>, id: PayOrderId, event: &'static str) {
        *self.till.untold.lock() += 1;
        let town = self.clone();
        self.spawn(async move {
            let mut wait_ms = AGAIN_MS.0;
            while !town.told(id, event).await {
                town.clock.after(wait_ms).await;
                wait_ms = (2 * wait_ms).min(AGAIN_MS.1);
            }
            *town.till.untold.lock() -= 1;
        });
    }

    async fn told(self: &Arc<Self>, id: PayOrderId, event: &'static str) -> bool {
        let amount = self.till.payments.lock().get(&id).map_or(Cents::ZERO, |payment| payment.amount);
        let body = json!({ "id": id, "event": event, "amount": amount });
        let town = self.clone();
        let work = move |running: &Running| {
            let (town, door, body) = (town.clone(), running.door.clone(), body.clone());
            async move { town.deliver(door, (id, event), body).await }.boxed()
        };
        let told = self.exchange((Place::Provider, Place::Pay), PATIENCE_MS, Arc::new(work)).await;
        self.note("notice", &[id.0], || format!("provider → {event} {id}: {told:?}"));
        matches!(told, Ok(200))
    }

    async fn deliver(&self, door: axum::Router, notice: (PayOrderId, &'static str), body: Value) -> u16 {
        let again = {
            let mut delivered = self.till.delivered.lock();
            let count = delivered.entry(notice).or_default();
            *count += 1;
            *count > 1
        };
        if again {
            self.hit(Mark::Race("a notice came twice"));
        }
        let path = "/pay-orders/notices/sandbox";
        let sent = Sent { method: Method::POST, path, caller: None, key: None, body: Some(body) };
        call(&door, sent).await.0.as_u16()
    }
}

impl Wire {
    async fn ask_provider<T, W>(&self, question: &'static str, id: PayOrderId, work: W) -> Answer<T>
    where
        T: std::fmt::Debug + Send + 'static,
        W: Fn(&Arc<Town>) -> T + Send + Sync + 'static,
    {
        let (life, town) = (&self.0, &self.0.town);
        life.pass(Act::Ask(question), Side::Before).await;
        town.note(question, &[id.0], || format!("{} → {question} {id}", life.place));
        let there = town.clone();
        let answer = match town.exchange_at_provider(PATIENCE_MS, Arc::new(move || work(&there))).await {
            Ok(answer) => Ok(answer),
            Err(Silence::Broke) => Err(NoAnswer::from(SANDBOX, "the connection broke")),
            Err(Silence::Late) => Err(NoAnswer::from(SANDBOX, "no answer in time")),
        };
        life.pass(Act::Ask(question), Side::After).await;
        town.note(question, &[id.0], || format!("{} ← {question} {id}: {answer:?}", life.place));
        answer
    }
}

#[async_trait]
impl Channel for Wire {
    fn code(&self) -> &'static str {
        SANDBOX
    }

    async fn create(&self, bill: &NewBill) -> Answer<BillStatus> {
        let (id, amount) = (bill.pay_order, bill.amount);
        self.ask_provider("provider.create", id, move |town| town.make_bill(id, amount)).await
    }

    async fn query(&self, id: PayOrderId) -> Answer<BillStatus> {
        self.ask_provider("provider.query", id, move |town| town.till.status(id)).await
    }

    async fn close(&self, id: PayOrderId) -> Answer<BillStatus> {
        self.ask_provider("provider.close", id, move |town| town.close_bill(id)).await
    }

    async fn refund(&self, refund: &BillRefund) -> Answer<RefundStatus> {
        let (id, amount) = (refund.pay_order, refund.amount);
        self.ask_provider("provider.refund", id, move |town| town.refund_bill(id, amount)).await
    }

    fn verify(&self, notice: RawNotice<'_>, _: Ms) -> Result<Notice, BadNotice> {
        read(notice.body).ok_or(BadNotice::Malformed)
    }
}

fn read(body: &[u8]) -> Option<Notice> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let amount = body["amount"].as_i64().map(Cents)?;
    let what = if body["event"] == "paid" { Noticed::Paid(amount) } else { Noticed::Other };
    Some(Notice { pay_order: body["id"].as_str()?.parse().ok()?, what })
}
