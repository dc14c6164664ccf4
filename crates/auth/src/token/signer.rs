//! The private half of a key, and the tokens it signs.

use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::{MINUTE, Ms};
use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signer as _, SigningKey};
use rand::CryptoRng;

use super::{Claims, Identity, KeyError, KeyUse, PublicKey, jws, key_file};

/// How long a token is valid unless said otherwise, in milliseconds.
pub const LIFETIME_MS: i64 = 30 * MINUTE;

/// Signs tokens with one private key. It signs what it is told; what a key may vouch for is the verifier's to say,
/// for whoever steals a key would not use this type.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    public: PublicKey,
    header: String,
    lifetime_ms: i64,
}

impl Signer {
    /// A signer from the text of a private key: PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` writes it, or
    /// the 32-byte seed in base64url without padding. `issuer` is the role of this process.
    pub fn from_pem_or_seed(text: &str, issuer: &str, key_use: KeyUse) -> Result<Self, KeyError> {
        let text = text.trim();
        let key = match SigningKey::from_pkcs8_pem(text) {
            Ok(key) => key,
            Err(_) => SigningKey::from_bytes(&seed(text)?),
        };
        Ok(Self::new(key, issuer, key_use))
    }

    /// The signer whose key is in the file at `path`; a file that is not there is made first, readable by its
    /// owner alone. When several processes make it at once, all end up with the same key.
    pub fn load_or_create(
        path: &Path,
        issuer: &str,
        key_use: KeyUse,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, KeyError> {
        let text = key_file::load_or_create(path, rng)?;
        Self::from_pem_or_seed(&text, issuer, key_use)
            .map_err(|_| KeyError::Corrupt { path: path.to_owned() })
    }

    fn new(key: SigningKey, issuer: &str, key_use: KeyUse) -> Self {
        let public = PublicKey::new(issuer, key_use, key.verifying_key().to_bytes());
        Self { header: jws::header(&public.kid), key, public, lifetime_ms: LIFETIME_MS }
    }

    /// The same signer whose tokens live `lifetime_ms` milliseconds.
    #[must_use]
    pub fn with_lifetime_ms(self, lifetime_ms: i64) -> Self {
        Self { lifetime_ms, ..self }
    }

    /// How long its tokens live, in milliseconds.
    pub fn lifetime_ms(&self) -> i64 {
        self.lifetime_ms
    }

    /// The key others check this signer's tokens with.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// A token about `identity`, valid from `now` for the signer's lifetime.
    pub fn issue(&self, identity: &Identity, now: Ms) -> String {
        self.sign(&Claims {
            sub: identity.user,
            name: identity.name.clone(),
            role: identity.role,
            iss: self.public.issuer.clone(),
            iat: seconds(now),
            exp: seconds(now + self.lifetime_ms),
        })
    }

    fn sign(&self, claims: &Claims) -> String {
        let payload = serde_json::to_vec(claims).expect("strings and numbers always serialise");
        let signed = format!("{}.{}", self.header, jws::encode(payload));
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", jws::encode(signature.to_bytes()))
    }
}

/// Shows the public half only.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("public", &self.public).finish_non_exhaustive()
    }
}

fn seed(text: &str) -> Result<[u8; 32], KeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::NotAKey)?;
    bytes.try_into().map_err(|_| KeyError::NotAKey)
}

pub(super) fn seconds(at: Ms) -> i64 {
    at.0.div_euclid(clock::SECOND)
}
