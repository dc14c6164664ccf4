//! A provider that can be told to be silent, to lose its answers or to refuse refunds, and that counts all money it
//! moves. Its notices are what a test says; they are signed by a word.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::calls::{Answer, NoAnswer};
use async_trait::async_trait;
use http::HeaderMap;
use model::{Cents, Ms, PayOrderId};
use parking_lot::Mutex;
use pay::channel::{
    BadNotice, BillRefund, BillStatus, Channel, NewBill, Notice, Noticed, RawNotice, RefundStatus,
};
use serde_json::Value;

pub(crate) const SANDBOX: &str = "sandbox";
/// What stands for a good signature.
pub(crate) const SIGNED: &str = "by the provider";
/// How old a notice may be.
pub(crate) const TOLERANCE_MS: i64 = 300_000;

#[derive(Clone, Debug, Default)]
struct Payment {
    paid: Option<Cents>,
    closed: bool,
    refunds: Vec<Cents>,
}

#[derive(Default)]
struct State {
    down: bool,
    lose_answers: bool,
    refuse_refunds: usize,
    accept_refunds: usize,
    payments: BTreeMap<PayOrderId, Payment>,
    asked: usize,
    /// Payments that were made, each time one was not there before.
    made: Vec<PayOrderId>,
}

#[derive(Clone, Default)]
pub(crate) struct Till(Arc<Mutex<State>>);

impl Till {
    pub(crate) fn set_down(&self, down: bool) {
        self.0.lock().down = down;
    }

    /// What is asked is done, and not answered.
    pub(crate) fn lose_answers(&self, lose: bool) {
        self.0.lock().lose_answers = lose;
    }

    /// Refuses so many refunds.
    pub(crate) fn refuse_refunds(&self, times: usize) {
        self.0.lock().refuse_refunds = times;
    }

    /// Says of so many refunds that they will be done.
    pub(crate) fn accept_refunds(&self, times: usize) {
        self.0.lock().accept_refunds = times;
    }

    /// The buyer pays there. The provider takes money in spite of a close.
    pub(crate) fn pay(&self, id: PayOrderId, amount: Cents) {
        if let Some(payment) = self.0.lock().payments.get_mut(&id) {
            payment.paid.get_or_insert(amount);
        }
    }

    /// How often it was asked for anything.
    pub(crate) fn asked(&self) -> usize {
        self.0.lock().asked
    }

    /// How many payments were made under this id.
    pub(crate) fn made(&self, id: PayOrderId) -> usize {
        self.0.lock().made.iter().filter(|made| **made == id).count()
    }

    pub(crate) fn is_closed(&self, id: PayOrderId) -> bool {
        self.0.lock().payments.get(&id).is_some_and(|payment| payment.closed)
    }

    pub(crate) fn paid(&self, id: PayOrderId) -> Option<Cents> {
        self.0.lock().payments.get(&id).and_then(|payment| payment.paid)
    }

    pub(crate) fn refunds(&self, id: PayOrderId) -> Vec<Cents> {
        self.0.lock().payments.get(&id).map(|payment| payment.refunds.clone()).unwrap_or_default()
    }
}

impl State {
    fn hear(&mut self) -> Answer<()> {
        self.asked += 1;
        if self.down { Err(silence()) } else { Ok(()) }
    }

    fn answer<T>(&self, answer: T) -> Answer<T> {
        if self.lose_answers { Err(silence()) } else { Ok(answer) }
    }

    fn status(&self, id: PayOrderId) -> BillStatus {
        match self.payments.get(&id) {
            None => BillStatus::Unknown,
            Some(Payment { paid: Some(amount), .. }) => BillStatus::Paid { amount: *amount },
            Some(Payment { closed: true, .. }) => BillStatus::Closed,
            Some(_) => BillStatus::Open { url: format!("https://till.example/{id}") },
        }
    }
}

fn silence() -> NoAnswer {
    NoAnswer::from(SANDBOX, "it is silent")
}

#[async_trait]
impl Channel for Till {
    fn code(&self) -> &'static str {
        SANDBOX
    }

    async fn create(&self, bill: &NewBill) -> Answer<BillStatus> {
        let mut state = self.0.lock();
        state.hear()?;
        if !state.payments.contains_key(&bill.pay_order) {
            state.made.push(bill.pay_order);
            state.payments.insert(bill.pay_order, Payment::default());
        }
        state.answer(state.status(bill.pay_order))
    }

    async fn query(&self, id: PayOrderId) -> Answer<BillStatus> {
        let mut state = self.0.lock();
        state.hear()?;
        state.answer(state.status(id))
    }

    async fn close(&self, id: PayOrderId) -> Answer<BillStatus> {
        let mut state = self.0.lock();
        state.hear()?;
        if let Some(payment) = state.payments.get_mut(&id)
            && payment.paid.is_none()
        {
            payment.closed = true;
        }
        state.answer(state.status(id))
    }

    async fn refund(&self, refund: &BillRefund) -> Answer<RefundStatus> {
        let mut state = self.0.lock();
        state.hear()?;
        if state.refuse_refunds > 0 {
            state.refuse_refunds -= 1;
            return Ok(RefundStatus::Refused { why: "no funds today".into() });
        }
        let later = state.accept_refunds > 0;
        if later {
            state.accept_refunds -= 1;
        }
        let payment = state.payments.get_mut(&refund.pay_order).expect("a refund of a payment that was made");
        assert_eq!(payment.paid, Some(refund.amount), "a refund of all that was paid");
        if payment.refunds.is_empty() && !later {
            payment.refunds.push(refund.amount);
        }
        let done = RefundStatus::Done { reference: format!("R{}", refund.pay_order) };
        state.answer(if later { RefundStatus::Accepted } else { done })
    }

    fn verify(&self, notice: RawNotice<'_>, now: Ms) -> Result<Notice, BadNotice> {
        let header = |name| notice.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        let signed = header("x-signature") == SIGNED && notice.path == "/pay-orders/notices/sandbox";
        let at: i64 = header("x-timestamp").parse().map_err(|_| BadNotice::Signature)?;
        if !signed {
            return Err(BadNotice::Signature);
        }
        if (now.0 - at).abs() > TOLERANCE_MS {
            return Err(BadNotice::Stale);
        }
        read(notice.body).ok_or(BadNotice::Malformed)
    }
}

fn read(body: &[u8]) -> Option<Notice> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let amount = body["amount"].as_i64().map(Cents);
    let what = if body["status"] == "paid" { Noticed::Paid(amount?) } else { Noticed::Other };
    Some(Notice { pay_order: body["id"].as_str()?.parse().ok()?, what })
}

/// The headers of a notice signed at `at`.
pub(crate) fn signed(at: Ms) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-signature", SIGNED.parse().unwrap());
    headers.insert("x-timestamp", at.0.to_string().parse().unwrap());
    headers
}
