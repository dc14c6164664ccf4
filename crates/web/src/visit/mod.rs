//! A visit: what is known of whoever asks for a page, established once on the way in.
//!
//! [`enter`] reads the cookies, renews a login that is half over, and on the way out sets the headers every page
//! has, shows failures as pages, and keeps the visitor's cookies. Handlers take a [`Visit`]; what writes takes a
//! [`Posted`] form, which is refused unless it was rendered for this very visitor.

mod csrf;
mod enter;
mod flash;
mod form;
mod renew;
mod session;
mod staff;

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::request::Parts;

pub(crate) use enter::enter;
pub(crate) use flash::{FLASH, Flash, Tone};
pub(crate) use form::{Fields, Posted, is_id};
pub(crate) use session::{SESSION, Session};
pub use staff::{Staff, StaffRead};

use crate::failed::Failed;
use crate::i18n::Lang;
use crate::secret::hex;
use crate::site::Site;
use crate::theme::Theme;

/// The cookie that tells one visitor's forms from another's.
pub(crate) const VISITOR: &str = "sandglass_visitor";
/// The cookie with the chosen language.
pub(crate) const LANG: &str = "lang";
/// The cookie with the chosen theme.
pub(crate) const THEME: &str = "theme";
/// How long choices are remembered, in seconds.
pub(crate) const YEAR_S: i64 = 365 * 24 * 3_600;

/// What is known of whoever asks. Clones are cheap.
#[derive(Clone)]
pub struct Visit(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    site: Site,
    lang: Lang,
    theme: Theme,
    session: Option<Session>,
    ran_out: bool,
    visitor: String,
    flash: Option<Flash>,
    from: IpAddr,
    secure: bool,
    request_id: String,
    trace: String,
    here: String,
}

impl Visit {
    /// The site that is visited.
    pub(crate) fn site(&self) -> &Site {
        &self.0.site
    }

    /// In which language.
    pub(crate) fn lang(&self) -> Lang {
        self.0.lang
    }

    /// In which colours.
    pub(crate) fn theme(&self) -> Theme {
        self.0.theme
    }

    /// Who is logged in.
    pub(crate) fn session(&self) -> Option<&Session> {
        self.0.session.as_ref()
    }

    /// Whether a login was shown that is over.
    pub(crate) fn ran_out(&self) -> bool {
        self.0.ran_out
    }

    /// What the last page left to be said.
    pub(crate) fn flash(&self) -> Option<&Flash> {
        self.0.flash.as_ref()
    }

    /// Where the visitor is.
    pub(crate) fn from(&self) -> IpAddr {
        self.0.from
    }

    /// Whether the visitor came over TLS.
    pub(crate) fn secure(&self) -> bool {
        self.0.secure
    }

    /// The request's id and trace, for what is asked on its behalf.
    pub(crate) fn told_as(&self) -> (&str, &str) {
        (&self.0.request_id, &self.0.trace)
    }

    /// The page's own path and query.
    pub(crate) fn here(&self) -> &str {
        &self.0.here
    }

    /// Which visitor, logged in or not.
    pub(crate) fn visitor(&self) -> &str {
        &self.0.visitor
    }

    /// What the visitor's forms are marked with.
    pub(crate) fn form_mark(&self) -> String {
        csrf::mark(&self.0.site, &self.0.visitor, self.session())
    }

    /// A fresh idempotency key, for a form that writes.
    pub(crate) fn fresh_key(&self) -> String {
        hex(&self.0.site.random())
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failed> {
        parts.extensions.get::<Self>().cloned().ok_or_else(Failed::internal)
    }
}
