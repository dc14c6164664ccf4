//! Invariant 3: money is neither made nor lost.

use crate::facts::{EntryKind, WalletEntryFact, WalletFact};
use crate::tally::{Check, Finding};

/// Judges one wallet.
pub(crate) type WalletLook = fn(&WalletView) -> Finding;

/// All that is known of one wallet.
#[derive(Default)]
pub(crate) struct WalletView {
    /// Its balance.
    pub(crate) wallet: Option<WalletFact>,
    /// What its entries sum up to.
    pub(crate) sum: i128,
    /// An entry with a negative amount, if there is one.
    pub(crate) negative_entry: Option<u64>,
}

pub(crate) const BALANCE_EQUALS_ENTRIES: Check<WalletLook> = Check {
    invariant: 3,
    name: "balance_equals_entries",
    sentence: "Per wallet: the balance is credits − debits + refunds, and not negative.",
    look: balance_equals_entries,
};

impl WalletView {
    /// Goes on with one entry.
    pub(crate) fn follow(&mut self, entry: &WalletEntryFact) {
        let amount = i128::from(entry.amount.0);
        self.sum += if entry.kind == EntryKind::Debit { -amount } else { amount };
        if amount < 0 {
            self.negative_entry.get_or_insert(entry.seq);
        }
    }
}

fn balance_equals_entries(view: &WalletView) -> Finding {
    let balance = view.wallet.map_or(0, |wallet| i128::from(wallet.balance.0));
    let sum = view.sum;
    Finding::of(if balance < 0 {
        Some(format!("the balance is {balance}"))
    } else if let Some(seq) = view.negative_entry {
        Some(format!("entry {seq} has a negative amount"))
    } else {
        (balance != sum).then(|| format!("balance {balance}, entries sum up to {sum}"))
    })
}

/// Judges the two books of `user` against each other.
pub(crate) type BooksLook = fn(&Books) -> Finding;

/// What was taken and given back in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Books {
    /// Debits less refunds, by the wallets' entries.
    pub(crate) by_entries: i128,
    /// Debits less refunds, by the records of pay orders.
    pub(crate) by_records: i128,
}

pub(crate) const ENTRIES_EQUAL_RECORDS: Check<BooksLook> = Check {
    invariant: 3,
    name: "entries_equal_records",
    sentence: "Over all wallets: what entries say was taken for pay orders is what their records say.",
    look: entries_equal_records,
};

fn entries_equal_records(books: &Books) -> Finding {
    let Books { by_entries, by_records } = *books;
    Finding::ensure(by_entries == by_records, || format!("{by_entries} by entries, {by_records} by records"))
}
