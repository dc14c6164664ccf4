//! Nobody else's page writes here.
//!
//! Every form carries a mark made from the visitor's cookie and who is logged in; another site can make a browser
//! send the cookies, but does not know the mark. Besides, browsers say which site a request comes from.

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

use super::Session;
use crate::site::Site;

const PURPOSE: &str = "form";
const FETCH_SITE: &str = "sec-fetch-site";

/// What forms of this visitor are marked with.
pub(super) fn mark(site: &Site, visitor: &str, session: Option<&Session>) -> String {
    site.key().mark(PURPOSE, &[visitor, &owner(session)])
}

/// Whether `sent` is that mark. A visitor without a cookie has no forms.
pub(super) fn is_mark(site: &Site, sent: &str, visitor: &str, session: Option<&Session>) -> bool {
    !visitor.is_empty() && site.key().is_mark(sent, PURPOSE, &[visitor, &owner(session)])
}

/// A renewed token is still the same login.
fn owner(session: Option<&Session>) -> String {
    session.map_or_else(String::new, |session| session.who.user.0.to_string())
}

/// Whether the browser says that the request comes from a page of ours, as far as it says anything.
pub(super) fn comes_from_here(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text(FETCH_SITE), text(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => text(HOST.as_str()).is_some_and(|host| {
            let at = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            at.is_some_and(|at| at.eq_ignore_ascii_case(host))
        }),
        (None, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(sent: &[(&'static str, &'static str)]) -> bool {
        comes_from_here(
            &sent.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect(),
        )
    }

    #[test]
    fn other_sites_are_told_by_what_browsers_say() {
        let host = ("host", "shop.example:8080");
        assert!(here(&[host]));
        assert!(here(&[host, ("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(here(&[host, ("origin", "http://shop.example:8080")]));
        for site in ["cross-site", "same-site", ""] {
            assert!(
                !here(&[host, ("sec-fetch-site", site), ("origin", "http://shop.example:8080")]),
                "{site}"
            );
        }
        for origin in ["null", "http://evil.example", "http://shop.example", "ftp://shop.example:8080"] {
            assert!(!here(&[host, ("origin", origin)]), "{origin}");
        }
    }
}
