//! Tokens at the edge.

use std::sync::Arc;

use auth::token::{Claims, KeyRing, Role as TokenRole, Verifier};
use clock::Ms;
use edge::{Authenticator, Principal, Role};
use model::UserId;

/// Establishes callers by their tokens.
pub struct Tokens(pub Verifier);

impl Authenticator for Tokens {
    fn authenticate(&self, token: &str, now: Ms) -> Option<Principal> {
        self.0.verify(token, now).ok().map(|claims| principal(&claims))
    }
}

/// Establishes callers by the keys of all processes.
pub struct RingTokens(pub Arc<KeyRing>);

impl Authenticator for RingTokens {
    fn authenticate(&self, token: &str, now: Ms) -> Option<Principal> {
        self.0.verify(token, now).ok().map(|claims| principal(&claims))
    }
}

/// A user is called what the token says; a process what its key says, so that none passes for another.
fn principal(claims: &Claims) -> Principal {
    let (role, name) = match claims.role {
        TokenRole::Buyer => (Role::Buyer, &claims.name),
        TokenRole::Staff => (Role::Staff, &claims.name),
        TokenRole::StaffRead => (Role::StaffRead, &claims.name),
        TokenRole::Service => (Role::Service, &claims.iss),
    };
    Principal { user: UserId(claims.sub), role, name: name.clone() }
}
