//! The channel to the sandbox provider.
//!
//! Requests are signed for their moment, and answers for their request, so neither can be used a second time or taken
//! for another. Whatever is no well-signed, well-formed success is *no answer*: a time-out, a refusal, a large body,
//! a payment that is not the one asked about. A try that fails is not repeated here; whoever asks does so with a new
//! signature, at leisure. A breaker leaves a silent provider alone for a while.

use std::sync::Arc;

use api::calls::{Answer, NoAnswer};
use async_trait::async_trait;
use bytes::Bytes;
use clock::{Clock, IdGen, Ms};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use model::PayOrderId;
use pay::channel::{
    BadNotice, BillRefund, BillStatus, Channel, NewBill, Notice, Noticed, RawNotice, RefundStatus,
};
use remote::{BadUrl, Options, Outgoing, Repeat, Transport, Upstream};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::sign::{ANSWER, Key, Signed, Unbelieved};
use crate::wire::{
    Envelope, Happened, MakeBody, NoticeBody, PaymentBody, RefundAnswer, RefundBody, Standing,
};

/// The channel's code.
pub const CODE: &str = "sandbox";
/// The largest answer that is looked at, in bytes.
const ANSWER_MAX: usize = 64 * 1_024;
/// How many requests are under way at once.
const AT_ONCE_MAX: usize = 64;

/// What the channel is made of.
pub struct Parts {
    /// Where the provider is, such as `http://127.0.0.1:9090`.
    pub url: String,
    /// The secret shared with it.
    pub key: Key,
    /// How long it may take to answer, in milliseconds.
    pub deadline_ms: i64,
    /// How requests travel.
    pub transport: Arc<dyn Transport>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes nonces.
    pub ids: Arc<IdGen>,
}

/// The channel to the sandbox provider.
pub struct Sandbox {
    upstream: Upstream,
    key: Key,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGen>,
}

impl Sandbox {
    /// The channel made of `parts`.
    pub fn new(parts: Parts) -> Result<Self, BadUrl> {
        let Parts { url, key, deadline_ms, transport, clock, ids } = parts;
        let options = Options { deadline_ms, tries_max: 1, at_once_max: AT_ONCE_MAX, ..Options::default() };
        let upstream = Upstream::new(CODE, &[url], transport, clock.clone(), options)?;
        Ok(Self { upstream, key, clock, ids })
    }

    async fn post<T: DeserializeOwned>(&self, path: String, body: &impl Serialize) -> Answer<T> {
        let body = serde_json::to_vec(body).map_err(none)?;
        self.ask(Method::POST, path, body.into()).await
    }

    async fn ask<T: DeserializeOwned>(&self, method: Method, path: String, body: Bytes) -> Answer<T> {
        let at = self.clock.now();
        let nonce = self.ids.next(at).to_string();
        let signed = Signed { method: method.as_str(), path: &path, at, nonce: &nonce, body: &body };
        let mut headers = self.key.headers(signed);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let (target, repeat) = (path.clone(), Repeat::Unsent);
        let outgoing = Outgoing { method, target, headers, body: body.clone(), repeat };
        let (status, answer) = self.upstream.fetch(&outgoing).await.map_err(none)?;
        if status != StatusCode::OK {
            return Err(none(format!("it answered {status}")));
        }
        if answer.len() > ANSWER_MAX {
            return Err(none(format!("its answer of {} bytes is too large", answer.len())));
        }
        let envelope: Envelope = serde_json::from_slice(&answer).map_err(none)?;
        let payload = envelope.payload.as_bytes();
        let signed = Signed { method: ANSWER, path: &path, at, nonce: &nonce, body: payload };
        if !self.key.verify(signed, &envelope.signature) {
            return Err(none("its answer is not signed, or answers something else"));
        }
        serde_json::from_slice(payload).map_err(none)
    }
}

fn none(reason: impl std::fmt::Display) -> NoAnswer {
    NoAnswer::from(CODE, reason)
}

/// How `payment` stands, if it is the one that was asked about.
fn status(asked: PayOrderId, payment: PaymentBody) -> Answer<BillStatus> {
    if payment.id != asked {
        return Err(none(format!("it answered about {} rather than {asked}", payment.id)));
    }
    Ok(match payment.status {
        Standing::Open => BillStatus::Open { url: payment.url },
        Standing::Paid => BillStatus::Paid { amount: payment.amount },
        Standing::Closed => BillStatus::Closed,
    })
}

#[async_trait]
impl Channel for Sandbox {
    fn code(&self) -> &'static str {
        CODE
    }

    async fn create(&self, bill: &NewBill) -> Answer<BillStatus> {
        let body = MakeBody { id: bill.pay_order, amount: bill.amount, info: bill.info.clone() };
        status(bill.pay_order, self.post("/payments".to_owned(), &body).await?)
    }

    async fn query(&self, pay_order: PayOrderId) -> Answer<BillStatus> {
        let found = self
            .ask::<Option<PaymentBody>>(Method::GET, format!("/payments/{pay_order}"), Bytes::new())
            .await?;
        found.map_or(Ok(BillStatus::Unknown), |payment| status(pay_order, payment))
    }

    async fn close(&self, pay_order: PayOrderId) -> Answer<BillStatus> {
        let path = format!("/payments/{pay_order}/close");
        status(pay_order, self.ask(Method::POST, path, Bytes::new()).await?)
    }

    async fn refund(&self, refund: &BillRefund) -> Answer<RefundStatus> {
        let path = format!("/payments/{}/refund", refund.pay_order);
        let answer = self.post(path, &RefundBody { amount: refund.amount }).await?;
        Ok(match answer {
            RefundAnswer::Done { reference } => RefundStatus::Done { reference },
            RefundAnswer::Accepted => RefundStatus::Accepted,
            RefundAnswer::Refused { why } => RefundStatus::Refused { why },
        })
    }

    fn verify(&self, notice: RawNotice<'_>, now: Ms) -> Result<Notice, BadNotice> {
        let line = (Method::POST.as_str(), notice.path);
        self.key.check(line, notice.headers, notice.body, now).map_err(|why| match why {
            Unbelieved::Signature => BadNotice::Signature,
            Unbelieved::Stale => BadNotice::Stale,
        })?;
        let body: NoticeBody = serde_json::from_slice(notice.body).map_err(|_| BadNotice::Malformed)?;
        let what = match body.event {
            Happened::Paid => Noticed::Paid(body.amount),
            Happened::Created | Happened::Closed | Happened::Refunded => Noticed::Other,
        };
        Ok(Notice { pay_order: body.id, what })
    }
}
