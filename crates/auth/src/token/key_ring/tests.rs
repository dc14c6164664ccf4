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

/// A new key of `role`, made at its next start.
fn renew(dir: &Path, role: &str) -> Signer {
    fs::remove_file(dir.join(format!("{role}.key"))).unwrap();
    join(dir, role).1
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one() {
    let dir = dir();
    let (pay, _) = join(dir.path(), "pay");
    let (_, old) = join(dir.path(), "trade");
    assert!(pay.verify(&own(&old, NOW), NOW + SECOND).is_ok());
    let new = renew(dir.path(), "trade");
    let later = NOW + 2 * SECOND;
    assert!(pay.verify(&own(&new, later), later).is_ok());
    assert_eq!(pay.verify(&own(&old, later), later), Err(TokenError::UnknownKey));
}

/// The key before it lies in a file of its own, or in the same document; until it is taken away.
#[test]
fn the_old_key_is_believed_as_long_as_it_lies_beside_the_new_one() {
    for in_one_document in [false, true] {
        let dir = dir();
        let (_, old) = join(dir.path(), "user");
        let (pay, _) = join(dir.path(), "pay");
        let logged_in = buyer(&old);
        assert!(pay.verify(&logged_in, NOW).is_ok());

        put(dir.path(), "user.old.pub.json", old.public());
        let new = renew(dir.path(), "user");
        if in_one_document {
            fs::remove_file(dir.path().join("user.old.pub.json")).unwrap();
            let both = PublicKeys { keys: vec![old.public().clone(), new.public().clone()] };
            fs::write(dir.path().join("user.pub.json"), both.to_json()).unwrap();
        }
        let (later, kids) = (NOW + SECOND, [&old.public().kid, &new.public().kid]);
        assert_ne!(kids[0], kids[1]);
        assert_eq!(pay.verify(&buyer(&new), later).unwrap().sub, 7, "the new key needs no restart");
        assert_eq!(pay.verify(&logged_in, later).unwrap().sub, 7, "nobody is logged out");
        let (again, _) = join(dir.path(), "user");
        assert!(again.verify(&logged_in, later).is_ok(), "a start leaves the old key where it is");

        if in_one_document {
            put(dir.path(), "user.pub.json", new.public());
        } else {
            fs::remove_file(dir.path().join("user.old.pub.json")).unwrap();
        }
        let gone = later + SECOND;
        assert_eq!(pay.verify(&logged_in, gone), Err(TokenError::UnknownKey), "although it was remembered");
        assert!(pay.verify(&buyer(&new), gone).is_ok());
    }
}

/// Where no disk is shared, the public keys are spread before the private one.
#[test]
fn a_process_that_still_has_the_old_key_takes_nothing_away_from_the_new_one() {
    let dir = dir();
    let (pay, _) = join(dir.path(), "pay");
    let (_, old) = join(dir.path(), "trade");
    let new = made_elsewhere("trade");
    put(dir.path(), "trade.old.pub.json", old.public());
    put(dir.path(), "trade.pub.json", new.public());
    assert_eq!(join(dir.path(), "trade").1.public(), old.public());
    for signer in [old, new] {
        assert!(pay.verify(&own(&signer, NOW), NOW + SECOND).is_ok());
    }
}

#[test]
fn a_link_to_a_document_that_was_taken_away_is_a_file_that_is_gone() {
    let (dir, elsewhere) = (dir(), dir());
    let (_, trade) = join(dir.path(), "trade");
    put(elsewhere.path(), "target", trade.public());
    fs::remove_file(dir.path().join("trade.pub.json")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("target"), dir.path().join("trade.pub.json")).unwrap();
    let (pay, _) = join(dir.path(), "pay");
    assert!(pay.verify(&own(&trade, NOW), NOW).is_ok());
    fs::remove_file(elsewhere.path().join("target")).unwrap();
    assert_eq!(pay.verify(&own(&trade, NOW), NOW + SECOND), Err(TokenError::UnknownKey));
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
    let (pay, _) = join(dir.path(), "pay");
    let trade = made_elsewhere("trade");
    let claims_users = PublicKey { key_use: KeyUse::Users, ..trade.public().clone() };
    let claims_pay = PublicKey { issuer: "pay".into(), ..trade.public().clone() };
    let user = PublicKey { issuer: "user".into(), ..claims_users.clone() };
    // Whichever file it lies in: a further key of a role is no less its own.
    let lies = [
        ("trade.pub.json", &claims_users),
        ("trade.pub.json", &claims_pay),
        ("trade.old.pub.json", &claims_pay),
        ("pay.old.pub.json", trade.public()),
        ("user.old.pub.json", trade.public()),
        ("trade.user.pub.json", &user),
    ];
    let mut later = NOW;
    for (file, key) in lies {
        put(dir.path(), file, key);
        later = later + SECOND;
        for token in [own(&trade, later), buyer(&trade)] {
            assert_eq!(pay.verify(&token, later), Err(TokenError::UnknownKey), "{file}: {key:?}");
        }
        let refused = KeyRing::join(dir.path(), "item", &mut rand::rng(), NOW).err();
        assert!(matches!(refused, Some(KeyError::Foreign { .. })), "{file}: {refused:?}");
        fs::remove_file(dir.path().join(file)).unwrap();
    }
}

/// A key of `role` that does not lie in the directory.
fn made_elsewhere(role: &str) -> Signer {
    join(dir().path(), role).1
}

#[test]
fn a_stray_file_does_not_hide_the_others() {
    let dir = dir();
    let (pay, _) = join(dir.path(), "pay");
    let trade = made_elsewhere("trade");
    fs::write(dir.path().join("item.pub.json"), "{").unwrap();
    put(dir.path(), "trade.pub.json", trade.public());
    assert!(pay.verify(&own(&trade, NOW), NOW + SECOND).is_ok());
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
