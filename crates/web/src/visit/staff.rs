//! Pages for staff alone. Whoever is not logged in is asked to; a buyer is told that the page is not for them.

use axum::extract::FromRequestParts;
use edge::{Principal, Role};
use http::request::Parts;

use super::Visit;
use crate::failed::Failed;

/// A visitor who may change things: role staff.
pub struct Staff(pub Principal);

/// A visitor who may look: role staff or staff-read.
pub struct StaffRead(pub Principal);

impl<S: Sync> FromRequestParts<S> for Staff {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failed> {
        required(parts, state, &[Role::Staff]).await.map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for StaffRead {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failed> {
        required(parts, state, &[Role::Staff, Role::StaffRead]).await.map(Self)
    }
}

async fn required<S: Sync>(parts: &mut Parts, state: &S, roles: &[Role]) -> Result<Principal, Failed> {
    let visit = Visit::from_request_parts(parts, state).await?;
    let who = visit.session().map(|session| session.who.clone()).ok_or_else(Failed::login)?;
    if roles.contains(&who.role) { Ok(who) } else { Err(Failed::forbidden()) }
}
