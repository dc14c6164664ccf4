//! One span for each call from one service to another, whether a function or a network answers.
//!
//! A batch call works for orders that each have a trace of their own: it has a span in each of them. It travels with one
//! of them, which the others point to.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::calls::{
    Address, Answer, Debit, HoldAnswer, HoldRequest, Items, OrderFate, Pay, PayStatus, Payable, Quote,
    RefundAnswer, RefundRequest, SettleAnswer, SettleDebit, SettleRequest, Trade, Users,
};
use async_trait::async_trait;
use edge::{Onward, Trace};
use model::pay_order::CloseAnswer;
use model::wallet::Outcome;
use model::{AddressId, AttemptId, ItemId, OrderId, UserId};
use opentelemetry::trace::SpanKind;

use super::tracer::{Span, Tracer};

/// A call's name, and what ids it is about are called.
struct Call {
    name: &'static str,
    service: &'static str,
    ids: &'static str,
}

const ORDER: &str = "sandglass.order.id";
const ATTEMPT: &str = "sandglass.attempt.id";
const PAY_ORDER: &str = "sandglass.pay_order.id";

const fn call(service: &'static str, name: &'static str, ids: &'static str) -> Call {
    Call { name, service, ids }
}

impl Tracer {
    /// Records `asking` about `subjects`, under the traces of each.
    async fn call<T>(
        &self,
        call: Call,
        subjects: Vec<u64>,
        asking: impl Future<Output = Answer<T>>,
    ) -> Answer<T> {
        let onward = Onward::current().unwrap_or_default();
        let mut spans = self.begin(&call, &subjects, &onward);
        let own = |subject: &u64| spans.of(&onward, *subject).map(|span| (*subject, span.trace()));
        let below = Onward {
            trace: spans.carrier.trace(),
            request_id: onward.request_id.clone(),
            ..Onward::telling(subjects.iter().filter_map(own))
        };
        let answer = below.scope(asking).await;
        if let Err(none) = &answer {
            for span in spans.all() {
                span.fail("no_answer", none.reason.clone());
            }
        }
        answer
    }

    fn begin(&self, call: &Call, subjects: &[u64], onward: &Onward) -> Spans {
        let mut parents: BTreeMap<&str, u64> = BTreeMap::new();
        for subject in subjects {
            parents.entry(&onward.trace_of(*subject).0).or_insert(*subject);
        }
        let recorded = |trace: &&str| trace.ends_with("01");
        // One that is recorded carries the call, so that the other side's spans are seen.
        let first = parents.keys().copied().find(recorded).or_else(|| parents.keys().next().copied());
        let carried = first.unwrap_or(&onward.trace.0).to_owned();
        let start = |parent: &str, other: &Trace| {
            let parent = Trace(parent.to_owned());
            let mut span = self.linked(call.name, SpanKind::Internal, &parent, other);
            span.note("peer.service", call.service);
            span
        };
        // Work that a request asked for in another trace points to that request.
        let asked = Some(&onward.trace).filter(|asked| asked.0 != carried).cloned().unwrap_or_default();
        let mut carrier = start(&carried, &asked);
        if subjects.len() > 1 {
            carrier.note("sandglass.batch", i64::try_from(subjects.len()).unwrap_or(i64::MAX));
        }
        if let Some(subject) = parents.get(carried.as_str()) {
            carrier.note_id(call.ids, *subject);
        }
        let carries = carrier.trace();
        let others = parents.into_iter().filter(|(parent, _)| *parent != carried).map(|(parent, subject)| {
            let mut span = start(parent, &carries);
            span.note_id(call.ids, subject);
            (parent.to_owned(), span)
        });
        let others = others.collect();
        Spans { carried, carrier, others }
    }
}

/// The spans of one call.
struct Spans {
    /// The parent of the one that travels.
    carried: String,
    carrier: Span,
    /// The others, by their parents.
    others: BTreeMap<String, Span>,
}

impl Spans {
    fn of(&self, onward: &Onward, subject: u64) -> Option<&Span> {
        let parent = &onward.trace_of(subject).0;
        if *parent == self.carried { Some(&self.carrier) } else { self.others.get(parent) }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Span> {
        std::iter::once(&mut self.carrier).chain(self.others.values_mut())
    }
}

/// `item`, recorded.
pub(super) struct TracedItems {
    pub(super) inner: Arc<dyn Items>,
    pub(super) tracer: Arc<Tracer>,
}

#[async_trait]
impl Items for TracedItems {
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>> {
        self.tracer.call(call("item", "item.quote", ORDER), Vec::new(), self.inner.quote(ids)).await
    }

    async fn hold(&self, orders: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>> {
        let subjects = orders.iter().map(|hold| hold.order_id.0).collect();
        self.tracer.call(call("item", "item.hold", ORDER), subjects, self.inner.hold(orders)).await
    }

    async fn settle(&self, ends: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>> {
        let subjects = ends.iter().map(|end| end.order_id.0).collect();
        self.tracer.call(call("item", "item.settle", ORDER), subjects, self.inner.settle(ends)).await
    }
}

/// `user`, recorded.
pub(super) struct TracedUsers {
    pub(super) inner: Arc<dyn Users>,
    pub(super) tracer: Arc<Tracer>,
}

#[async_trait]
impl Users for TracedUsers {
    async fn address(&self, user: UserId, id: AddressId) -> Answer<Option<Address>> {
        let asking = self.inner.address(user, id);
        self.tracer.call(call("user", "user.address", ORDER), Vec::new(), asking).await
    }

    async fn debit(&self, debit: Debit) -> Answer<Outcome> {
        let AttemptId(subject) = debit.attempt;
        let asking = self.inner.debit(debit);
        self.tracer.call(call("user", "user.debit", ATTEMPT), vec![subject], asking).await
    }

    async fn settle_debits(&self, attempts: Vec<SettleDebit>) -> Answer<Vec<Outcome>> {
        let subjects = attempts.iter().map(|debit| debit.attempt.0).collect();
        let asking = self.inner.settle_debits(attempts);
        self.tracer.call(call("user", "user.settle_debits", ATTEMPT), subjects, asking).await
    }

    async fn refund(&self, refunds: Vec<RefundRequest>) -> Answer<()> {
        let subjects = refunds.iter().map(|refund| refund.pay_order.0).collect();
        let asking = self.inner.refund(refunds);
        self.tracer.call(call("user", "user.refund", PAY_ORDER), subjects, asking).await
    }
}

/// `trade`, recorded.
pub(super) struct TracedTrade {
    pub(super) inner: Arc<dyn Trade>,
    pub(super) tracer: Arc<Tracer>,
}

#[async_trait]
impl Trade for TracedTrade {
    async fn apply_payment(&self, order: OrderId) -> Answer<Option<Payable>> {
        let asking = self.inner.apply_payment(order);
        self.tracer.call(call("trade", "trade.apply_payment", ORDER), vec![order.0], asking).await
    }

    async fn owner(&self, order: OrderId) -> Answer<Option<UserId>> {
        let asking = self.inner.owner(order);
        self.tracer.call(call("trade", "trade.owner", ORDER), vec![order.0], asking).await
    }

    async fn fates(&self, orders: Vec<OrderId>) -> Answer<Vec<OrderFate>> {
        let asking = self.inner.fates(orders.clone());
        self.tracer.call(call("trade", "trade.fates", ORDER), ids(&orders), asking).await
    }
}

/// `pay`, recorded.
pub(super) struct TracedPay {
    pub(super) inner: Arc<dyn Pay>,
    pub(super) tracer: Arc<Tracer>,
}

#[async_trait]
impl Pay for TracedPay {
    async fn close(&self, orders: Vec<OrderId>) -> Answer<Vec<CloseAnswer>> {
        let subjects = ids(&orders);
        self.tracer.call(call("pay", "pay.close", ORDER), subjects, self.inner.close(orders)).await
    }

    async fn status(&self, orders: Vec<OrderId>) -> Answer<Vec<PayStatus>> {
        let subjects = ids(&orders);
        self.tracer.call(call("pay", "pay.status", ORDER), subjects, self.inner.status(orders)).await
    }

    async fn refund(&self, orders: Vec<OrderId>) -> Answer<Vec<RefundAnswer>> {
        let subjects = ids(&orders);
        self.tracer.call(call("pay", "pay.refund", ORDER), subjects, self.inner.refund(orders)).await
    }
}

fn ids(orders: &[OrderId]) -> Vec<u64> {
    orders.iter().map(|order| order.0).collect()
}
