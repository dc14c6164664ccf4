//! Wallets beside their entries, pay orders beside what was taken for them.

use model::{PayOrderId, UserId};

use super::{reports, tallies};
use crate::Times;
use crate::checks::payments::{OF_PAYMENTS, PaymentView};
use crate::checks::wallets::{BALANCE_EQUALS_ENTRIES, Books, ENTRIES_EQUAL_RECORDS, WalletView};
use crate::facts::{EntryKind, MoneyFact, MoneyKind, WalletEntryFact};
use crate::report::CheckReport;
use crate::source::{Result, Source};
use crate::stream::{Stream, key};
use crate::tally::Tally;

use model::wallet::Outcome;

type Entries<'s> = Stream<'s, (UserId, u64), WalletEntryFact>;
type Records<'s> = Stream<'s, (PayOrderId, u64), MoneyFact>;

/// Judges every wallet, and the two books of the money taken for pay orders against each other.
pub(crate) fn wallets(source: &dyn Source) -> Result<Vec<CheckReport>> {
    let mut wallets = Stream::new("wallet", key::wallet, |after, limit| source.wallets(after, limit));
    let mut entries = Stream::new("entry", key::entry, |after, limit| source.wallet_entries(after, limit));
    let mut check = Tally::of(&BALANCE_EQUALS_ENTRIES);
    let mut books = Books::default();
    loop {
        let heads = [wallets.peek()?, entries.peek()?.map(|(user, _)| user)];
        let Some(user) = heads.into_iter().flatten().min() else { break };
        let mut view = WalletView { wallet: wallets.take(&user)?, ..WalletView::default() };
        books.by_entries += follow_entries(&mut entries, user, &mut view)?;
        let finding = (check.look)(&view);
        check.note(finding, || format!("wallet of user {user}"));
    }
    books.by_records = taken(source)?;
    let mut both = Tally::of(&ENTRIES_EQUAL_RECORDS);
    let finding = (both.look)(&books);
    both.note(finding, || "all wallets".to_owned());
    Ok(vec![check.into_report(), both.into_report()])
}

/// Follows one user's entries; answers what they say was taken for pay orders.
fn follow_entries(entries: &mut Entries<'_>, user: UserId, view: &mut WalletView) -> Result<i128> {
    let mut taken = 0;
    while let Some(entry) = entries.take_if(|(owner, _)| *owner == user)? {
        view.follow(&entry);
        taken += match entry.kind {
            EntryKind::Credit => 0,
            EntryKind::Debit => i128::from(entry.amount.0),
            EntryKind::Refund => -i128::from(entry.amount.0),
        };
    }
    Ok(taken)
}

fn taken(source: &dyn Source) -> Result<i128> {
    let mut records = records(source);
    let mut taken = 0;
    while let Some(record) = records.next()? {
        taken += match record.kind {
            MoneyKind::Debit(Outcome::Debited) => i128::from(record.amount.0),
            MoneyKind::Debit(Outcome::Refused(_)) => 0,
            MoneyKind::Refund => -i128::from(record.amount.0),
        };
    }
    Ok(taken)
}

fn records(source: &dyn Source) -> Records<'_> {
    Stream::new("money", key::money, |after, limit| source.money(after, limit))
}

/// Judges every pay order by the money that moved for it.
pub(crate) fn payments(source: &dyn Source, times: Times) -> Result<Vec<CheckReport>> {
    let mut pays =
        Stream::new("pay order", key::pay_order, |after, limit| source.pay_orders_by_id(after, limit));
    let mut records = records(source);
    let mut checks = tallies(OF_PAYMENTS);
    loop {
        let heads = [pays.peek()?, records.peek()?.map(|(pay_order, _)| pay_order)];
        let Some(id) = heads.into_iter().flatten().min() else { break };
        let mut view = PaymentView { pay: pays.take(&id)?, ..PaymentView::default() };
        while let Some(record) = records.take_if(|(pay_order, _)| *pay_order == id)? {
            view.follow(&record);
        }
        for check in &mut checks {
            let finding = (check.look)(&view, times);
            check.note(finding, || format!("pay order {id}"));
        }
    }
    Ok(reports(checks))
}
