//! Debits: each attempt is decided once, and whoever asks again hears the same.

use std::num::NonZero;
use std::sync::mpsc;

use api::calls::{SettleDebit, Users};
use auth::password::{Password, Salt, Threads};
use model::pay_order::Failure;
use model::wallet::Outcome;
use model::{AttemptId, Cents, PayOrderId, UserId};
use tokio::task::JoinSet;

use crate::world::{ELSEWHERE, JACK, ORDER, RICH, ROSE, World, debit};

const VOIDED: Outcome = Outcome::Refused(Failure::Voided);

#[tokio::test]
async fn a_debit_takes_the_money_once_however_often_it_comes() {
    let Some(world) = World::new().await else { return };
    for _ in 0..3 {
        assert_eq!(world.debit(1, ORDER, 400).await, Outcome::Debited);
    }
    assert_eq!(world.balance(JACK).await, Cents(RICH.0 - 400));
    assert_eq!(world.entries(JACK).await.len(), 2);
}

#[tokio::test]
async fn the_wallet_does_not_go_negative() {
    let Some(world) = World::new().await else { return };
    let poor = Outcome::Refused(Failure::NotEnough);
    assert_eq!(world.debit(1, ORDER, RICH.0 + 1).await, poor);
    assert_eq!(world.debit(2, ORDER, RICH.0).await, Outcome::Debited);
    assert_eq!(world.debit(3, PayOrderId(9_002), 1).await, poor);
    assert_eq!(world.balance(JACK).await, Cents::ZERO);
    let forced = world.tables.execute("UPDATE user_users SET balance = -1").await;
    assert!(forced.is_err(), "the database itself refuses");
}

#[tokio::test]
async fn a_negative_debit_is_no_source_of_money() {
    let Some(world) = World::new().await else { return };
    assert!(world.service.debit(debit(1, ORDER, -1)).await.is_err());
    assert_eq!(world.balance(JACK).await, RICH);
    assert_eq!(world.settle(1, ORDER).await, VOIDED);
}

#[tokio::test]
async fn two_debits_for_one_pay_order_charge_once() {
    let Some(world) = World::new().await else { return };
    assert_eq!(world.debit(1, ORDER, 400).await, Outcome::Debited);
    assert_eq!(world.debit(2, ORDER, 400).await, VOIDED);
    assert_eq!(world.settle(2, ORDER).await, VOIDED);
    assert_eq!(world.settle(1, ORDER).await, Outcome::Debited);
    assert_eq!(world.balance(JACK).await, Cents(RICH.0 - 400));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_debits_and_voids_at_once_at_most_one_takes_the_money() {
    let Some(world) = World::grouped().await else { return };
    for pay_order in (1..=20).map(PayOrderId) {
        let mut tasks = JoinSet::new();
        for attempt in 1..=6 {
            let (service, again) = (world.service.clone(), world.service.clone());
            tasks
                .spawn(async move { (attempt, service.debit(debit(attempt, pay_order, 10)).await.unwrap()) });
            let settle = SettleDebit { attempt: AttemptId(attempt), pay_order, user: JACK };
            tasks.spawn(async move { (attempt, again.settle_debits(vec![settle]).await.unwrap()[0]) });
        }
        let mut told = tasks.join_all().await;
        told.sort_unstable_by_key(|(attempt, _)| *attempt);
        assert!(told.chunks(2).all(|both| both[0].1 == both[1].1), "debit and settle agree: {told:?}");
        let debited = told.iter().filter(|(_, outcome)| *outcome == Outcome::Debited).count();
        assert!(debited <= 2, "{told:?}");
    }
    let taken = world.count("SELECT count(*) FROM user_debits WHERE outcome = 0").await;
    assert_eq!(world.balance(JACK).await, Cents(RICH.0 - 10 * taken));
}

#[tokio::test]
async fn a_late_debit_after_a_void_is_refused() {
    let Some(world) = World::new().await else { return };
    assert_eq!(world.settle(1, ORDER).await, VOIDED);
    assert_eq!(world.debit(1, ORDER, 400).await, VOIDED);
    assert_eq!(world.balance(JACK).await, RICH);
    assert_eq!(world.debit(2, ORDER, 400).await, Outcome::Debited, "the next attempt is free to pay");
}

#[tokio::test]
async fn settling_repeats_what_was_decided_in_the_order_asked() {
    let Some(world) = World::new().await else { return };
    world.debit(1, ORDER, 400).await;
    world.debit(2, PayOrderId(9_002), RICH.0).await;
    let asked = [(3, 9_003), (2, 9_002), (1, 9_001), (3, 9_003)].map(|(attempt, pay_order)| SettleDebit {
        attempt: AttemptId(attempt),
        pay_order: PayOrderId(pay_order),
        user: JACK,
    });
    let outcomes = world.service.settle_debits(asked.to_vec()).await.unwrap();
    assert_eq!(outcomes, [VOIDED, Outcome::Refused(Failure::NotEnough), Outcome::Debited, VOIDED]);
}

#[tokio::test]
async fn an_attempt_is_not_taken_for_that_of_another_pay_order() {
    let Some(world) = World::new().await else { return };
    let other = PayOrderId(9_002);
    assert_eq!(world.debit(1, ORDER, 400).await, Outcome::Debited);
    assert_eq!(world.settle(1, other).await, VOIDED);
    assert_eq!(world.debit(1, other, 400).await, VOIDED);
    assert_eq!(world.balance(JACK).await, Cents(RICH.0 - 400));
}

#[tokio::test]
async fn a_wrong_password_does_not_pay_and_the_same_attempt_never_will() {
    let Some(world) = World::new().await else { return };
    let wrong = || api::calls::Debit { password: "1234".into(), ..debit(1, ORDER, 400) };
    let refused = Outcome::Refused(Failure::WrongPassword);
    assert_eq!(world.debit_with(wrong()).await, refused);
    assert_eq!(world.debit(1, ORDER, 400).await, refused, "the outcome stands");
    assert_eq!(world.debit(2, ORDER, 400).await, Outcome::Debited);
    let another = PayOrderId(9_002);
    let remembered = api::calls::Debit { password: "1234".into(), ..debit(3, another, 400) };
    assert_eq!(world.debit_with(remembered).await, refused, "though the right one is remembered");
}

#[tokio::test]
async fn nobody_pays_with_anothers_password_or_from_no_wallet() {
    let Some(world) = World::new().await else { return };
    world.set_password(ROSE, "rose's own").await;
    let of_rose = api::calls::Debit { user: ROSE, ..debit(1, ORDER, 400) };
    assert_eq!(world.debit_with(of_rose).await, Outcome::Refused(Failure::WrongPassword));
    let of_nobody = api::calls::Debit { user: UserId(404), ..debit(2, ORDER, 400) };
    assert_eq!(world.debit_with(of_nobody).await, Outcome::Refused(Failure::UnknownUser));
}

#[tokio::test]
async fn a_frozen_account_does_not_pay_until_it_is_thawed() {
    let Some(world) = World::new().await else { return };
    world.freeze(JACK, true).await;
    assert_eq!(world.debit(1, ORDER, 400).await, Outcome::Refused(Failure::Frozen));
    world.freeze(JACK, false).await;
    assert_eq!(world.debit(1, ORDER, 400).await, Outcome::Refused(Failure::Frozen), "the outcome stands");
    assert_eq!(world.debit(2, ORDER, 400).await, Outcome::Debited);
}

#[tokio::test]
async fn paying_again_and_again_costs_one_hash() {
    let Some(world) = World::new().await else { return };
    for attempt in 1..=20 {
        assert_eq!(world.debit(attempt, PayOrderId(attempt), 1).await, Outcome::Debited);
    }
    assert_eq!(world.passwords.full_checks(), 1);
}

#[tokio::test]
async fn guessing_at_paying_is_limited_and_does_not_lock_the_owner_out() {
    let Some(world) = World::new().await else { return };
    let guess = |attempt| api::calls::Debit {
        password: format!("guess {attempt}"),
        from: ELSEWHERE,
        ..debit(attempt, ORDER, 400)
    };
    for attempt in 1..=5 {
        assert_eq!(world.debit_with(guess(attempt)).await, Outcome::Refused(Failure::WrongPassword));
    }
    let limited = Outcome::Refused(Failure::TooManyTries);
    let right = api::calls::Debit { from: ELSEWHERE, ..debit(6, ORDER, 400) };
    assert_eq!(world.debit_with(right).await, limited, "a guesser is not told when the guess is right");
    assert_eq!(world.debit(7, ORDER, 400).await, Outcome::Debited, "the owner pays from home");
    world.clock.advance(5 * clock::MINUTE);
    assert_eq!(world.debit(6, ORDER, 400).await, limited, "the outcome stands");
}

/// And the attempt stays open: nothing was decided.
async fn too_busy_to_check() {
    let Some(world) = World::hashing(Threads::Blocking(NonZero::<usize>::MIN), 0).await else { return };
    world.service.seed_demo(Password::new("admin's own")).await.unwrap();
    let (finish, may_finish) = mpsc::channel::<()>();
    let thread = tokio::task::spawn_blocking(move || may_finish.recv().ok());
    let passwords = world.passwords.clone();
    let first = tokio::spawn(async move { passwords.hash(Password::new("x"), Salt([0; 16])).await });
    tokio::task::yield_now().await;

    assert!(world.service.debit(debit(1, ORDER, 400)).await.is_err());
    assert_eq!(world.count("SELECT count(*) FROM user_debits").await, 0);

    drop(finish);
    thread.await.unwrap();
    first.await.unwrap().unwrap();
    assert_eq!(world.debit(1, ORDER, 400).await, Outcome::Debited);
}

/// With a single thread for hashes, which the test can keep busy.
#[test]
fn too_busy_to_check_is_no_answer() {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().max_blocking_threads(1).build().unwrap().block_on(too_busy_to_check());
}
