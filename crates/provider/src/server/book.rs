//! What the provider keeps: payments, and what it still has to tell of them.

use std::collections::{BTreeMap, BTreeSet};

use clock::Ms;
use model::{Cents, PayOrderId};

use super::Switches;
use crate::sign::TOLERANCE_MS;
use crate::wire::{Happened, MakeBody, NoticeBody, RefundAnswer, Standing};

/// How many payments it keeps at most: more than anybody tries out.
const PAYMENTS_MAX: usize = 100_000;
/// The first and the longest wait before a notice that was not acknowledged is told again, in milliseconds.
const AGAIN_MS: (i64, i64) = (clock::SECOND, clock::MINUTE);

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// What is to be paid.
    pub amount: Cents,
    /// What the buyer reads.
    pub info: String,
    /// What came.
    pub paid: Option<Cents>,
    /// Whether the shop has closed it.
    pub closed: bool,
    /// How often its money went back.
    pub refunds: u32,
}

/// Something to be told.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) at: Ms,
    pub(super) tries: u32,
    pub(super) notice: NoticeBody,
}

#[derive(Default)]
pub(super) struct Book {
    pub(super) payments: BTreeMap<PayOrderId, Payment>,
    pub(super) notices: Vec<Due>,
    pub(super) switches: Switches,
    /// Nonces that were used, with the times they were signed for; forgotten when these are too old anyway.
    nonces: BTreeSet<(Ms, String)>,
}

impl Payment {
    fn new(amount: Cents, info: String) -> Self {
        Self { amount, info, paid: None, closed: false, refunds: 0 }
    }

    pub(super) fn standing(&self) -> Standing {
        match self {
            Payment { paid: Some(_), .. } => Standing::Paid,
            Payment { closed: true, .. } => Standing::Closed,
            _ => Standing::Open,
        }
    }
}

impl Book {
    /// Whether a nonce is new; it is not the next time.
    pub(super) fn is_new(&mut self, at: Ms, nonce: &str, now: Ms) -> bool {
        self.nonces = self.nonces.split_off(&(now - TOLERANCE_MS, String::new()));
        self.nonces.insert((at, nonce.to_owned()))
    }

    /// Makes a payment unless it is there; `None` if there are too many.
    pub(super) fn make(&mut self, body: MakeBody, now: Ms) -> Option<Payment> {
        let MakeBody { id, amount, info } = body;
        if let Some(known) = self.payments.get(&id) {
            return Some(known.clone());
        }
        if self.payments.len() >= PAYMENTS_MAX {
            return None;
        }
        let made = Payment::new(amount, info);
        self.payments.insert(id, made.clone());
        self.tell(id, Happened::Created, now);
        Some(made)
    }

    pub(super) fn close(&mut self, id: PayOrderId, now: Ms) -> Payment {
        // What was never made leaves a tombstone, which refuses to make it later.
        let payment = self.payments.entry(id).or_insert_with(|| Payment::new(Cents::ZERO, String::new()));
        let closes = payment.standing() == Standing::Open;
        payment.closed |= closes;
        let closed = payment.clone();
        if closes {
            self.tell(id, Happened::Closed, now);
        }
        closed
    }

    pub(super) fn pay(&mut self, id: PayOrderId, amount: Cents, now: Ms) -> bool {
        let Some(payment) = self.payments.get_mut(&id) else { return false };
        if payment.paid.is_none() {
            payment.paid = Some(amount);
            self.tell(id, Happened::Paid, now);
        }
        true
    }

    /// Gives all that was paid back, once.
    pub(super) fn refund(&mut self, id: PayOrderId, amount: Cents, now: Ms) -> RefundAnswer {
        let refused = |why: &str| RefundAnswer::Refused { why: why.to_owned() };
        let Some(payment) = self.payments.get_mut(&id) else { return refused("there is no such payment") };
        if payment.paid != Some(amount) {
            return refused("that is not what was paid");
        }
        if payment.refunds == 0 {
            if self.switches.refuse_refunds > 0 {
                self.switches.refuse_refunds -= u32::from(self.switches.refuse_refunds < u32::MAX);
                return refused("there is no money today");
            }
            payment.refunds = 1;
            self.tell(id, Happened::Refunded, now);
        }
        RefundAnswer::Done { reference: format!("SR{id}") }
    }

    /// Takes out what is due, in the order in which it is to be told.
    pub(super) fn take_due(&mut self, now: Ms) -> Vec<Due> {
        let (mut due, later): (Vec<Due>, Vec<Due>) =
            std::mem::take(&mut self.notices).into_iter().partition(|notice| notice.at <= now);
        self.notices = later;
        due.sort_by_key(|notice| notice.at);
        if self.switches.reorder_notices {
            due.reverse();
        }
        due
    }

    /// One that was not acknowledged is told again, for ever.
    pub(super) fn tell_again(&mut self, due: Due, now: Ms) {
        let wait_ms = AGAIN_MS.0.saturating_mul(1 << due.tries.min(16)).min(AGAIN_MS.1);
        self.notices.push(Due { at: now + wait_ms, tries: due.tries.saturating_add(1), ..due });
    }

    fn tell(&mut self, id: PayOrderId, event: Happened, now: Ms) {
        let Some(payment) = self.payments.get(&id) else { return };
        if self.switches.lose_notices {
            return;
        }
        let notice = NoticeBody { id, event, amount: payment.paid.unwrap_or(payment.amount) };
        let due = Due { at: now + self.switches.delay_notices_ms, tries: 0, notice };
        self.notices.extend(self.switches.double_notices.then(|| due.clone()));
        self.notices.push(due);
    }
}
