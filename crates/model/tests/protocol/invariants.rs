//! What must hold after every step, and what must hold at the end.

use model::hold::{self, End};
use model::order::{CloseReason, Order, Refund, State, StockDuty, sweep_at};
use model::pay_order::{self, PayOrder};
use model::wallet::Outcome;
use model::{Cents, Ms};

use crate::item::Stock;
use crate::world::{Account, World};

/// What every wallet starts with, see [`World::new`].
const BALANCE: Cents = Cents(1_000);

impl World {
    /// The instant invariants, given the world one step before.
    pub(crate) fn check(&self, before: &World) {
        self.stock.check();
        self.wallet.check(self.order.total);
        self.check_payment();
        self.check_ends();
        if let (Some(pay), Some(after)) = (&before.pay, &self.pay) {
            check_attempt(pay, after, self.now);
        }
        if before.order.state != self.order.state {
            self.check_close(&before.order);
        }
    }

    /// An order counts as paid only if `pay` took the money, and money is returned only on `trade`'s word.
    fn check_payment(&self) {
        let order = &self.order;
        let counts_as_paid =
            matches!(order.state, State::Paid | State::Shipped | State::Received | State::Reviewed);
        assert!(!counts_as_paid || self.paid() || order.total == Cents::ZERO, "paid without a payment");
        assert!(self.wallet.refunds == 0 || order.refund != Refund::None, "a refund nobody asked for");
        let debits = self.wallet.live_debits();
        let by_bill = self.pay.as_ref().is_some_and(PayOrder::paid_by_bill);
        assert!(!self.paid() || u8::from(by_bill) + debits == 1, "a success without its one payment");
        assert!(
            !by_bill || self.till.is_some_and(|till| till.paid),
            "paid at the provider, which knows of nothing"
        );
        self.check_till();
    }

    /// The provider gives back what is not wanted, and nothing else.
    fn check_till(&self) {
        let Some(pay) = &self.pay else { return };
        let refunds = self.till.map_or(0, |till| till.refunds);
        assert!(
            refunds == 0 || pay.owes_at_provider() || pay.is_returned(),
            "a refund at the provider nobody owes"
        );
        let live = pay.bill.is_live();
        assert!(
            !live || matches!(pay.state, pay_order::State::Waiting { .. } | pay_order::State::Success { .. }),
            "a bill outlives its close"
        );
    }

    /// What an order says of its end fits its state.
    fn check_ends(&self) {
        let order = &self.order;
        let end = order.stock.map(|stock| stock.end);
        let expected = match (order.state, order.close_reason) {
            (State::Placing | State::Unpaid, None) => None,
            (State::Closed, Some(CloseReason::Refunded)) => Some(End::Returned),
            (State::Closed, Some(_)) => Some(End::Released),
            (State::Paid | State::Shipped | State::Received | State::Reviewed, None) => Some(End::Sold),
            wrong => panic!("a close reason that does not fit: {wrong:?}"),
        };
        assert_eq!(end, expected, "the stock's end does not follow from {:?}", order.state);
    }

    /// Nobody closes an order that can still be paid, and no timeout comes early.
    fn check_close(&self, before: &Order) {
        if (before.state, self.order.state) == (State::Unpaid, State::Closed) {
            let closed = Some(pay_order::State::Closed);
            assert_eq!(self.pay_state(), closed, "closed while a payment may yet succeed");
        }
        if self.order.close_reason == Some(CloseReason::Timeout) {
            let asked = before.close_asked.expect("a timeout is asked for first");
            assert!(asked.at >= before.deadline, "a timeout before the deadline");
        }
    }

    /// The end invariants: nothing is owed, and stock, money and order say the same.
    pub(crate) fn check_rest(&self, now: Ms) {
        assert_eq!(sweep_at(&self.order, now), None, "the order is not at rest");
        assert_eq!(self.pay.as_ref().and_then(PayOrder::in_flight), None, "an attempt is in flight");
        assert!(!self.pay.as_ref().is_some_and(|pay| pay.bill.owes()), "something is owed at the provider");
        let Some(StockDuty { end, settled: true }) = self.order.stock else {
            panic!("the stock was never settled: {:?}", self.order)
        };
        assert_eq!(self.stock.held, 0, "stock is held for nobody");
        match end {
            End::Sold => self.check_sold(),
            End::Returned => self.check_returned(),
            End::Released => self.check_released(),
        }
    }

    fn check_sold(&self) {
        assert_eq!(self.hold, Some(hold::State::Sold));
        assert_eq!(self.kept(), self.order.total, "sold, but not for its price");
    }

    fn check_returned(&self) {
        assert_eq!(self.hold, Some(hold::State::Returned));
        assert_eq!(self.kept(), Cents::ZERO, "returned, but the money was kept");
    }

    fn check_released(&self) {
        assert!(matches!(self.hold, Some(hold::State::Released | hold::State::Refused)));
        assert_eq!(self.kept(), Cents::ZERO, "closed, but the money was kept");
        assert!(!self.paid(), "closed, but paid");
    }

    /// What the shop got and kept, from wherever.
    fn kept(&self) -> Cents {
        let at_provider = Cents(self.order.total.0 * i64::from(self.kept_by_provider()));
        self.wallet.spent().plus(at_provider).expect("small amounts")
    }
}

/// Whoever was told to close starts no attempt any more, and nobody does after the deadline.
fn check_attempt(before: &PayOrder, after: &PayOrder, now: Ms) {
    let forgotten = matches!(after.state, pay_order::State::Waiting { .. }) && !after.is_closing();
    assert!(!before.is_closing() || !forgotten, "a wish to close was forgotten");
    let starts = after.in_flight().is_some() && before.in_flight() != after.in_flight();
    assert!(!starts || now < before.deadline, "an attempt after the deadline");
    assert!(!starts || before.in_flight().is_none(), "an attempt beside one in flight");
}

impl Stock {
    fn check(&self) {
        assert_eq!(self.available + self.held + self.sold, self.initial, "stock came or went");
        assert!(self.available.min(self.held).min(self.sold) >= 0, "oversold");
        assert!(self.moved.iter().all(|times| *times <= 1), "a movement was made twice: {:?}", self.moved);
        let [_, released, sold, _] = self.moved;
        assert!(released + sold <= 1, "released and sold");
    }
}

impl Account {
    fn check(&self, total: Cents) {
        let debits = self.live_debits();
        assert!(debits <= 1, "debited {debits} times");
        assert!(self.refunds <= debits, "refunded what was never taken");
        assert!(self.balance >= Cents::ZERO, "a negative balance");
        let expected = total.0 * i64::from(debits - self.refunds);
        assert_eq!(self.spent(), Cents(expected), "the balance is not credits − debits + refunds");
    }

    fn live_debits(&self) -> u8 {
        let debits = self.outcomes.values().filter(|outcome| **outcome == Outcome::Debited).count();
        u8::try_from(debits).expect("a handful of attempts")
    }

    fn spent(&self) -> Cents {
        BALANCE.minus(self.balance).expect("small amounts")
    }
}
