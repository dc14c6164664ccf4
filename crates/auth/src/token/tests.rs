//! What a verifier believes, and everything it does not.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clock::{MINUTE, Ms, SECOND};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::{Identity, KeyError, KeyUse, OwnToken, PublicKeys, Role, Signer, TokenError, Verifier};

const NOW: Ms = Ms(1_800_000_000_000);

fn signer(seed: u8, issuer: &str, key_use: KeyUse) -> Signer {
    Signer::from_pem_or_seed(&URL_SAFE_NO_PAD.encode([seed; 32]), issuer, key_use).unwrap()
}

fn user_signer() -> Signer {
    signer(1, "user", KeyUse::Users)
}

fn trade_signer() -> Signer {
    signer(2, "trade", KeyUse::Service)
}

fn verifier() -> Verifier {
    Verifier::new([user_signer().public().clone(), trade_signer().public().clone()]).unwrap()
}

fn jack() -> Identity {
    Identity { user: 61, name: "jack".into(), role: Role::Buyer }
}

fn refusal(token: &str) -> TokenError {
    verifier().verify(token, NOW).unwrap_err()
}

/// `token` with its part number `at` replaced.
fn with_part(token: &str, at: usize, part: impl AsRef<[u8]>) -> String {
    let encoded = URL_SAFE_NO_PAD.encode(part);
    let mut parts: Vec<&str> = token.split('.').collect();
    parts[at] = &encoded;
    parts.join(".")
}

fn part(token: &str, at: usize) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_token_says_what_was_signed() {
    let claims = verifier().verify(&user_signer().issue(&jack(), NOW), NOW).unwrap();
    assert_eq!((claims.sub, claims.name.as_str(), claims.role), (61, "jack", Role::Buyer));
    assert_eq!((claims.iss.as_str(), claims.iat, claims.exp), ("user", NOW.0 / 1_000, NOW.0 / 1_000 + 1_800));
}

#[test]
fn the_wire_form_is_a_plain_jwt() {
    let token = user_signer().issue(&Identity { role: Role::StaffRead, ..jack() }, NOW);
    let kid = user_signer().public().kid.clone();
    assert_eq!(part(&token, 0), format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#));
    assert_eq!(
        part(&token, 1),
        r#"{"sub":"61","name":"jack","role":"staff-read","iss":"user","iat":1800000000,"exp":1800001800}"#
    );
}

#[test]
fn the_second_look_at_a_token_comes_from_memory() {
    let (verifier, token) = (verifier(), user_signer().issue(&jack(), NOW));
    let first = verifier.verify(&token, NOW).unwrap();
    assert!(Arc::ptr_eq(&first, &verifier.verify(&token, NOW).unwrap()));
}

#[test]
fn a_remembered_token_still_expires() {
    let (verifier, signer) = (verifier(), user_signer().with_lifetime_ms(MINUTE));
    let token = signer.issue(&jack(), NOW);
    assert!(verifier.verify(&token, NOW + (MINUTE - 1)).is_ok());
    assert_eq!(verifier.verify(&token, NOW + MINUTE).unwrap_err(), TokenError::Expired);
}

#[test]
fn a_token_from_the_future_is_refused_beyond_the_skew() {
    let token = user_signer().issue(&jack(), NOW);
    assert!(verifier().verify(&token, NOW - MINUTE).is_ok());
    assert_eq!(verifier().verify(&token, NOW - MINUTE - SECOND).unwrap_err(), TokenError::NotYetValid);
}

#[test]
fn an_altered_payload_is_refused_even_when_the_true_token_is_remembered() {
    let (verifier, token) = (verifier(), user_signer().issue(&jack(), NOW));
    verifier.verify(&token, NOW).unwrap();
    let altered = with_part(&token, 1, part(&token, 1).replace("buyer", "staff"));
    assert_eq!(verifier.verify(&altered, NOW).unwrap_err(), TokenError::BadSignature);
}

#[test]
fn a_forged_signature_is_refused() {
    let token = user_signer().issue(&jack(), NOW);
    assert_eq!(refusal(&with_part(&token, 2, [0; 64])), TokenError::BadSignature);
    assert_eq!(refusal(&with_part(&token, 2, [7; 63])), TokenError::Malformed);
    assert_eq!(refusal(&with_part(&token, 2, [])), TokenError::Malformed);
}

#[test]
fn another_key_is_unknown_and_cannot_borrow_a_known_name() {
    let token = signer(9, "user", KeyUse::Users).issue(&jack(), NOW);
    assert_eq!(refusal(&token), TokenError::UnknownKey);
    let borrowed = with_part(&token, 0, part(&user_signer().issue(&jack(), NOW), 0));
    assert_eq!(refusal(&borrowed), TokenError::BadSignature);
}

#[test]
fn only_one_algorithm_and_one_header_exist() {
    let token = user_signer().issue(&jack(), NOW);
    let header = part(&token, 0);
    for alg in ["none", "None", "HS256", "RS256", "ES256", "eddsa"] {
        assert_eq!(
            refusal(&with_part(&token, 0, header.replace("EdDSA", alg))),
            TokenError::Malformed,
            "{alg}"
        );
    }
    let critical = header.replace('}', r#","crit":["exp"]}"#);
    assert_eq!(refusal(&with_part(&token, 0, critical)), TokenError::Malformed);
    let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
    assert_eq!(refusal(&unsigned), TokenError::Malformed);
}

#[test]
fn a_key_vouches_only_for_its_own_kind() {
    for role in [Role::Buyer, Role::Staff, Role::StaffRead] {
        let token = trade_signer().issue(&Identity { role, ..jack() }, NOW);
        assert_eq!(refusal(&token), TokenError::NotEntitled, "{role:?} by a service key");
    }
    assert_eq!(refusal(&user_signer().issue(&Identity::service("user"), NOW)), TokenError::NotEntitled);
    assert!(verifier().verify(&trade_signer().issue(&Identity::service("trade"), NOW), NOW).is_ok());
}

#[test]
fn a_key_speaks_for_its_own_issuer_only() {
    // The same key, but the holder says it is `pay`.
    let token = signer(2, "pay", KeyUse::Service).issue(&Identity::service("pay"), NOW);
    assert_eq!(refusal(&token), TokenError::NotEntitled);
}

#[test]
fn public_keys_travel_as_json() {
    let keys = PublicKeys { keys: vec![user_signer().public().clone(), trade_signer().public().clone()] };
    let text = keys.to_json();
    assert!(
        text.starts_with(r#"{"keys":[{"kid":""#) && text.contains(r#""issuer":"user","use":"users","x":""#)
    );
    assert_eq!(PublicKeys::from_json(&text).unwrap(), keys);
    assert!(matches!(PublicKeys::from_json(r#"{"keys":[{}]}"#), Err(KeyError::Document(_))));
}

#[test]
fn two_keys_of_one_name_are_refused_but_one_key_twice_is_not() {
    let (one, mut other) = (user_signer().public().clone(), trade_signer().public().clone());
    assert!(Verifier::new([one.clone(), one.clone()]).is_ok());
    other.kid.clone_from(&one.kid);
    assert!(matches!(Verifier::new([one, other]), Err(KeyError::Ambiguous { .. })));
}

#[test]
fn bytes_that_are_no_key_are_refused() {
    // y = 2 is on no point of the curve.
    let mut key = user_signer().public().clone();
    key.x = std::array::from_fn(|at| if at == 0 { 2 } else { 0 });
    assert!(matches!(Verifier::new([key]), Err(KeyError::BadPublicKey { .. })));
}

#[test]
fn a_key_file_is_made_once_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("user.key");
    let load = |seed| {
        let mut rng = StdRng::seed_from_u64(seed);
        Signer::load_or_create(&path, "user", KeyUse::Users, &mut rng).unwrap()
    };
    let (first, again) = (load(1), load(2));
    assert_eq!(first.public(), again.public());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing half-made is left behind");
}

#[test]
fn a_key_file_open_to_others_or_damaged_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("user.key");
    let load = || {
        let mut rng = StdRng::seed_from_u64(1);
        Signer::load_or_create(&path, "user", KeyUse::Users, &mut rng).unwrap_err().to_string()
    };
    fs::write(&path, "nonsense").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(load().contains("user.key has mode 0640"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(load().contains("user.key holds no Ed25519 private key"));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(load().contains("user.key cannot be read"));
}

#[test]
fn a_key_made_by_openssl_is_read() {
    // RFC 8032, section 7.1, test 1, in the form `openssl genpkey` writes: a fixed prefix and the seed.
    let seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
    let prefix = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    let der = [prefix.as_slice(), &STANDARD.decode(seed).unwrap()].concat();
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
    let signer = Signer::from_pem_or_seed(&pem, "user", KeyUse::Users).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(signer.public().x), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
}

#[test]
fn a_signer_does_not_show_its_key() {
    let shown = format!("{:?}", user_signer());
    assert!(shown.contains("Signer") && !shown.contains("key: SigningKey") && !shown.contains("[1, 1, 1"));
}

#[test]
fn a_process_shows_one_token_until_half_its_lifetime() {
    let own = OwnToken::new(trade_signer().with_lifetime_ms(MINUTE));
    let first = own.at(NOW);
    assert_eq!(own.at(NOW + (MINUTE / 2 - 1)), first);
    let second = own.at(NOW + MINUTE / 2);
    assert_ne!(second, first);
    assert_ne!(own.at(NOW - MINUTE), second, "a clock set back asks for a new one");
    assert_eq!(verifier().verify(&second, NOW + MINUTE).unwrap().role, Role::Service);
}

proptest! {
    #[test]
    fn garbage_is_refused_without_a_panic(token in ".{0,4000}") {
        prop_assert_eq!(refusal(&token), TokenError::Malformed);
    }

    #[test]
    fn well_formed_garbage_is_refused_without_a_panic(parts in prop::array::uniform3(any::<Vec<u8>>())) {
        let token = parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
        prop_assert_eq!(refusal(&token), TokenError::Malformed);
    }

    #[test]
    fn a_token_changed_in_one_byte_is_refused(at in any::<prop::sample::Index>(), to in 0x20_u8..0x7f) {
        let token = user_signer().issue(&jack(), NOW);
        let mut bytes = token.clone().into_bytes();
        bytes[at.index(token.len())] = to;
        let changed = String::from_utf8(bytes).unwrap();
        prop_assume!(changed != token);
        prop_assert!(verifier().verify(&changed, NOW).is_err());
    }
}
