//! `pay`: the pay order's row, where pressing *pay* and closing meet.

use model::pay_order::{Bill, CloseAnswer, Effect, Event, Failure, PayOrder, State, apply};
use model::wallet::Outcome;
use model::{AttemptId, Cents, Ms, PayOrderId};
use mutants::Mutant;

use crate::world::{Final, Msg, World};

const ID: PayOrderId = PayOrderId(11);

impl World {
    /// Opens the payment unless the order has one, be it a tombstone.
    pub(crate) fn pay_open(&mut self, until: Ms) {
        let Self { pay, order, .. } = self;
        pay.get_or_insert_with(|| PayOrder::waiting(ID, order.id, order.owner, order.total, until));
    }

    pub(crate) fn pay_extend(&mut self, until: Ms) {
        self.pay_event(Event::Extend(until));
    }

    pub(crate) fn press(&mut self, right_password: bool) {
        let attempt = AttemptId(u64::from(self.bounds.presses));
        if self.pay_event(Event::Press(attempt)) {
            self.bounds.presses -= 1;
            self.send(Msg::Debit(attempt.0, right_password));
        }
    }

    /// The duty of the attempt in flight: have the wallet decide it for good.
    pub(crate) fn resolve(&mut self) {
        if let Some(attempt) = self.pay.as_ref().and_then(PayOrder::in_flight) {
            self.send(Msg::SettleAttempt(attempt.0));
            if mutants::on(Mutant::AttemptGuessedFailed) {
                self.pay_event(Event::Failed(attempt, Failure::Voided));
            }
        }
    }

    pub(crate) fn pay_hears_outcome(&mut self, attempt: AttemptId) {
        match self.wallet.outcome(attempt) {
            Outcome::Debited => self.pay_event(Event::Debited(attempt)),
            Outcome::Refused(failure) => self.pay_event(Event::Failed(attempt, failure)),
        };
    }

    pub(crate) fn pay_hears_refund(&mut self) {
        self.pay_event(Event::Refunded);
    }

    pub(crate) fn open_bill(&mut self) {
        self.pay_event(Event::OpenBill);
    }

    /// What the row says is owed at the provider.
    pub(crate) fn tend_bill(&mut self) {
        let Some(pay) = &self.pay else { return };
        match pay.bill {
            Bill::Opening => self.send(Msg::MakeBill),
            Bill::Closing => self.send(Msg::CloseBill),
            _ if pay.owes_at_provider() => self.send(Msg::ReturnBill),
            _ => {}
        }
    }

    pub(crate) fn pay_hears_of_bill(&mut self, message: Msg) {
        let Some(pay) = &self.pay else { return };
        let event = match message {
            Msg::BillOpen => Event::BillOpened,
            Msg::BillPaid => Event::BillPaid(pay.amount),
            Msg::BillClosed => Event::BillClosed,
            Msg::BillReturned if pay.paid_by_bill() => Event::Refunded,
            Msg::BillReturned => Event::BillReturned,
            other => panic!("not from the provider: {other:?}"),
        };
        self.pay_event(event);
    }

    pub(crate) fn pay_close(&mut self) {
        let order = self.order.id;
        if self.pay.is_none() && mutants::on(Mutant::NoTombstone) {
            return self.send(Msg::CloseAnswered(Final::Closed));
        }
        self.pay.get_or_insert_with(|| PayOrder::tombstone(ID, order));
        self.pay_event(Event::AskClose);
        let answer = self.pay.as_ref().map(CloseAnswer::of).and_then(Final::of);
        if let Some(answer) = answer {
            self.send(Msg::CloseAnswered(answer));
        }
    }

    pub(crate) fn pay_status(&mut self) {
        if self.paid() {
            self.send(Msg::IsPaid);
        }
    }

    pub(crate) fn pay_refund(&mut self) {
        self.pay_event(Event::AskRefund);
        let settled = match self.pay_state() {
            Some(State::Success { refund }) => refund == model::pay_order::Refund::Refunded,
            // An order that cost nothing was paid without a payment.
            _ => self.order.total == Cents::ZERO,
        };
        if settled {
            self.send(Msg::RefundDone);
        }
    }

    pub(crate) fn pay_state(&self) -> Option<State> {
        self.pay.as_ref().map(|pay| pay.state)
    }

    pub(crate) fn paid(&self) -> bool {
        matches!(self.pay_state(), Some(State::Success { .. }))
    }

    /// Commits what `event` does, if anything; answers whether it did.
    fn pay_event(&mut self, event: Event) -> bool {
        let Some(pay) = &self.pay else { return false };
        let Ok(decision) = apply(pay, event, self.now) else { return false };
        self.pay = Some(decision.pay_order);
        for effect in decision.effects {
            match effect {
                Effect::PublishSuccess => self.send(Msg::PaySuccess),
                Effect::ResolveNow(attempt) => self.send(Msg::SettleAttempt(attempt.0)),
                Effect::OweRefund => self.return_money(),
                Effect::OweBill => self.tend_bill(),
                Effect::StartAttempt(_)
                | Effect::EndAttempt(..)
                | Effect::DropRefundDuty
                | Effect::DropBillDuty => {}
            }
        }
        true
    }

    /// The refund that is owed, to whoever got the money.
    pub(crate) fn return_money(&mut self) {
        let by_bill = self.pay.as_ref().is_some_and(PayOrder::paid_by_bill);
        self.send(if by_bill { Msg::ReturnBill } else { Msg::ReturnMoney });
    }
}
