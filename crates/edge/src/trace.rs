//! The W3C trace a request belongs to; it goes along into history and messages.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName};

/// Carries the trace.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A `traceparent`: the client's, or one begun here. Empty for requests that came through no shell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace(pub String);

impl Trace {
    /// The trace that `headers` carry, if it is well-formed.
    pub fn sent(headers: &HeaderMap) -> Option<Self> {
        let sent = headers.get(TRACEPARENT).and_then(|value| value.to_str().ok());
        sent.filter(|text| well_formed(text)).map(|text| Self(text.to_owned()))
    }

    /// The client's trace if its header is well-formed, else a new one made of two fresh ids.
    pub(crate) fn of(headers: &HeaderMap, fresh: impl Fn() -> u64) -> Self {
        Self::sent(headers)
            .unwrap_or_else(|| Self(format!("00-{:016x}{:016x}-{:016x}-01", fresh(), fresh(), fresh())))
    }
}

/// Version 00, a trace id and a parent id that are not all zeros, flags.
fn well_formed(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let some = |part: &str| part.bytes().any(|byte| byte != b'0');
    match parts[..] {
        ["00", trace, parent, flags] => {
            hex(trace, 32) && some(trace) && hex(parent, 16) && some(parent) && hex(flags, 2)
        }
        _ => false,
    }
}

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sent: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(TRACEPARENT, sent.parse().unwrap());
        Trace::of(&headers, || 7).0
    }

    #[test]
    fn a_clients_trace_goes_on_and_anything_else_begins_a_new_one() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(of(good), good);
        for bad in
            ["", "x", "00-0-0-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01", "<script>"]
        {
            assert!(well_formed(&of(bad)) && of(bad) != bad, "{bad}");
        }
    }
}
