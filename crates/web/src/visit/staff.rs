//! Pages for staff alone. Whoever is not logged in is asked to; a buyer is told that the page is not for them.

use axum::extract::FromRequestParts;
use edge::Role;
use http::request::Parts;

use super::Visit;
use crate::failed::Failed;

/// A visitor who may change things: role staff.
pub(crate) struct Staff;

/// A visitor who may look: role staff or staff-read.
pub(crate) struct StaffRead;

impl<S: Sync> FromRequestParts<S> for Staff {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failed> {
        required(parts, state, &[Role::Staff]).await.map(|()| Self)
    }
}

impl<S: Sync> FromRequestParts<S> for StaffRead {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failed> {
        required(parts, state, &[Role::Staff, Role::StaffRead]).await.map(|()| Self)
    }
}

async fn required<S: Sync>(parts: &mut Parts, state: &S, roles: &[Role]) -> Result<(), Failed> {
    let visit = Visit::from_request_parts(parts, state).await?;
    let role = visit.session().map(|session| session.who.role).ok_or_else(Failed::login)?;
    if roles.contains(&role) { Ok(()) } else { Err(Failed::forbidden()) }
}
