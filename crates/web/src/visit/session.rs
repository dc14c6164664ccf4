//! A login: the token in its cookie.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::{Ms, SECOND};
use edge::{Principal, Role};
use serde::Deserialize;

use crate::site::Site;

/// The cookie with the token.
pub(crate) const SESSION: &str = "sandglass_session";
/// The longest token that is looked at.
const TOKEN_MAX: usize = 2_048;

/// Who is logged in, and until when. It holds the token: no `Debug`.
#[derive(Clone)]
pub(crate) struct Session {
    pub(crate) token: String,
    pub(crate) who: Principal,
    issued: Ms,
    expires: Ms,
}

/// The token's own words on its time, in seconds since the epoch. They are read only after the token was checked.
#[derive(Deserialize)]
struct Span {
    iat: i64,
    exp: i64,
}

impl Session {
    /// The login that `token` proves at `now`, if it does.
    pub(crate) fn of(site: &Site, token: &str, now: Ms) -> Option<Self> {
        if token.len() > TOKEN_MAX {
            return None;
        }
        let who = site.authenticate(token, now)?;
        // Processes have no business on pages.
        if who.role == Role::Service {
            return None;
        }
        let span = span(token)?;
        let (issued, expires) = (Ms(span.iat * SECOND), Ms(span.exp * SECOND));
        Some(Self { token: token.to_owned(), who, issued, expires })
    }

    /// Whether half of its time is over.
    pub(crate) fn is_half_over(&self, now: Ms) -> bool {
        now.since(self.issued) * 2 >= self.expires.since(self.issued)
    }

    /// How many seconds it lasts from `now`.
    pub(crate) fn seconds_left(&self, now: Ms) -> i64 {
        (self.expires.since(now) / SECOND).max(0)
    }
}

fn span(token: &str) -> Option<Span> {
    let payload = token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
}
