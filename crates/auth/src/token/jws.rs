//! The compact form `header.payload.signature`, each part base64url without padding.
//!
//! Strict on purpose: one algorithm, a header of known fields only (an unknown one might change what the
//! signature means, as `crit` does), a bounded length.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::TokenError;

/// The longest token that is looked at, in bytes. Ours are around 300.
const TOKEN_BYTES_MAX: usize = 2_048;

#[derive(Deserialize)]
enum Algorithm {
    EdDSA,
}

#[derive(Deserialize)]
enum Type {
    #[serde(rename = "JWT")]
    Jwt,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    #[serde(rename = "alg")]
    _alg: Algorithm,
    #[serde(rename = "typ")]
    _typ: Option<Type>,
    kid: String,
}

/// A token taken apart; nothing in it is to be believed before the signature is checked.
pub(super) struct Parts<'a> {
    /// Which key is said to have signed.
    pub(super) kid: String,
    /// The bytes that are signed.
    pub(super) signed: &'a [u8],
    /// The claims as JSON.
    pub(super) payload: Vec<u8>,
    /// The signature over `signed`.
    pub(super) signature: [u8; 64],
}

/// Takes a token apart, or finds it malformed.
pub(super) fn split(token: &str) -> Result<Parts<'_>, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(TokenError::Malformed)?;
    let header: Header = serde_json::from_slice(&decode(header)?).map_err(|_| TokenError::Malformed)?;
    Ok(Parts {
        kid: header.kid,
        signed: signed.as_bytes(),
        payload: decode(payload)?,
        signature: decode(signature)?.try_into().map_err(|_| TokenError::Malformed)?,
    })
}

/// The first part of every token signed with the key `kid`, which is base64url and needs no escaping.
pub(super) fn header(kid: &str) -> String {
    encode(format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#))
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

// A further dot is no base64url, so more than three parts end here.
fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}
