//! A login that is half over is renewed by the next look at a page, so that nobody is logged out while reading.

use clock::Ms;

use super::{Session, Visit};
use crate::client::{Client, Trouble};

/// The login to go on with: `session`, a renewed one, or none if it was taken away.
pub(super) async fn renewed(visit: &Visit, session: Session, now: Ms) -> Option<Session> {
    if !session.is_half_over(now) {
        return Some(session);
    }
    match Client::of(visit).owning(&session.token).renew().await {
        Ok(told) => Session::of(visit.site(), &told.token, now).or(Some(session)),
        Err(Trouble::Refused(refusal)) if [401, 403].contains(&refusal.status.as_u16()) => None,
        // Not now; it lasts a while yet.
        Err(_) => Some(session),
    }
}
