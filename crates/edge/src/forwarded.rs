//! The client's address when a gateway of ours stands in between.
//!
//! Anybody can send `x-forwarded-for`. It counts only beside a token of the gateway, which goes in a header of its
//! own because `authorization` is the client's. Both headers are taken off every request, believed or not.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName};

/// Carries the address of the client the gateway forwards for.
pub const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// Carries the gateway's own token.
pub const GATEWAY_TOKEN: HeaderName = HeaderName::from_static("x-gateway-token");
/// The role whose word on the client's address counts ...
pub const GATEWAY: &str = "gateway";
/// ... and the one that serves pages, whose visitors are the gateway's clients.
pub const WEB: &str = "web";

/// Takes both headers off; answers the client's address if `is_gateway` holds of the token. Several addresses, or
/// none that can be read, are none: our gateway sends exactly one.
pub(crate) fn take(headers: &mut HeaderMap, is_gateway: impl FnOnce(&str) -> bool) -> Option<IpAddr> {
    let token = headers.remove(GATEWAY_TOKEN);
    let named: Vec<_> = headers.get_all(FORWARDED_FOR).iter().cloned().collect();
    headers.remove(FORWARDED_FOR);
    let [only] = named.as_slice() else { return None };
    let address = only.to_str().ok()?.parse().ok()?;
    is_gateway(token.as_ref()?.to_str().ok()?).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(sent: &[(&'static str, &'static str)]) -> Option<IpAddr> {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(*name, value.parse().unwrap());
        }
        let address = take(&mut headers, |token| token == "good");
        assert!(headers.is_empty(), "{headers:?} reaches the handler");
        address
    }

    #[test]
    fn the_address_counts_only_beside_the_gateways_token() {
        let address = ("x-forwarded-for", "192.0.2.7");
        assert_eq!(taken(&[address, ("x-gateway-token", "good")]), Some([192, 0, 2, 7].into()));
        assert_eq!(taken(&[address]), None);
        assert_eq!(taken(&[address, ("x-gateway-token", "forged")]), None);
        assert_eq!(taken(&[("x-gateway-token", "good")]), None);
    }

    #[test]
    fn anything_but_one_address_is_none() {
        let token = ("x-gateway-token", "good");
        for list in ["192.0.2.7, 192.0.2.8", "", "unknown", "192.0.2.7:80"] {
            assert_eq!(taken(&[("x-forwarded-for", list), token]), None, "{list}");
        }
        let two = [("x-forwarded-for", "192.0.2.7"), ("x-forwarded-for", "192.0.2.8"), token];
        assert_eq!(taken(&two), None);
    }
}
