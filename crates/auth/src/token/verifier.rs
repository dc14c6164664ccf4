//! Checks tokens against the keys it was given, and remembers those it found good.

use std::collections::BTreeMap;
use std::sync::Arc;

use clock::Ms;
use ed25519_dalek::{Signature, VerifyingKey};
use quick_cache::sync::Cache;

use super::signer::seconds;
use super::{Claims, KeyError, KeyUse, PublicKey, TokenError, jws};

/// How far machines' clocks may differ, in seconds, before a token counts as issued in the future.
pub const CLOCK_SKEW_S: i64 = 60;

/// How many good tokens are remembered. Checking a signature costs tens of microseconds, which would be most of
/// what a small request costs; a buyer sends the same token for half an hour.
const REMEMBERED_MAX: usize = 10_000;

/// Checks tokens. Made anew when the keys change, so a withdrawn key takes its remembered tokens with it.
pub struct Verifier {
    keys: BTreeMap<String, Known>,
    good: Cache<Box<str>, Arc<Claims>>,
}

struct Known {
    key: VerifyingKey,
    issuer: String,
    key_use: KeyUse,
}

impl Verifier {
    /// A verifier that believes `keys` and no others. The same key twice is fine.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Result<Self, KeyError> {
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        for public in keys {
            let kid = public.kid.clone();
            let one = Known::try_from(public)?;
            if known.get(&kid).is_some_and(|other| !other.same(&one)) {
                return Err(KeyError::Ambiguous { kid });
            }
            known.insert(kid, one);
        }
        Ok(Self { keys: known, good: Cache::new(REMEMBERED_MAX) })
    }

    /// What `token` (without `Bearer `) says, if it is to be believed at `now`.
    pub fn verify(&self, token: &str, now: Ms) -> Result<Arc<Claims>, TokenError> {
        // The cache compares whole tokens, so another signature under the same claims is another token.
        if let Some(claims) = self.good.get(token) {
            return in_time(&claims, now).map(|()| claims);
        }
        let claims = Arc::new(self.read(token)?);
        in_time(&claims, now)?;
        self.good.insert(token.into(), claims.clone());
        Ok(claims)
    }

    fn read(&self, token: &str) -> Result<Claims, TokenError> {
        let parts = jws::split(token)?;
        let known = self.keys.get(&parts.kid).ok_or(TokenError::UnknownKey)?;
        let signature = Signature::from_bytes(&parts.signature);
        known.key.verify_strict(parts.signed, &signature).map_err(|_| TokenError::BadSignature)?;
        let claims: Claims = serde_json::from_slice(&parts.payload).map_err(|_| TokenError::Malformed)?;
        if known.key_use.vouches_for(claims.role) && known.issuer == claims.iss {
            Ok(claims)
        } else {
            Err(TokenError::NotEntitled)
        }
    }
}

impl Known {
    fn same(&self, other: &Self) -> bool {
        self.key == other.key && self.issuer == other.issuer && self.key_use == other.key_use
    }
}

impl TryFrom<PublicKey> for Known {
    type Error = KeyError;

    fn try_from(public: PublicKey) -> Result<Self, KeyError> {
        let PublicKey { kid, issuer, key_use, x } = public;
        match VerifyingKey::from_bytes(&x) {
            Ok(key) => Ok(Self { key, issuer, key_use }),
            Err(_) => Err(KeyError::BadPublicKey { kid, issuer }),
        }
    }
}

fn in_time(claims: &Claims, now: Ms) -> Result<(), TokenError> {
    let now_s = seconds(now);
    if now_s >= claims.exp {
        Err(TokenError::Expired)
    } else if claims.iat > now_s.saturating_add(CLOCK_SKEW_S) {
        Err(TokenError::NotYetValid)
    } else {
        Ok(())
    }
}
