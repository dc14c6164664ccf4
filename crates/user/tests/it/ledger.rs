//! Random operations on wallets: whatever comes in whatever order, every cent is explained.

use std::collections::BTreeMap;

use api::calls::{Debit, RefundRequest, SettleDebit, Users};
use engine::testing::TestEngine;
use model::wallet::Outcome;
use model::{AttemptId, Cents, PayOrderId, UserId};
use proptest::prelude::*;
use user::store::{Entry, EntryKind};

use crate::world::{ADMIN, JACK, ROSE, START, World, debit};

/// Attempts belong to pay orders as `pay` makes them: each to one.
const ATTEMPTS_PER_PAY_ORDER: u64 = 3;

#[derive(Clone, Copy, Debug)]
enum Step {
    Credit { user: UserId, amount: i64 },
    Debit { attempt: u64, amount: i64, right: bool },
    Settle { attempt: u64 },
    Refund { pay_order: u64, amount: i64 },
    Freeze { user: UserId, frozen: bool },
    Pass,
}

fn step() -> impl Strategy<Value = Step> {
    let user = || prop::sample::select(vec![JACK, ROSE]);
    let amount = || prop_oneof![0..1_000_000_i64, Just(0), Just(-5), Just(i64::MAX)];
    prop_oneof![
        2 => (user(), amount()).prop_map(|(user, amount)| Step::Credit { user, amount }),
        6 => (1..13_u64, amount(), prop::bool::weighted(0.8))
            .prop_map(|(attempt, amount, right)| Step::Debit { attempt, amount, right }),
        3 => (1..13_u64).prop_map(|attempt| Step::Settle { attempt }),
        3 => (1..5_u64, amount()).prop_map(|(pay_order, amount)| Step::Refund { pay_order, amount }),
        1 => (user(), any::<bool>()).prop_map(|(user, frozen)| Step::Freeze { user, frozen }),
        1 => Just(Step::Pass),
    ]
}

/// Of attempt `n`: its pay order and who pays.
fn of(attempt: u64) -> (PayOrderId, UserId) {
    let pay_order = 1 + (attempt - 1) / ATTEMPTS_PER_PAY_ORDER;
    (PayOrderId(pay_order), payer(pay_order))
}

fn payer(pay_order: u64) -> UserId {
    if pay_order.is_multiple_of(2) { ROSE } else { JACK }
}

/// What everybody was told so far.
#[derive(Default)]
struct Told {
    outcomes: BTreeMap<u64, Outcome>,
}

impl Told {
    fn outcome(&mut self, attempt: u64, outcome: Outcome) {
        assert_eq!(*self.outcomes.entry(attempt).or_insert(outcome), outcome, "attempt {attempt}");
        let (pay_order, _) = of(attempt);
        let debited = self
            .outcomes
            .iter()
            .filter(|(n, outcome)| of(**n).0 == pay_order && **outcome == Outcome::Debited);
        assert!(debited.count() <= 1, "pay order {pay_order} was debited twice");
    }
}

async fn take(world: &World, told: &mut Told, step: Step) {
    match step {
        Step::Credit { user, amount } => {
            let by = user::store::By { user: ADMIN, reason: "a test".into(), at: START };
            let done = world.service.credit(user, Cents(amount), by, None).await.is_ok();
            assert!(!done || amount > 0);
        }
        Step::Debit { attempt, amount, right } => {
            let (pay_order, user) = of(attempt);
            let password = if right { "123" } else { "wrong" }.to_owned();
            let asked = Debit { user, password, ..debit(attempt, pay_order, amount) };
            if let Ok(outcome) = world.service.debit(asked).await {
                told.outcome(attempt, outcome);
            }
        }
        Step::Settle { attempt } => {
            let (pay_order, user) = of(attempt);
            let settle = SettleDebit { attempt: AttemptId(attempt), pay_order, user };
            told.outcome(attempt, world.service.settle_debits(vec![settle]).await.unwrap()[0]);
        }
        Step::Refund { pay_order, amount } => {
            let user = payer(pay_order);
            let refund = RefundRequest { pay_order: PayOrderId(pay_order), user, amount: Cents(amount) };
            let done = world.service.refund(vec![refund]).await.is_ok();
            assert!(done || amount < 0);
        }
        Step::Freeze { user, frozen } => world.freeze(user, frozen).await,
        Step::Pass => world.clock.advance(clock::MINUTE),
    }
}

/// Balance is the running sum of the entries, and each entry tells the balance after it.
async fn explain(world: &World, user: UserId) -> Vec<Entry> {
    let mut entries = world.entries(user).await;
    entries.reverse();
    let mut balance = Cents::ZERO;
    for (entry, seq) in entries.iter().zip(1..) {
        let moved = if entry.kind == EntryKind::Debit { Cents(-entry.amount.0) } else { entry.amount };
        balance = balance.plus(moved).unwrap();
        assert!(entry.amount >= Cents::ZERO && balance >= Cents::ZERO);
        assert_eq!((entry.seq, entry.balance), (seq, balance));
    }
    assert_eq!(world.balance(user).await, balance);
    entries
}

fn per_pay_order(entries: &[Entry], kind: EntryKind) -> BTreeMap<PayOrderId, Cents> {
    let mut found = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.kind == kind) {
        assert_eq!(found.insert(entry.pay_order.unwrap(), entry.amount), None, "{kind:?} twice");
    }
    found
}

async fn run(steps: Vec<Step>) {
    let Some(world) = World::new().await else { return };
    let mut told = Told::default();
    for step in steps {
        take(&world, &mut told, step).await;
    }
    let mut entries = explain(&world, JACK).await;
    entries.extend(explain(&world, ROSE).await);
    let debits = per_pay_order(&entries, EntryKind::Debit);
    for (pay_order, refunded) in per_pay_order(&entries, EntryKind::Refund) {
        assert!(refunded <= debits[&pay_order], "more came back than was taken");
    }
    let told_debited = told.outcomes.values().filter(|outcome| **outcome == Outcome::Debited).count();
    assert_eq!(told_debited, debits.len(), "who was told of a debit has paid, and nobody else");
    for attempt in told.outcomes.keys().copied() {
        let (pay_order, user) = of(attempt);
        let settle = SettleDebit { attempt: AttemptId(attempt), pay_order, user };
        assert_eq!(world.service.settle_debits(vec![settle]).await.unwrap()[0], told.outcomes[&attempt]);
    }
}

/// Every run on the server has a database of its own, which takes its time.
fn cases() -> u32 {
    match TestEngine::chosen() {
        TestEngine::Sqlite => 64,
        TestEngine::Postgres => 16,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn balances_are_credits_less_debits_plus_refunds(steps in prop::collection::vec(step(), 1..60)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run(steps));
    }
}
