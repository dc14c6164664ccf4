//! Fair weather after the storm: everything under way is lost, all processes start again, and from then on calls
//! are answered. What is left to bring the order to its end are the rows.

use model::order::{Wake, sweep_at};
use model::pay_order::{PayOrder, Refund, State};

use crate::world::{Action, WINDOW_MS, World};

/// Rounds within which every order must be at rest; with a payment at a provider seven do not suffice. The longest
/// way: ask for the close, be told that something is in flight, have it decided, hear of the payment, settle the
/// sale — a round for each call and one more for its answer.
const SWEEPS_MAX: usize = 9;

impl World {
    /// Wipes the network and ends the order by sweeps alone; checks every step, and the end.
    pub(crate) fn end_from_rows(mut self) -> World {
        self.net.clear();
        for _ in 0..SWEEPS_MAX {
            self.now = self.now.max(self.order.deadline) + WINDOW_MS;
            self.sweep();
            for message in std::mem::take(&mut self.net) {
                self = self.step(Action::Deliver(message));
            }
        }
        // What is still under way now are answers nobody waits for.
        self.check_rest(self.now);
        self
    }

    /// Each service looks at its own rows, and only at those that say that they owe something.
    fn sweep(&mut self) {
        if sweep_at(&self.order, self.now).is_some_and(|at| at <= self.now) {
            *self = self.step(Action::Wake(Wake::Due));
        }
        if self.pay.as_ref().and_then(PayOrder::in_flight).is_some() {
            *self = self.step(Action::Resolve);
        }
        if self.pay_state() == Some(State::Success { refund: Refund::Refunding }) {
            self.return_money();
        }
        if self.pay.as_ref().is_some_and(|pay| pay.bill.owes()) {
            *self = self.step(Action::TendBill);
        }
        // The provider repeats its notice of money until it is acknowledged.
        self.notify();
    }

    /// One action, checked.
    pub(crate) fn step(&self, action: Action) -> World {
        let after = self.after(action);
        after.check(self);
        after
    }
}
