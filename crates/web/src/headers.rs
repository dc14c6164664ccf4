//! The headers every page has.

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::visit::Visit;

const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");
const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// Sets them. What a page shows is its reader's alone, and nothing in it comes from, or goes, elsewhere.
pub(crate) fn set(visit: &Visit, headers: &mut HeaderMap) {
    let policy = HeaderValue::from_str(&policy(visit.site().pictures_from()));
    if let Ok(policy) = policy {
        headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    let fixed = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        // Our own pages may say where a form stands; others hear nothing.
        (REFERRER_POLICY, "same-origin"),
        (VARY, "cookie, accept-language"),
        (PERMISSIONS, "camera=(), microphone=(), geolocation=(), payment=()"),
        (OPENER, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

fn policy(pictures_from: &[String]) -> String {
    let pictures = [&["'self'".to_owned()], pictures_from].concat().join(" ");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}
