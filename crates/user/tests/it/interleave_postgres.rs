//! Two processes on one database: each pair of operations that exclude each other, stopped half-way, in both orders.
//!
//! A gate holds the row both are about, so that each waits before it has read; or a table they write to, so that the
//! first has read and decided and has not written when the second comes.

use api::calls::{Address, RefundRequest, SettleDebit};
use model::pay_order::Failure;
use model::wallet::Outcome;
use model::{AddressId, AttemptId, Cents, PayOrderId, UserId};
use user::store::postgres::PgStore;
use user::store::{By, CheckedDebit, Credited, NewUser, Registered, Saved, Store};

use crate::world::{ADMIN, JACK, ORDER, RICH, ROSE, START, World};

/// The users' rows: all who move money or freeze wait here before they look.
const USERS: &str = "SELECT 1 FROM user_users ORDER BY id FOR UPDATE";
const DEBITS: &str = "LOCK TABLE user_debits IN SHARE MODE";
const REFUNDS: &str = "LOCK TABLE user_refunds IN SHARE MODE";
const ENTRIES: &str = "LOCK TABLE user_entries IN SHARE MODE";
const RECORDS: &str = "LOCK TABLE user_records IN SHARE MODE";
/// Somebody else's decision of the attempt, which is then taken back.
const SAME_ATTEMPT: &str = "INSERT INTO user_debits VALUES (9001, 1, 1, 0, 5, 0)";

const VOIDED: Outcome = Outcome::Refused(Failure::Voided);
const OTHER_ORDER: PayOrderId = PayOrderId(9_002);

struct Two {
    world: World,
    one: PgStore,
    other: PgStore,
}

impl Two {
    async fn new() -> Option<Self> {
        let world = World::on_postgres().await?;
        let (one, other) = (world.replica(), world.replica());
        Some(Self { world, one, other })
    }

    /// Starts over: no money was moved but what the demo's users got.
    async fn afresh(&self) {
        for sql in [
            "TRUNCATE user_debits, user_refunds",
            "DELETE FROM user_entries WHERE seq > 1",
            "UPDATE user_users SET balance = 1000000, entries = 1, frozen = false WHERE id < 10",
            "DELETE FROM user_addresses WHERE id IN (71, 72)",
            "UPDATE user_addresses SET is_default = true WHERE user_id = 1",
        ] {
            self.world.tables.execute(sql).await.unwrap();
        }
    }

    /// Balances are the sums of their entries, and no pay order was debited or refunded twice.
    async fn check(&self) {
        let wrong = "SELECT count(*) FROM user_users u WHERE balance <>
            (SELECT coalesce(sum(CASE kind WHEN 1 THEN -amount ELSE amount END), 0)
             FROM user_entries e WHERE e.user_id = u.id)";
        assert_eq!(self.world.count(wrong).await, 0, "a balance is not the sum of its entries");
        for (table, kind) in [("user_debits WHERE outcome = 0", 1), ("user_refunds", 2)] {
            let told = self.world.count(&format!("SELECT count(*) FROM {table}")).await;
            let moved = format!("SELECT count(*) FROM user_entries WHERE kind = {kind}");
            assert_eq!(self.world.count(&moved).await, told, "money moves once for each in {table}");
        }
    }
}

fn checked(attempt: u64, pay_order: PayOrderId, user: UserId, amount: Cents) -> CheckedDebit {
    CheckedDebit { attempt: AttemptId(attempt), pay_order, user, amount, refused: None, at: START }
}

async fn debit(store: PgStore, debit: CheckedDebit) -> Outcome {
    store.debit(debit).await.unwrap()
}

async fn settle(store: PgStore) -> Outcome {
    let attempt = SettleDebit { attempt: AttemptId(1), pay_order: ORDER, user: JACK };
    store.settle_debits(vec![attempt], START).await.unwrap()[0]
}

async fn refund(store: PgStore) {
    let refund = RefundRequest { pay_order: ORDER, user: JACK, amount: Cents(400) };
    store.refund(vec![refund], START).await.unwrap();
}

async fn freeze(store: PgStore) -> bool {
    let by = By { user: ADMIN, reason: "a test".into(), at: START };
    store.set_frozen(JACK, true, by, None).await.unwrap() == engine::Once::Outcome(true)
}

#[tokio::test]
async fn a_debit_and_the_void_of_its_attempt_come_to_one_outcome() {
    let Some(two) = Two::new().await else { return };
    for gate in [DEBITS, SAME_ATTEMPT] {
        for void_first in [false, true] {
            two.afresh().await;
            let debit = debit(two.one.clone(), checked(1, ORDER, JACK, Cents(400)));
            let settle = settle(two.other.clone());
            let (debited, settled) = if void_first {
                let (settled, debited) = two.world.gate(gate).await.meet(settle, debit).await;
                (debited, settled)
            } else {
                two.world.gate(gate).await.meet(debit, settle).await
            };
            assert_eq!(debited, settled);
            assert!([Outcome::Debited, VOIDED].contains(&debited), "{debited:?}");
            let taken = if debited == Outcome::Debited { 400 } else { 0 };
            assert_eq!(two.world.balance(JACK).await, Cents(RICH.0 - taken));
            two.check().await;
        }
    }
}

#[tokio::test]
async fn of_two_debits_for_one_pay_order_one_takes_money_whoever_pays() {
    let Some(two) = Two::new().await else { return };
    for (gate, payer) in [(USERS, JACK), (DEBITS, JACK), (DEBITS, ROSE), (USERS, ROSE)] {
        two.afresh().await;
        let first = debit(two.one.clone(), checked(1, ORDER, JACK, Cents(400)));
        let second = debit(two.other.clone(), checked(2, ORDER, payer, Cents(400)));
        let (first, second) = two.world.gate(gate).await.meet(first, second).await;
        let debited = [first, second].iter().filter(|outcome| **outcome == Outcome::Debited).count();
        assert_eq!(debited, 1, "{first:?} and {second:?}");
        assert!([first, second].contains(&VOIDED));
        let left = two.world.balance(JACK).await.0 + two.world.balance(ROSE).await.0;
        assert_eq!(left, 2 * RICH.0 - 400);
        two.check().await;
    }
}

#[tokio::test]
async fn a_debit_and_a_freeze_happen_one_after_the_other() {
    let Some(two) = Two::new().await else { return };
    for gate in [USERS, DEBITS] {
        two.afresh().await;
        let debit = debit(two.one.clone(), checked(1, ORDER, JACK, Cents(400)));
        let answers = two.world.gate(gate).await.meet(debit, freeze(two.other.clone())).await;
        assert_eq!(answers, (Outcome::Debited, true));
        two.check().await;
    }
    for gate in [USERS, RECORDS] {
        two.afresh().await;
        let debit = debit(two.one.clone(), checked(1, ORDER, JACK, Cents(400)));
        let answers = two.world.gate(gate).await.meet(freeze(two.other.clone()), debit).await;
        assert_eq!(answers, (true, Outcome::Refused(Failure::Frozen)));
        assert_eq!(two.world.balance(JACK).await, RICH);
        two.check().await;
    }
}

#[tokio::test]
async fn a_refund_asked_for_twice_gives_back_once() {
    let Some(two) = Two::new().await else { return };
    for gate in [USERS, REFUNDS, ENTRIES] {
        two.afresh().await;
        debit(two.one.clone(), checked(1, ORDER, JACK, Cents(400))).await;
        two.world.gate(gate).await.meet(refund(two.one.clone()), refund(two.other.clone())).await;
        assert_eq!(two.world.balance(JACK).await, RICH);
        assert_eq!(two.world.count("SELECT count(*) FROM user_refunds").await, 1);
        two.check().await;
    }
}

#[tokio::test]
async fn of_two_debits_that_together_exceed_the_balance_one_takes_money() {
    let Some(two) = Two::new().await else { return };
    for gate in [USERS, DEBITS, ENTRIES] {
        two.afresh().await;
        let first = debit(two.one.clone(), checked(1, ORDER, JACK, Cents(RICH.0 - 1)));
        let second = debit(two.other.clone(), checked(2, OTHER_ORDER, JACK, Cents(2)));
        let answers = two.world.gate(gate).await.meet(first, second).await;
        assert_eq!(answers, (Outcome::Debited, Outcome::Refused(Failure::NotEnough)));
        assert_eq!(two.world.balance(JACK).await, Cents(1));
        two.check().await;
    }
}

#[tokio::test]
async fn a_credit_and_a_debit_lose_neither() {
    let Some(two) = Two::new().await else { return };
    for gate in [USERS, ENTRIES] {
        two.afresh().await;
        let (store, by) = (two.one.clone(), By { user: ADMIN, reason: "a test".into(), at: START });
        let credit = async move { store.credit(JACK, Cents(5), by, None).await.unwrap() };
        let debit = debit(two.other.clone(), checked(1, ORDER, JACK, Cents(RICH.0 + 5)));
        let answers = two.world.gate(gate).await.meet(credit, debit).await;
        let credited = engine::Once::Outcome(Credited::Balance(Cents(RICH.0 + 5)));
        assert_eq!(answers, (credited, Outcome::Debited));
        assert_eq!(two.world.balance(JACK).await, Cents::ZERO);
        two.check().await;
    }
}

#[tokio::test]
async fn one_name_is_registered_once_in_whatever_case() {
    let taken = "INSERT INTO user_users (id, username, password, role, created) VALUES (9, 'NORA', '', 0, 0)";
    let Some(two) = Two::new().await else { return };
    let register = |store: PgStore, id: u64, name: &str| {
        let (id, username, password) = (UserId(id), name.to_owned(), String::from("hash"));
        let new = NewUser { id, username, password, role: edge::Role::Buyer, at: START, hired_by: None };
        async move { store.register(new, None).await.unwrap() }
    };
    let first = register(two.one.clone(), 71, "Nora");
    let second = register(two.other.clone(), 72, "nora");
    let (first, second) = two.world.gate(taken).await.meet(first, second).await;
    let answers = [first, second];
    assert!(answers.contains(&engine::Once::Outcome(Registered::NameTaken)), "{answers:?}");
    let created = |id| engine::Once::Outcome(Registered::Created(UserId(id)));
    assert!(answers.contains(&created(71)) || answers.contains(&created(72)), "{answers:?}");
    assert_eq!(two.world.count("SELECT count(*) FROM user_users WHERE lower(username) = 'nora'").await, 1);
}

#[tokio::test]
async fn two_new_addresses_keep_to_the_bound_and_to_one_default() {
    let Some(two) = Two::new().await else { return };
    for gate in [USERS, "LOCK TABLE user_addresses IN SHARE MODE"] {
        two.afresh().await;
        let add = |store: PgStore, id: u64| {
            let address = Address { id: AddressId(id), is_default: true, ..Address::default() };
            async move { store.add_address(JACK, address, 2, START, None).await.unwrap() }
        };
        let answers =
            two.world.gate(gate).await.meet(add(two.one.clone(), 71), add(two.other.clone(), 72)).await;
        let saved = engine::Once::Outcome(Saved::As(AddressId(71)));
        assert_eq!(answers, (saved, engine::Once::Outcome(Saved::TooMany)), "jack has one already");
        let defaults = "SELECT count(*) FROM user_addresses WHERE user_id = 1 AND is_default";
        assert_eq!(two.world.count(defaults).await, 1);
    }
}

#[tokio::test]
async fn batches_in_opposite_order_do_not_deadlock() {
    let Some(two) = Two::new().await else { return };
    for round in 0..10 {
        let ask = |n: u64| SettleDebit {
            attempt: AttemptId(n),
            pay_order: PayOrderId(100 * round + n),
            user: JACK,
        };
        let up: Vec<_> = (1..=40).map(ask).collect();
        let down: Vec<_> = up.iter().rev().copied().collect();
        let (up, down) = tokio::join!(two.one.settle_debits(up, START), two.other.settle_debits(down, START));
        assert!(up.unwrap().iter().chain(&down.unwrap()).all(|outcome| *outcome == VOIDED));
    }
    assert_eq!(two.world.count("SELECT count(*) FROM user_debits").await, 400);
}
