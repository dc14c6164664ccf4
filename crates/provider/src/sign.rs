//! Signatures of the protocol: who has the key has written this, just now, for this request alone.

use clock::Ms;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;

/// When it was signed, in epoch milliseconds.
pub const TIMESTAMP: HeaderName = HeaderName::from_static("x-timestamp");
/// A text that is used once.
pub const NONCE: HeaderName = HeaderName::from_static("x-nonce");
/// The signature, in hexadecimal.
pub const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

/// How far two clocks may be apart, and how long a request may be under way, in milliseconds.
pub const TOLERANCE_MS: i64 = 5 * clock::MINUTE;
/// What stands for the method in the signature of an answer.
pub const ANSWER: &str = "ANSWER";
/// The longest nonce.
const NONCE_LEN_MAX: usize = 64;
/// A key that is shorter could be guessed.
const KEY_LEN_MIN: usize = 32;

/// The secret that both sides have. It is not shown.
#[derive(Clone)]
pub struct Key(Vec<u8>);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(hidden)")
    }
}

/// The key is too short to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key has at least {KEY_LEN_MIN} bytes")]
pub struct ShortKey;

/// All that a signature is over.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The method, or [`ANSWER`].
    pub method: &'a str,
    /// The path, with its query.
    pub path: &'a str,
    /// When, in epoch milliseconds.
    pub at: Ms,
    /// Used once.
    pub nonce: &'a str,
    /// The body, byte by byte.
    pub body: &'a [u8],
}

/// Why a request is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbelieved {
    /// The signature is missing or wrong.
    #[error("the signature is missing or wrong")]
    Signature,
    /// It was signed too long ago, or lies in the future.
    #[error("it was not signed just now")]
    Stale,
}

impl Key {
    /// The key of these bytes, such as the content of a file.
    pub fn new(bytes: &[u8]) -> Result<Self, ShortKey> {
        let bytes = bytes.trim_ascii();
        if bytes.len() < KEY_LEN_MIN { Err(ShortKey) } else { Ok(Self(bytes.to_vec())) }
    }

    /// The signature, in hexadecimal.
    pub fn sign(&self, signed: Signed<'_>) -> String {
        let tag = self.mac(signed).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default();
        let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
        tag.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }

    /// Whether the signature is right; takes as long for a wrong one, wherever it is wrong.
    pub fn verify(&self, signed: Signed<'_>, signature: &str) -> bool {
        let Some(tag) = unhex(signature) else { return false };
        self.mac(signed).is_some_and(|mac| mac.verify_slice(&tag).is_ok())
    }

    /// The headers of a signed request.
    pub fn headers(&self, signed: Signed<'_>) -> HeaderMap {
        let texts = [
            (TIMESTAMP, signed.at.0.to_string()),
            (NONCE, signed.nonce.to_owned()),
            (SIGNATURE, self.sign(signed)),
        ];
        let values =
            texts.into_iter().filter_map(|(name, text)| Some((name, HeaderValue::try_from(text).ok()?)));
        values.collect()
    }

    /// Checks a request that came in at `now`; answers its time and nonce.
    pub fn check<'h>(
        &self,
        (method, path): (&str, &str),
        headers: &'h HeaderMap,
        body: &[u8],
        now: Ms,
    ) -> Result<(Ms, &'h str), Unbelieved> {
        let text =
            |name| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(Unbelieved::Signature);
        let (at, nonce, signature) = (text(TIMESTAMP)?, text(NONCE)?, text(SIGNATURE)?);
        let at = at.parse().map(Ms).map_err(|_| Unbelieved::Signature)?;
        let signed = Signed { method, path, at, nonce, body };
        if nonce.len() > NONCE_LEN_MAX || !self.verify(signed, signature) {
            return Err(Unbelieved::Signature);
        }
        let apart_ms = now.0.abs_diff(at.0);
        if apart_ms > TOLERANCE_MS.unsigned_abs() { Err(Unbelieved::Stale) } else { Ok((at, nonce)) }
    }

    /// Each part has its length before it, so that no two requests are signed alike.
    fn mac(&self, signed: Signed<'_>) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        let at = signed.at.0.to_string();
        let parts = [
            signed.method.as_bytes(),
            signed.path.as_bytes(),
            at.as_bytes(),
            signed.nonce.as_bytes(),
            signed.body,
        ];
        for part in parts {
            mac.update(format!("{}\n", part.len()).as_bytes());
            mac.update(part);
        }
        Some(mac)
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Ms = Ms(1_790_000_000_000);

    fn key() -> Key {
        Key::new(&[7; 32]).unwrap()
    }

    fn signed<'a>() -> Signed<'a> {
        Signed { method: "POST", path: "/payments", at: NOW, nonce: "n1", body: b"{}" }
    }

    #[test]
    fn every_part_counts() {
        let (right, good) = (signed(), key().sign(signed()));
        assert!(key().verify(right, &good));
        let others = [
            Signed { method: "PUT", ..right },
            Signed { path: "/payment", ..right },
            Signed { at: NOW + 1, ..right },
            Signed { nonce: "n2", ..right },
            Signed { body: b"{ }", ..right },
            // The same bytes, cut elsewhere.
            Signed { method: "POST/", path: "payments", ..right },
        ];
        for other in others {
            assert!(!key().verify(other, &good), "{other:?}");
        }
        assert!(!Key::new(&[8; 32]).unwrap().verify(right, &good));
        for bad in ["", "zz", "é", &good[2..], &good[1..], &format!("{good}00")] {
            assert!(!key().verify(right, bad), "{bad}");
        }
    }

    #[test]
    fn a_request_counts_for_a_while_before_and_after() {
        let headers = key().headers(signed());
        let check = |now| key().check(("POST", "/payments"), &headers, b"{}", now);
        assert_eq!(check(NOW), Ok((NOW, "n1")));
        assert_eq!((check(NOW + TOLERANCE_MS).is_ok(), check(NOW - TOLERANCE_MS).is_ok()), (true, true));
        assert_eq!(check(NOW + (TOLERANCE_MS + 1)), Err(Unbelieved::Stale));
        assert_eq!(check(NOW - (TOLERANCE_MS + 1)), Err(Unbelieved::Stale));
        assert_eq!(
            key().check(("POST", "/payments"), &HeaderMap::new(), b"{}", NOW),
            Err(Unbelieved::Signature)
        );
    }

    #[test]
    fn a_short_key_is_none_and_no_key_is_shown() {
        assert_eq!(Key::new(b"secret\n").err(), Some(ShortKey));
        assert_eq!(format!("{:?}", key()), "Key(hidden)");
    }
}
