//! The codes in databases and on the wire: each value comes back from its own code, and nothing else does.

use std::fmt::Debug;

use model::hold::{self, End};
use model::order::{self, CloseReason};
use model::pay_order::{self, Failure};
use model::wallet::Outcome;
use model::{Actor, Cents, wallet};

/// Checks `0..count` round trips and that the codes on either side mean nothing.
fn round_trips<T: Debug>(count: i64, code: impl Fn(&T) -> i64, from_code: impl Fn(i64) -> Option<T>) {
    for stored in 0..count {
        let value = from_code(stored).unwrap_or_else(|| panic!("{stored} means nothing"));
        assert_eq!(code(&value), stored, "{value:?}");
    }
    for stranger in [i64::MIN, -1, count, i64::MAX] {
        assert!(from_code(stranger).is_none(), "{stranger} must mean nothing");
    }
}

#[test]
fn stored_codes_round_trip() {
    round_trips(7, |state: &order::State| state.code(), order::State::from_code);
    round_trips(6, |reason: &CloseReason| reason.code(), CloseReason::from_code);
    round_trips(3, |refund: &pay_order::Refund| refund.code(), pay_order::Refund::from_code);
    round_trips(5, |state: &hold::State| state.code(), hold::State::from_code);
    round_trips(3, |end: &End| end.code(), End::from_code);
    round_trips(6, |actor: &Actor| actor.code(), Actor::from_code);
    round_trips(7, |outcome: &Outcome| outcome.code(), Outcome::from_code);
}

#[test]
fn the_wire_codes_of_an_order_are_those_of_the_old_clients() {
    use order::State::{Closed, Paid, Received, Reviewed, Shipped, Unpaid};
    let codes = [Unpaid, Paid, Shipped, Received, Closed, Reviewed].map(order::State::code);
    assert_eq!(codes, [1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_debit_never_leaves_less_than_nothing() {
    for (balance, amount) in [(0, 0), (0, 1), (99, 100), (100, 100), (101, 100)] {
        let wallet = wallet::Wallet { balance: Cents(balance), frozen: false };
        let debited = wallet::debit(Some(wallet), Cents(amount), true) == Outcome::Debited;
        assert_eq!(debited, balance >= amount);
    }
}

#[test]
fn a_frozen_wallet_says_so_whatever_the_password() {
    let wallet = wallet::Wallet { balance: Cents(1_000), frozen: true };
    for right in [true, false] {
        let outcome = wallet::debit(Some(wallet), Cents(1), right);
        assert_eq!(outcome, Outcome::Refused(Failure::Frozen));
    }
}

#[test]
fn a_wrong_password_tells_nothing_of_the_balance() {
    for balance in [0, 1_000] {
        let wallet = wallet::Wallet { balance: Cents(balance), frozen: false };
        let outcome = wallet::debit(Some(wallet), Cents(100), false);
        assert_eq!(outcome, Outcome::Refused(Failure::WrongPassword));
    }
}
