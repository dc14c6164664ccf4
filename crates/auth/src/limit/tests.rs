//! The limiter under a driven clock.

use std::net::IpAddr;

use clock::{HOUR, MINUTE, Ms, SECOND};

use super::{Limiter, Limits, TooMany};

const NOW: Ms = Ms(1_800_000_000_000);

fn limiter() -> Limiter {
    Limiter::new(Limits::default())
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn home() -> IpAddr {
    ip("192.0.2.1")
}

/// How many of `tries` wrong attempts at one instant get through.
fn let_through(limiter: &Limiter, account: &str, from: IpAddr, now: Ms, tries: usize) -> usize {
    (0..tries).filter(|_| limiter.charge(account, from, now).is_ok()).count()
}

/// Uses up the budget of an account over all addresses.
fn burn_account(limiter: &Limiter, account: &str, now: Ms) {
    for host in 0..=255 {
        let_through(limiter, account, ip(&format!("198.51.100.{host}")), now, 5);
    }
}

#[test]
fn five_wrong_ones_then_a_wait() {
    let limiter = limiter();
    assert_eq!(let_through(&limiter, "jack", home(), NOW, 100), 5);
    assert_eq!(limiter.charge("jack", home(), NOW), Err(TooMany { retry_after_s: 12 }));
    assert_eq!(limiter.check("jack", home(), NOW + 500), Err(TooMany { retry_after_s: 12 }));
}

#[test]
fn waiting_as_told_is_enough_and_a_minute_gives_all_back() {
    let limiter = limiter();
    let_through(&limiter, "jack", home(), NOW, 5);
    assert_eq!(let_through(&limiter, "jack", home(), NOW + 12 * SECOND, 5), 1);
    assert_eq!(let_through(&limiter, "jack", home(), NOW + 2 * MINUTE, 100), 5);
}

#[test]
fn refused_attempts_do_not_prolong_the_wait() {
    let limiter = limiter();
    let_through(&limiter, "jack", home(), NOW, 1_000);
    assert_eq!(limiter.check("jack", home(), NOW), Err(TooMany { retry_after_s: 12 }));
}

#[test]
fn accounts_and_addresses_have_their_own_budgets() {
    let limiter = limiter();
    let_through(&limiter, "jack", home(), NOW, 5);
    assert!(limiter.check("rose", home(), NOW).is_ok());
    assert!(limiter.check("jack", ip("192.0.2.2"), NOW).is_ok());
}

#[test]
fn a_whole_ipv6_network_is_one_address() {
    let limiter = limiter();
    let_through(&limiter, "jack", ip("2001:db8::1"), NOW, 5);
    assert!(limiter.check("jack", ip("2001:db8::ffff"), NOW).is_err());
    assert!(limiter.check("jack", ip("2001:db8:0:1::1"), NOW).is_ok());
    let_through(&limiter, "rose", home(), NOW, 5);
    assert!(limiter.check("rose", ip("::ffff:192.0.2.1"), NOW).is_err());
}

#[test]
fn the_right_password_wipes_the_slate_at_its_address() {
    let limiter = limiter();
    let_through(&limiter, "jack", home(), NOW, 5);
    limiter.succeeded("jack", home());
    assert_eq!(let_through(&limiter, "jack", home(), NOW, 100), 5);
}

#[test]
fn guessing_from_many_addresses_is_limited_for_the_account() {
    let limiter = limiter();
    burn_account(&limiter, "jack", NOW);
    assert_eq!(limiter.check("jack", home(), NOW), Err(TooMany { retry_after_s: 6 }));
    assert!(limiter.check("jack", home(), NOW + 6 * SECOND).is_ok());
    assert!(limiter.check("rose", home(), NOW).is_ok());
}

#[test]
fn an_owner_at_a_known_address_is_not_locked_out_from_elsewhere() {
    let limiter = limiter();
    limiter.charge("jack", home(), NOW).unwrap();
    limiter.succeeded("jack", home());
    burn_account(&limiter, "jack", NOW);
    assert!(limiter.check("jack", ip("192.0.2.2"), NOW).is_err());
    assert_eq!(let_through(&limiter, "jack", home(), NOW, 100), 5, "still limited at its own address");
}

#[test]
fn right_ones_cost_the_account_nothing() {
    let limiter = limiter();
    for host in 0..=255 {
        let from = ip(&format!("203.0.113.{host}"));
        limiter.charge("jack", from, NOW).unwrap();
        limiter.succeeded("jack", from);
    }
    assert!(limiter.check("jack", home(), NOW).is_ok());
}

#[test]
fn a_clock_set_back_locks_nobody_out_for_longer() {
    let limiter = limiter();
    let_through(&limiter, "jack", home(), NOW, 5);
    assert_eq!(limiter.check("jack", home(), NOW - 24 * HOUR), Err(TooMany { retry_after_s: 12 }));
}

#[test]
fn its_memory_is_bounded() {
    let limiter = Limiter::new(Limits { entries_max: 100, ..Limits::default() });
    for name in 0..10_000 {
        limiter.charge(&name.to_string(), home(), NOW).unwrap();
    }
    let state = limiter.state.lock();
    assert!(state.pairs.len() <= 100 && state.accounts.len() <= 100);
}
