//! Signed tokens: a process whose key we know says who the caller is.
//!
//! A token is a JWT signed with Ed25519 (`alg: EdDSA`). The `user` process signs those of buyers and staff; each
//! process signs its own for calls to the others. The [`Verifier`] knows for every public key which of the two it
//! may vouch for, so a stolen service key makes no staff member. Public keys travel as [`PublicKeys`], which
//! others keep on disk: tokens are checked while `user` is down.
//!
//! The codec is our own, on `ed25519-dalek`, since it needs to read exactly one form of token: one algorithm, one
//! header, no options. A general library would bring either `rsa` with RUSTSEC-2023-0071 or a C library, or ask
//! for a signing provider as long as this codec.

mod claims;
mod jws;
mod key_file;
mod key_ring;
mod own;
mod public_key;
mod signer;
#[cfg(test)]
mod tests;
mod verifier;

pub use claims::{Claims, Identity, Role};
pub use key_file::KeyError;
pub use key_ring::KeyRing;
pub use own::OwnToken;
pub use public_key::{KeyUse, PublicKey, PublicKeys};
pub use signer::{LIFETIME_MS, Signer};
pub use verifier::{CLOCK_SKEW_S, Verifier};

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token of ours at all: too long, other parts, another algorithm, another header, other claims.
    #[error("the token is malformed")]
    Malformed,
    /// The key it names did not sign it.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// It names a key that is not known here (or not yet: the keys may have to be fetched again).
    #[error("the token is signed with an unknown key")]
    UnknownKey,
    /// Issued in the future by more than machines' clocks differ ([`CLOCK_SKEW_S`]).
    #[error("the token is not valid yet")]
    NotYetValid,
    /// Well signed, but the key may not vouch for this role or speaks for another issuer.
    #[error("the token's key may not vouch for what it claims")]
    NotEntitled,
}
