//! Checks with the cheapest hashes, the real threads and a driven clock.

use clock::{MINUTE, Ms, SECOND};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::task::JoinSet;

use super::{
    Attempt, Cost, Hasher, Mismatch, Options, Password, PasswordChecker, Refused, Salt, Stored, Threads,
    Verified,
};
use crate::limit::{Limits, Rate};

const NOW: Ms = Ms(1_800_000_000_000);
const JACK: u64 = 61;
const CURRENT: Result<Verified, Refused> = Ok(Verified { needs_upgrade: false });

/// "123", by another implementation.
const BCRYPT: &str = "$2a$04$abcdefghijklmnopqrstuuykcD0PB2tNYrXiPLvl4pFe9.8eaT62G";

fn hasher() -> Hasher {
    Hasher::new(Cost::for_tests()).unwrap()
}

fn options() -> Options {
    let plenty = Rate { burst: 1_000, refill_ms: 1 };
    let limits = Limits { per_address: plenty, per_account: plenty, ..Limits::default() };
    Options { cost: Cost::for_tests(), limits, ..Options::default() }
}

fn checker(options: Options) -> PasswordChecker {
    PasswordChecker::new(options, &[7; 32]).unwrap()
}

fn stored(password: &str, salt: u8) -> String {
    hasher().hash(&Password::new(password), Salt([salt; 16]))
}

async fn check(checker: &PasswordChecker, password: &str, hash: &str, now: Ms) -> Result<Verified, Refused> {
    check_account(checker, password, Some(Stored { user: JACK, hash }), now).await
}

async fn check_account(
    checker: &PasswordChecker,
    password: &str,
    stored: Option<Stored<'_>>,
    now: Ms,
) -> Result<Verified, Refused> {
    let attempt =
        Attempt { account: "jack", from: [192, 0, 2, 1].into(), password: &Password::new(password) };
    checker.check(attempt, stored, now).await
}

#[test]
fn the_right_password_is_right_and_another_is_wrong() {
    let hash = stored("123", 1);
    assert!(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
    assert_eq!(hasher().verify(&Password::new("123"), &hash), Ok(Verified { needs_upgrade: false }));
    assert_eq!(hasher().verify(&Password::new("124"), &hash), Err(Mismatch::Wrong));
    assert_eq!(hasher().verify(&Password::new(""), &hash), Err(Mismatch::Wrong));
}

#[test]
fn salts_make_equal_passwords_differ() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut hash = || hasher().hash(&Password::new("123"), Salt::random(&mut rng));
    assert_ne!(hash(), hash());
}

#[test]
fn bcrypt_is_accepted_in_all_three_spellings_and_wants_an_upgrade() {
    for prefix in ["$2a$", "$2b$", "$2y$"] {
        let hash = BCRYPT.replace("$2a$", prefix);
        assert_eq!(hasher().verify(&Password::new("123"), &hash), Ok(Verified { needs_upgrade: true }));
        assert_eq!(hasher().verify(&Password::new("12"), &hash), Err(Mismatch::Wrong));
    }
}

#[test]
fn a_hash_cheaper_than_today_s_wants_an_upgrade() {
    let today = Hasher::new(Cost { memory_kib: 16, ..Cost::for_tests() }).unwrap();
    let verified = today.verify(&Password::new("123"), &stored("123", 1));
    assert_eq!(verified, Ok(Verified { needs_upgrade: true }));
}

#[test]
fn hashes_that_are_damaged_or_absurdly_expensive_are_unreadable() {
    let greedy = stored("123", 1).replace("m=8", "m=4000000");
    let slow = BCRYPT.replace("$04$", "$31$");
    for hash in ["", "123", "$2a$04$short", "$argon2id$v=19$", "{noop}123", &greedy, &slow] {
        assert_eq!(hasher().verify(&Password::new("123"), hash), Err(Mismatch::Unreadable), "{hash}");
    }
}

#[test]
fn the_dummy_lets_nobody_in() {
    assert_eq!(hasher().verify_dummy(&Password::new("")), Mismatch::Wrong);
}

#[test]
fn a_cost_argon2_cannot_have_is_refused() {
    assert!(Hasher::new(Cost { memory_kib: 0, ..Cost::default() }).is_err());
}

#[test]
fn a_password_is_never_shown() {
    let password: Password = serde_json::from_str(r#""secret""#).unwrap();
    assert_eq!(format!("{password:?}"), "Password(…)");
}

#[tokio::test]
async fn a_right_password_is_remembered_for_its_time_and_no_longer() {
    let (checker, hash) = (checker(options()), stored("123", 1));
    assert_eq!(check(&checker, "123", &hash, NOW).await, CURRENT);
    assert_eq!(check(&checker, "123", &hash, NOW + (5 * MINUTE - 1)).await, CURRENT);
    assert_eq!(checker.full_checks(), 1);
    assert_eq!(check(&checker, "123", &hash, NOW + 5 * MINUTE).await, CURRENT);
    assert_eq!(checker.full_checks(), 2);
    assert_eq!(check(&checker, "123", &hash, NOW).await, CURRENT);
    assert_eq!(checker.full_checks(), 3, "a clock set back forgets");
}

#[tokio::test]
async fn what_is_remembered_helps_no_other_password_and_no_other_user() {
    let (checker, hash) = (checker(options()), stored("123", 1));
    check(&checker, "123", &hash, NOW).await.unwrap();
    assert_eq!(check(&checker, "1234", &hash, NOW).await, Err(Refused::Wrong));
    check_account(&checker, "123", Some(Stored { user: 62, hash: &hash }), NOW).await.unwrap();
    assert_eq!(checker.full_checks(), 3);
}

#[tokio::test]
async fn a_wrong_password_is_never_remembered() {
    let (checker, hash) = (checker(options()), stored("123", 1));
    for _ in 0..2 {
        assert_eq!(check(&checker, "1234", &hash, NOW).await, Err(Refused::Wrong));
    }
    assert_eq!(checker.full_checks(), 2);
}

#[tokio::test]
async fn a_changed_password_voids_what_was_remembered() {
    let checker = checker(options());
    check(&checker, "123", &stored("123", 1), NOW).await.unwrap();
    assert_eq!(check(&checker, "123", &stored("new", 2), NOW).await, Err(Refused::Wrong));
}

#[tokio::test]
async fn a_forgotten_user_costs_a_hash_again() {
    let (checker, hash) = (checker(options()), stored("123", 1));
    check(&checker, "123", &hash, NOW).await.unwrap();
    checker.forget(JACK);
    check(&checker, "123", &hash, NOW).await.unwrap();
    assert_eq!(checker.full_checks(), 2);
}

#[tokio::test]
async fn an_account_that_does_not_exist_costs_a_hash_and_is_limited_alike() {
    let checker = checker(Options { limits: Limits::default(), ..options() });
    for checks in 1..=5 {
        assert_eq!(check_account(&checker, "", None, NOW).await, Err(Refused::Wrong));
        assert_eq!(checker.full_checks(), checks);
    }
    assert!(matches!(check_account(&checker, "", None, NOW).await, Err(Refused::TooMany(_))));
}

#[tokio::test]
async fn once_limited_even_a_remembered_right_password_is_refused() {
    let (checker, hash) = (checker(Options { limits: Limits::default(), ..options() }), stored("123", 1));
    check(&checker, "123", &hash, NOW).await.unwrap();
    for _ in 0..5 {
        assert_eq!(check(&checker, "1234", &hash, NOW).await, Err(Refused::Wrong));
    }
    assert!(matches!(check(&checker, "123", &hash, NOW).await, Err(Refused::TooMany(_))));
    assert_eq!(check(&checker, "123", &hash, NOW + 12 * SECOND).await, CURRENT);
}

#[tokio::test]
async fn of_many_wrong_guesses_at_once_no_more_get_through_than_one_by_one() {
    let (checker, hash) = (checker(Options { limits: Limits::default(), ..options() }), stored("123", 1));
    let guesses = (0..50).map(|guess| check_owned(checker.clone(), format!("guess {guess}"), hash.clone()));
    let answers = guesses.collect::<JoinSet<_>>().join_all().await;
    assert_eq!(answers.iter().filter(|answer| **answer == Err(Refused::Wrong)).count(), 5);
    assert_eq!(checker.full_checks(), 5);
}

#[tokio::test]
async fn of_many_right_ones_at_once_only_the_first_costs_a_hash() {
    let (checker, hash) = (checker(Options { limits: Limits::default(), ..options() }), stored("123", 1));
    let pays = (0..50).map(|_| check_owned(checker.clone(), "123".into(), hash.clone()));
    let answers = pays.collect::<JoinSet<_>>().join_all().await;
    assert!(answers.iter().all(|answer| *answer == CURRENT));
    assert_eq!(checker.full_checks(), 1);
}

async fn check_owned(checker: PasswordChecker, password: String, hash: String) -> Result<Verified, Refused> {
    check(&checker, &password, &hash, NOW).await
}

#[tokio::test]
async fn a_simulation_gets_the_same_answers_without_threads() {
    let (checker, hash) = (checker(Options { threads: Threads::Inline, ..options() }), stored("123", 1));
    assert_eq!(check(&checker, "123", &hash, NOW).await, CURRENT);
    assert_eq!(check(&checker, "1234", &hash, NOW).await, Err(Refused::Wrong));
}
