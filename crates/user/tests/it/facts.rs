//! What the auditor is told.

use audit::facts::{EntryKind, MoneyKind, WalletFact};
use model::pay_order::Failure;
use model::wallet::Outcome;
use model::{Cents, PayOrderId, UserId};

use crate::world::{JACK, ORDER, RICH, START, World};

#[tokio::test]
async fn every_cent_is_told_with_what_moved_it() {
    let Some(world) = World::new().await else { return };
    world.settle(4, PayOrderId(9_000)).await;
    world.debit(7, ORDER, 400).await;
    world.refund(ORDER, 300).await;
    world.debit(8, PayOrderId(9_002), 100).await;
    let (wallets, entries, money) = world.facts().await;
    let jack = WalletFact { user: JACK, balance: Cents(RICH.0 - 200) };
    assert_eq!(wallets[0], jack);
    let users: Vec<u64> = wallets.iter().map(|fact| fact.user.0).collect();
    assert_eq!(users, [1, 2, 3, 4, 1_000]);
    let of_jack: Vec<_> = entries.iter().filter(|fact| fact.user == JACK).collect();
    let told: Vec<_> = of_jack.iter().map(|fact| (fact.seq, fact.kind, fact.amount.0)).collect();
    let (credit, debit, refund) = (EntryKind::Credit, EntryKind::Debit, EntryKind::Refund);
    assert_eq!(told, [(1, credit, RICH.0), (2, debit, 400), (3, refund, 300), (4, debit, 100)]);
    let told: Vec<_> = money.iter().map(|fact| (fact.pay_order.0, fact.kind, fact.amount.0)).collect();
    let void = MoneyKind::Debit(Outcome::Refused(Failure::Voided));
    let debited = MoneyKind::Debit(Outcome::Debited);
    assert_eq!(
        told,
        [(9_000, void, 0), (9_001, debited, 400), (9_001, MoneyKind::Refund, 300), (9_002, debited, 100)]
    );
    let seqs: Vec<u64> = money.iter().map(|fact| fact.seq).collect();
    assert_eq!(seqs, [4, 7, i64::MAX.cast_unsigned(), 8], "a refund comes after every attempt");
    assert!(money.iter().all(|fact| fact.user == JACK && fact.at == START));
    assert_ne!(entries.last().unwrap().user, UserId(1_000), "the staff user owns nothing");
}
