//! The provider: one payment by the pay order's id, which its buyer can pay in spite of everything.
//!
//! Its notices are messages like all others, so they are late, doubled, lost and out of order. A payment under way
//! when the shop closes it may still arrive, after the provider has said that it is closed.

use crate::world::{Msg, World};

/// The provider's record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Till {
    pub(crate) closed: bool,
    pub(crate) paid: bool,
    pub(crate) refunds: u8,
}

impl World {
    /// Whatever is asked, it is done once and the answer is how it stands.
    pub(crate) fn provider_hears(&mut self, message: Msg) {
        let till = self.till.get_or_insert_default();
        match message {
            // What it never knew and was told to close stays closed: a late order to make it changes nothing.
            Msg::CloseBill if !till.paid => till.closed = true,
            Msg::ReturnBill if till.paid && till.refunds == 0 => till.refunds = 1,
            _ => {}
        }
        self.notify();
    }

    /// The buyer pays; money that was under way arrives even though the payment was closed.
    pub(crate) fn pay_bill(&mut self) {
        if let Some(till) = &mut self.till
            && !till.paid
        {
            till.paid = true;
            self.notify();
        }
    }

    /// An answer or a notice: how it stands. Notices are repeated until they are acknowledged, so a sweep calls this too.
    pub(crate) fn notify(&mut self) {
        let Some(till) = self.till else { return };
        self.send(match till {
            Till { paid: true, refunds: 0, .. } => Msg::BillPaid,
            Till { paid: true, .. } => Msg::BillReturned,
            Till { closed: true, .. } => Msg::BillClosed,
            Till { .. } => Msg::BillOpen,
        });
    }

    /// How often the price was kept by the provider for the shop.
    pub(crate) fn kept_by_provider(&self) -> u8 {
        self.till.map_or(0, |till| u8::from(till.paid) - till.refunds)
    }
}
