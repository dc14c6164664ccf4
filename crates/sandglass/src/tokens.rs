//! Tokens at the edge.

use auth::token::{Role as TokenRole, Verifier};
use clock::Ms;
use edge::{Authenticator, Principal, Role};
use model::UserId;

/// Establishes callers by their tokens.
pub struct Tokens(pub Verifier);

impl Authenticator for Tokens {
    fn authenticate(&self, token: &str, now: Ms) -> Option<Principal> {
        let claims = self.0.verify(token, now).ok()?;
        let role = match claims.role {
            TokenRole::Buyer => Role::Buyer,
            TokenRole::Staff => Role::Staff,
            TokenRole::StaffRead => Role::StaffRead,
            TokenRole::Service => Role::Service,
        };
        Some(Principal { user: UserId(claims.sub), role, name: claims.name.clone() })
    }
}
