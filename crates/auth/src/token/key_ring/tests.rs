//! Rings of several roles over one directory.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clock::{Ms, SECOND};
use tempfile::TempDir;

use super::KeyRing;
use crate::token::{Identity, KeyError, KeyUse, PublicKey, PublicKeys, Role, Signer, TokenError};

const NOW: Ms = Ms(1_800_000_000_000);

fn join(dir: &Path, role: &str) -> (KeyRing, Signer) {
    KeyRing::join(dir, role, &mut rand::rng(), NOW).unwrap()
}

fn own(signer: &Signer, now: Ms) -> String {
    signer.issue(&Identity::service(signer.public().issuer.clone()), now)
}

fn buyer(signer: &Signer) -> String {
    signer.issue(&Identity { user: 7, name: "jack".into(), role: Role::Buyer }, NOW)
}

fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn tokens_of_roles_that_joined_before_are_known_even_when_they_are_gone() {
    let dir = dir();
    let (_, users) = join(dir.path(), "user");
    let (pay, _) = join(dir.path(), "pay");
    assert_eq!(pay.verify(&buyer(&users), NOW).unwrap().sub, 7);
}

#[test]
fn a_role_that_joins_later_is_known_at_once() {
    let dir = dir();
    let (pay, _) = join(dir.path(), "pay");
    let (_, trade) = join(dir.path(), "trade");
    assert_eq!(pay.verify(&own(&trade, NOW), NOW).unwrap().iss, "trade");
}

#[test]
fn strangers_do_not_make_the_ring_read_more_than_once_a_second() {
    let (ours, theirs) = (dir(), dir());
    join(ours.path(), "trade");
    let (pay, _) = join(ours.path(), "pay");
    let (_, stranger) = join(theirs.path(), "trade");
    let token = own(&stranger, NOW);
    assert_eq!(pay.verify(&token, NOW + SECOND), Err(TokenError::UnknownKey));
    // Written over, so that no file came or went: only another reading would tell.
    put(ours.path(), "trade.pub.json", stranger.public());
    let early = NOW + SECOND + 1;
    assert_eq!(pay.verify(&token, early), Err(TokenError::UnknownKey), "it was read a moment ago");
    assert!(pay.verify(&token, early + SECOND).is_ok());
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one() {
    let dir = dir();
    let (pay, _) = join(dir.path(), "pay");
    let (_, old) = join(dir.path(), "trade");
    assert!(pay.verify(&own(&old, NOW), NOW + SECOND).is_ok());
    fs::remove_file(dir.path().join("trade.key")).unwrap();
    let (_, new) = join(dir.path(), "trade");
    let later = NOW + 2 * SECOND;
    assert!(pay.verify(&own(&new, later), later).is_ok());
    assert_eq!(pay.verify(&own(&old, later), later + SECOND), Err(TokenError::UnknownKey));
}

#[test]
fn joining_again_keeps_the_key_and_lets_nobody_else_read_it() {
    let dir = dir();
    let (_, first) = join(dir.path(), "trade");
    let (_, second) = join(dir.path(), "trade");
    assert_eq!(first.public(), second.public());
    let mode = |name: &str| fs::metadata(dir.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("trade.key"), mode("trade.pub.json")), (0o600, 0o644));
}

fn put(dir: &Path, name: &str, key: &PublicKey) {
    fs::write(dir.join(name), PublicKeys { keys: vec![key.clone()] }.to_json()).unwrap();
}

#[test]
fn a_service_vouches_for_no_user_and_for_no_other_service() {
    let dir = dir();
    let (_, trade) = join(dir.path(), "trade");
    let claims_users = PublicKey { key_use: KeyUse::Users, ..trade.public().clone() };
    put(dir.path(), "trade.pub.json", &claims_users);
    let refused = KeyRing::join(dir.path(), "pay", &mut rand::rng(), NOW).err();
    assert!(matches!(refused, Some(KeyError::Foreign { .. })), "{refused:?}");
    put(dir.path(), "trade.pub.json", &PublicKey { issuer: "pay".into(), ..trade.public().clone() });
    let refused = KeyRing::join(dir.path(), "pay", &mut rand::rng(), NOW).err();
    assert!(matches!(refused, Some(KeyError::Foreign { .. })), "{refused:?}");
}

#[test]
fn a_file_that_was_spoiled_leaves_what_was_known() {
    let dir = dir();
    let (_, trade) = join(dir.path(), "trade");
    let (pay, _) = join(dir.path(), "pay");
    fs::write(dir.path().join("trade.pub.json"), "{").unwrap();
    let item = join_despite(dir.path());
    let later = NOW + SECOND;
    assert!(pay.verify(&own(&item, NOW), later).is_ok(), "the others are read");
    assert!(pay.verify(&own(&trade, NOW), later).is_ok());
}

/// `item` puts its key there as an older process would, without looking at the spoiled file.
fn join_despite(dir: &Path) -> Signer {
    let elsewhere = self::dir();
    let (_, item) = join(elsewhere.path(), "item");
    put(dir, "item.pub.json", item.public());
    item
}
