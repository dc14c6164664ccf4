//! The half of a key that everybody may know, and the document in which keys travel.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{KeyError, Role};

/// How many characters of the public key name it: 96 bits.
const KID_CHARS: usize = 16;

/// Whom a key may vouch for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyUse {
    /// Buyers and staff: the key of `user`.
    Users,
    /// The process that holds it, and nobody else.
    Service,
}

impl KeyUse {
    pub(super) fn vouches_for(self, role: Role) -> bool {
        (self == KeyUse::Service) == (role == Role::Service)
    }
}

/// A key others check signatures with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    /// The key's name in token headers: the first characters of `x`.
    pub kid: String,
    /// The role of the process that signs with it.
    pub issuer: String,
    /// Whom it may vouch for.
    #[serde(rename = "use")]
    pub key_use: KeyUse,
    /// The Ed25519 public key; base64url in the document.
    #[serde(serialize_with = "write_x", deserialize_with = "read_x")]
    pub x: [u8; 32],
}

impl PublicKey {
    pub(super) fn new(issuer: &str, key_use: KeyUse, x: [u8; 32]) -> Self {
        let mut kid = URL_SAFE_NO_PAD.encode(x);
        kid.truncate(KID_CHARS);
        Self { kid, issuer: issuer.to_owned(), key_use, x }
    }
}

/// The keys a process believes, as they are published and kept on disk:
/// `{"keys":[{"kid":"…","issuer":"user","use":"users","x":"…"}]}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKeys {
    /// In no particular order.
    pub keys: Vec<PublicKey>,
}

impl PublicKeys {
    /// Reads the document.
    pub fn from_json(text: &str) -> Result<Self, KeyError> {
        serde_json::from_str(text).map_err(KeyError::Document)
    }

    /// Writes the document.
    #[expect(clippy::missing_panics_doc, reason = "strings and lists always serialise")]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and lists always serialise")
    }
}

fn write_x<S: Serializer>(x: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&URL_SAFE_NO_PAD.encode(x))
}

fn read_x<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(de::Error::custom)?;
    bytes.try_into().map_err(|_| de::Error::custom("an Ed25519 public key has 32 bytes"))
}
