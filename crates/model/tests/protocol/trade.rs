//! `trade`: the order's row and the loop over its two pure functions.

use model::Actor;
use model::hold::End;
use model::order::{CloseReason, Effect, Event, State, Step, Wake, apply, next_step};
use mutants::Mutant;

use crate::world::{Final, Msg, WINDOW_MS, World};

impl World {
    /// Takes the one step the order needs, or sends the call it needs. "Not paid" and "no answer" change
    /// nothing: they are the call without its answer, followed by any later wake-up.
    pub(crate) fn wake(&mut self, wake: Wake) {
        match next_step(&self.order, wake, self.now) {
            Step::ExpirePlacing => self.order_event(&Event::PlacingExpired),
            Step::AskClose(reason) => self.order_event(&Event::AskClose { reason, actor: Actor::Timer }),
            Step::ClosePayment => self.close_payment(),
            Step::AskPay if mutants::on(Mutant::PaidWithoutAskingPay) => self.order_event(&Event::PayPaid),
            Step::AskPay => self.send(Msg::AskPay),
            Step::RefundPayment => self.send(Msg::Refund),
            Step::SettleStock(end) => self.send(Msg::Settle(end)),
            Step::WaitUntil(_) | Step::Rest => {}
        }
    }

    fn close_payment(&mut self) {
        self.send(Msg::Close);
        if mutants::on(Mutant::ReleaseBeforeClose) {
            self.send(Msg::Settle(End::Released));
        }
        if mutants::on(Mutant::DoubtReadAsUnpaid) {
            self.order_event(&Event::PayClosed);
        }
    }

    pub(crate) fn place(&mut self) {
        if self.order.state == State::Placing {
            self.send(Msg::Hold);
        }
    }

    pub(crate) fn trade_hears_item(&mut self, message: Msg) {
        match message {
            Msg::HoldAnswered(true) => self.order_event(&Event::Held { window_ms: WINDOW_MS }),
            Msg::HoldAnswered(false) => self.order_event(&Event::HoldRefused),
            Msg::Settled(end) => self.order_event(&Event::StockSettled(end)),
            other => panic!("not from item: {other:?}"),
        }
    }

    pub(crate) fn trade_hears_pay(&mut self, message: Msg) {
        match message {
            Msg::CloseAnswered(Final::Closed) => self.order_event(&Event::PayClosed),
            Msg::CloseAnswered(Final::Paid) | Msg::IsPaid => self.order_event(&Event::PayPaid),
            // Without a payment there is nothing to give back; `pay` says so, and that is as good.
            Msg::RefundDone => self.order_event(&Event::Refunded),
            other => panic!("not from pay: {other:?}"),
        }
    }

    /// `pay` asks for the order before it opens a payment.
    pub(crate) fn apply_payment(&mut self) {
        self.order_event(&Event::PaymentApplied);
        let open = self.order.state == State::Unpaid && self.order.close_asked.is_none();
        if open && self.now < self.order.deadline {
            self.send(Msg::Payable(self.order.deadline));
        }
    }

    pub(crate) fn cancel(&mut self, actor: Actor) {
        let reason = if actor == Actor::Staff { CloseReason::Staff } else { CloseReason::Buyer };
        self.order_event(&Event::AskClose { reason, actor });
    }

    pub(crate) fn extend(&mut self) {
        let until = self.order.deadline + WINDOW_MS;
        if apply(&self.order, &Event::Extend { until }, self.now).is_ok() {
            self.order_event(&Event::Extend { until });
            self.bounds.extensions -= 1;
            self.send(Msg::Extended(until));
        }
    }

    /// Commits what `event` does, if anything. A refused event is a lost race or a duplicate.
    pub(crate) fn order_event(&mut self, event: &Event) {
        let Ok(decision) = apply(&self.order, event, self.now) else { return };
        for step in &decision.moves {
            assert!(legal(step.from, step.to), "{step:?} is no move of an order");
        }
        let owes = decision.effects.contains(&Effect::Owes);
        assert!(!owes || decision.order.owes(), "{event:?} announces a debt that is not in the row");
        self.order = decision.order;
    }
}

/// The moves of the order's diagram, and marks, which stay where they are.
fn legal(from: State, to: State) -> bool {
    let moves: &[State] = match from {
        State::Placing => &[State::Unpaid, State::Closed],
        State::Unpaid => &[State::Paid, State::Closed],
        State::Paid => &[State::Shipped, State::Closed],
        State::Shipped => &[State::Received],
        State::Received => &[State::Reviewed],
        State::Closed | State::Reviewed => &[],
    };
    from == to || moves.contains(&to)
}
