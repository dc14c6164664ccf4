//! Stand-ins for `pay`, which can be told what becomes of a payment, and for `user`'s addresses.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::calls::{
    Address, Answer, Debit, NoAnswer, Pay, PayStatus, RefundAnswer, RefundRequest, SettleDebit, Users,
};
use async_trait::async_trait;
use model::pay_order::CloseAnswer;
use model::wallet::Outcome;
use model::{AddressId, Ms, OrderId, UserId};
use parking_lot::Mutex;

use crate::wire::Wire;
use crate::world::{ADDRESS, JACK};

/// Where the payment of an order stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Payment {
    #[default]
    Waiting,
    InFlight {
        closing: bool,
    },
    Paid,
    Closed,
    Refunded,
}

#[derive(Default)]
struct State {
    payments: BTreeMap<OrderId, Payment>,
    refunds: BTreeMap<OrderId, usize>,
    /// Refunds are on their way and do not arrive yet.
    slow_refunds: bool,
    asked: usize,
}

#[derive(Clone)]
pub(crate) struct Till {
    state: Arc<Mutex<State>>,
    wire: Wire,
}

impl Till {
    pub(crate) fn new(wire: Wire) -> Self {
        Self { state: Arc::default(), wire }
    }

    pub(crate) fn payment(&self, order: OrderId) -> Payment {
        self.state.lock().payments.get(&order).copied().unwrap_or_default()
    }

    /// Says where the payment stands, even against the rules.
    pub(crate) fn force(&self, order: OrderId, payment: Payment) {
        self.state.lock().payments.insert(order, payment);
    }

    /// The buyer presses pay: in flight from now on, if it may start.
    pub(crate) fn press(&self, order: OrderId) {
        if self.payment(order) == Payment::Waiting {
            self.force(order, Payment::InFlight { closing: false });
        }
    }

    /// What is in flight ends.
    pub(crate) fn resolve(&self, order: OrderId, paid: bool) {
        match (self.payment(order), paid) {
            (Payment::InFlight { .. }, true) => self.force(order, Payment::Paid),
            (Payment::InFlight { closing: true }, false) => self.force(order, Payment::Closed),
            (Payment::InFlight { closing: false }, false) => self.force(order, Payment::Waiting),
            _ => {}
        }
    }

    pub(crate) fn refunds(&self, order: OrderId) -> usize {
        self.state.lock().refunds.get(&order).copied().unwrap_or(0)
    }

    pub(crate) fn slow_refunds(&self, slow: bool) {
        self.state.lock().slow_refunds = slow;
    }

    /// How many orders it was asked about, whatever the question.
    pub(crate) fn asked(&self) -> usize {
        self.state.lock().asked
    }
}

impl State {
    fn close(&mut self, order: OrderId) -> CloseAnswer {
        let payment = self.payments.entry(order).or_default();
        match payment {
            Payment::Waiting | Payment::Closed => {
                *payment = Payment::Closed;
                CloseAnswer::Closed
            }
            Payment::InFlight { .. } => {
                *payment = Payment::InFlight { closing: true };
                CloseAnswer::InFlight
            }
            Payment::Paid | Payment::Refunded => CloseAnswer::Paid,
        }
    }

    fn status(&self, order: OrderId) -> PayStatus {
        match self.payments.get(&order) {
            Some(Payment::Paid | Payment::Refunded) => PayStatus::Paid { at: Ms(0) },
            _ => PayStatus::NotPaid,
        }
    }

    fn refund(&mut self, order: OrderId) -> RefundAnswer {
        let payment = self.payments.entry(order).or_default();
        match payment {
            Payment::Paid if self.slow_refunds => RefundAnswer::Refunding,
            Payment::Paid => {
                *payment = Payment::Refunded;
                *self.refunds.entry(order).or_default() += 1;
                RefundAnswer::Refunded
            }
            Payment::Refunded => RefundAnswer::Refunded,
            _ => RefundAnswer::NotPaid,
        }
    }

    fn each<T>(&mut self, orders: &[OrderId], answer: impl Fn(&mut Self, OrderId) -> T) -> Vec<T> {
        self.asked += orders.len();
        orders.iter().map(|order| answer(self, *order)).collect()
    }
}

#[async_trait]
impl Pay for Till {
    async fn close(&self, orders: Vec<OrderId>) -> Answer<Vec<CloseAnswer>> {
        self.wire.call("pay", || self.state.lock().each(&orders, State::close)).await
    }

    async fn status(&self, orders: Vec<OrderId>) -> Answer<Vec<PayStatus>> {
        self.wire.call("pay", || self.state.lock().each(&orders, |state, order| state.status(order))).await
    }

    async fn refund(&self, orders: Vec<OrderId>) -> Answer<Vec<RefundAnswer>> {
        self.wire.call("pay", || self.state.lock().each(&orders, State::refund)).await
    }
}

/// Jack's one address.
#[derive(Clone)]
pub(crate) struct Addresses(pub(crate) Wire);

fn not_asked<T>() -> Answer<T> {
    Err(NoAnswer::from("user", "orders never ask for this"))
}

#[async_trait]
impl Users for Addresses {
    async fn address(&self, user: UserId, id: AddressId) -> Answer<Option<Address>> {
        let found = (user == JACK && id == ADDRESS).then(|| Address {
            id,
            street: "Sand Road 1".into(),
            ..Address::default()
        });
        self.0.call("user", || found).await
    }

    async fn debit(&self, _: Debit) -> Answer<Outcome> {
        not_asked()
    }

    async fn settle_debits(&self, _: Vec<SettleDebit>) -> Answer<Vec<Outcome>> {
        not_asked()
    }

    async fn refund(&self, _: Vec<RefundRequest>) -> Answer<()> {
        not_asked()
    }
}
