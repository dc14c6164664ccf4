//! What the world consists of and what can happen next in it.
//!
//! The network is a *set* of everything ever sent. A message in it may be delivered now, later, twice or never,
//! in any order: loss, delay, duplication, reordering and crashed callers need no actions of their own.

use std::collections::{BTreeMap, BTreeSet};

use model::hold::{self, End};
use model::order::{Event, Order, Wake};
use model::pay_order::{CloseAnswer, PayOrder};
use model::wallet::Outcome;
use model::{Actor, AttemptId, Cents, Ms, OrderId, UserId};

use crate::item::Stock;
use crate::provider::Till;

/// The length of the payment window, and of the extension staff may give once.
pub(crate) const WINDOW_MS: i64 = 30_000;

/// Everything that is durable, and everything under way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) now: Ms,
    pub(crate) bounds: Bounds,
    /// `trade`'s row.
    pub(crate) order: Order,
    /// `pay`'s row, once there is one.
    pub(crate) pay: Option<PayOrder>,
    /// `item`'s row, once there is one.
    pub(crate) hold: Option<hold::State>,
    pub(crate) stock: Stock,
    pub(crate) wallet: Account,
    /// The provider's payment, once there is one.
    pub(crate) till: Option<Till>,
    /// All that was ever sent.
    pub(crate) net: BTreeSet<Msg>,
}

/// What people may still do; counts down, so that the space is finite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bounds {
    /// How often the buyer may still press *pay*.
    pub(crate) presses: u8,
    /// Whether staff may extend, ship and refund, and the buyer confirm the parcel.
    pub(crate) staff: bool,
    /// How often the deadline may still be extended.
    pub(crate) extensions: u8,
    /// Whether the buyer may pay at the provider too, even after it was told to close.
    pub(crate) provider: bool,
}

/// The buyer's wallet: its balance, every attempt's outcome, and whether the payment was given back.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Account {
    pub(crate) balance: Cents,
    pub(crate) outcomes: BTreeMap<AttemptId, Outcome>,
    pub(crate) refunds: u8,
}

/// A call, an answer or a notice on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Msg {
    /// `trade` → `item`.
    Hold,
    /// `item` → `trade`: held, or refused.
    HoldAnswered(bool),
    /// `trade` → `item`.
    Settle(End),
    /// `item` → `trade`.
    Settled(End),
    /// `trade` → `pay`: payment was applied for and may be made until then.
    Payable(Ms),
    /// `trade` → `pay`.
    Extended(Ms),
    /// `trade` → `pay`.
    Close,
    /// `pay` → `trade`.
    CloseAnswered(Final),
    /// `trade` → `pay`.
    AskPay,
    /// `pay` → `trade`: yes, it is paid.
    IsPaid,
    /// `pay` → `trade`: a mere wake-up.
    PaySuccess,
    /// `trade` → `pay`.
    Refund,
    /// `pay` → `trade`.
    RefundDone,
    /// `pay` → `user`; whether the password is right.
    Debit(u64, bool),
    /// `pay` → `user`: debited or voided?
    SettleAttempt(u64),
    /// `user` → `pay`.
    Decided(u64),
    /// `pay` → `user`.
    ReturnMoney,
    /// `user` → `pay`.
    MoneyReturned,
    /// `pay` → provider.
    MakeBill,
    /// `pay` → provider.
    CloseBill,
    /// `pay` → provider.
    ReturnBill,
    /// Provider → `pay`, as an answer or as a notice: it is there, not paid.
    BillOpen,
    /// Provider → `pay`, as an answer or as a notice.
    BillPaid,
    /// Provider → `pay`, as an answer or as a notice.
    BillClosed,
    /// Provider → `pay`, as an answer or as a notice.
    BillReturned,
}

/// The two answers to a close on which `trade` acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Final {
    Closed,
    Paid,
}

impl Final {
    /// `None` while an attempt is in flight.
    pub(crate) fn of(answer: CloseAnswer) -> Option<Self> {
        match answer {
            CloseAnswer::Closed => Some(Final::Closed),
            CloseAnswer::Paid => Some(Final::Paid),
            CloseAnswer::InFlight => None,
        }
    }
}

/// One thing that can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Deliver(Msg),
    /// The clock moves to the order's deadline.
    Deadline,
    /// A timer, check, notice or sweep looks at the order.
    Wake(Wake),
    /// The client's request, or its retry with the same key.
    Place,
    ApplyPayment,
    Press {
        right_password: bool,
    },
    /// The duty of the attempt in flight comes due.
    Resolve,
    /// The buyer applies to pay at the provider.
    OpenBill,
    /// The buyer pays there.
    PayBill,
    /// What `pay` owes at the provider comes due.
    TendBill,
    Cancel(Actor),
    Extend,
    Ship,
    Receive,
    AskRefund,
}

impl World {
    /// An order just written, of an item with `available` pieces.
    pub(crate) fn new(total: Cents, available: i64, bounds: Bounds) -> Self {
        let now = Ms(0);
        Self {
            now,
            bounds,
            order: Order::placing(OrderId(1), UserId(7), total, now),
            pay: None,
            hold: None,
            stock: Stock::of(available),
            // Enough for several payments, so that a second debit would succeed and be seen.
            wallet: Account { balance: Cents(1_000), outcomes: BTreeMap::new(), refunds: 0 },
            till: None,
            net: BTreeSet::new(),
        }
    }

    /// Every action that can happen here.
    pub(crate) fn actions(&self) -> Vec<Action> {
        let mut actions: Vec<Action> = self.net.iter().copied().map(Action::Deliver).collect();
        actions.extend([Wake::Due, Wake::Check, Wake::Notice].map(Action::Wake));
        actions.extend([Action::Place, Action::ApplyPayment, Action::Resolve, Action::Cancel(Actor::Buyer)]);
        if self.now < self.order.deadline {
            actions.push(Action::Deadline);
        }
        if self.bounds.presses > 0 {
            actions.extend([true, false].map(|right_password| Action::Press { right_password }));
        }
        if self.bounds.staff {
            actions.extend([Action::Ship, Action::Receive, Action::AskRefund, Action::Cancel(Actor::Staff)]);
        }
        if self.bounds.extensions > 0 {
            actions.push(Action::Extend);
        }
        if self.bounds.provider {
            actions.extend([Action::OpenBill, Action::PayBill, Action::TendBill]);
        }
        actions
    }

    /// The world after `action`.
    pub(crate) fn after(&self, action: Action) -> Self {
        let mut world = self.clone();
        match action {
            Action::Deliver(message) => world.deliver(message),
            Action::Deadline => world.now = world.order.deadline,
            Action::Wake(wake) => world.wake(wake),
            Action::Place => world.place(),
            Action::ApplyPayment => world.apply_payment(),
            Action::Press { right_password } => world.press(right_password),
            Action::Resolve => world.resolve(),
            Action::OpenBill => world.open_bill(),
            Action::PayBill => world.pay_bill(),
            Action::TendBill => world.tend_bill(),
            Action::Cancel(actor) => world.cancel(actor),
            Action::Extend => world.extend(),
            Action::Ship => world.order_event(&Event::Ship),
            Action::Receive => world.order_event(&Event::Receive),
            Action::AskRefund => world.order_event(&Event::AskRefund),
        }
        world
    }

    fn deliver(&mut self, message: Msg) {
        match message {
            Msg::Hold => self.item_hold(),
            Msg::Settle(end) => self.item_settle(end),
            Msg::HoldAnswered(_) | Msg::Settled(_) => self.trade_hears_item(message),
            Msg::CloseAnswered(_) | Msg::IsPaid | Msg::RefundDone => self.trade_hears_pay(message),
            Msg::PaySuccess => self.wake(Wake::Notice),
            Msg::Payable(until) => self.pay_open(until),
            Msg::Extended(until) => self.pay_extend(until),
            Msg::Close => self.pay_close(),
            Msg::AskPay => self.pay_status(),
            Msg::Refund => self.pay_refund(),
            Msg::Decided(attempt) => self.pay_hears_outcome(AttemptId(attempt)),
            Msg::MoneyReturned => self.pay_hears_refund(),
            Msg::Debit(attempt, right) => self.wallet_debit(AttemptId(attempt), right),
            Msg::SettleAttempt(attempt) => self.wallet_settle(AttemptId(attempt)),
            Msg::ReturnMoney => self.wallet_refund(),
            Msg::MakeBill | Msg::CloseBill | Msg::ReturnBill => self.provider_hears(message),
            Msg::BillOpen | Msg::BillPaid | Msg::BillClosed | Msg::BillReturned => {
                self.pay_hears_of_bill(message);
            }
        }
    }

    pub(crate) fn send(&mut self, message: Msg) {
        self.net.insert(message);
    }
}
