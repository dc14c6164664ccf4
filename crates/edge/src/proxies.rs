//! The client's address when proxies of the operator's stand in front.
//!
//! Each of them adds to `x-forwarded-for` whom it heard from, so the list is read from its right end: as long as a
//! machine that is trusted says whom it heard from, that is believed; the first that is not trusted is the client,
//! and whatever stands before it are its own words. From anybody else the header means nothing. The nearest of them
//! is believed also in whether the client came over TLS.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::{ClientAddr, FORWARDED_FOR, GATEWAY_TOKEN};

/// Carries the scheme the client used.
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// That the client came over TLS, on the word of a proxy that is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverTls;

/// The most proxies that a request may have come through; what says it came through more is not read further.
const HOPS_MAX: usize = 16;

/// The networks of proxies whose word on the client's address counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Arc<[IpNet]>);

impl FromIterator<IpNet> for Proxies {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().collect())
    }
}

impl Proxies {
    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request comes from whose connection is `peer`'s.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for hop in hops(headers).take(HOPS_MAX) {
            if !self.trust(client) {
                break;
            }
            // What cannot be read ends the list: more is not known than who sent it.
            let Some(address) = hop else { break };
            client = address;
        }
        client
    }
}

/// The addresses of all `x-forwarded-for` headers as one list, the last one first; `None` is one that is none.
fn hops(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let lists = headers.get_all(FORWARDED_FOR).into_iter().rev();
    lists.flat_map(|list| list.to_str().unwrap_or("?").rsplit(',').map(address))
}

/// An address as proxies write it: bare, or with the port that it came from.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

/// Notes for `router` where each request comes from, believing `proxies`, and takes the header off. To be put around
/// a door that clients reach; without any proxies it is the `router` itself.
pub fn behind(router: Router, proxies: Proxies) -> Router {
    if proxies.0.is_empty() { router } else { router.layer(middleware::from_fn_with_state(proxies, note)) }
}

async fn note(State(proxies): State<Proxies>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    if let Some(peer) = peer {
        let client = proxies.client(peer, request.headers());
        request.extensions_mut().insert(ClientAddr(client));
        if proxies.trust(peer.to_canonical()) && says_tls(request.headers()) {
            request.extensions_mut().insert(OverTls);
        }
    }
    // Beside a token of ours it is for the shell to judge, which takes both off.
    if !request.headers().contains_key(GATEWAY_TOKEN) {
        request.headers_mut().remove(FORWARDED_FOR);
    }
    next.run(request).await
}

/// The nearest proxy's word, which is the last one.
fn says_tls(headers: &HeaderMap) -> bool {
    let last = headers.get_all(FORWARDED_PROTO).into_iter().next_back().and_then(|list| list.to_str().ok());
    let last = last.and_then(|list| list.rsplit(',').next());
    last.is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies() -> Proxies {
        ["10.0.0.0/8", "192.0.2.1/32", "2001:db8:1::/48"].iter().map(|net| net.parse().unwrap()).collect()
    }

    /// Whose request it is that comes from `peer` with these headers.
    fn client(peer: &str, lists: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append(FORWARDED_FOR, list.parse().unwrap());
        }
        proxies().client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_is_who_it_is_whatever_it_says() {
        for said in ["198.51.100.7", "10.0.0.1", "192.0.2.1, 10.0.0.1", "", "rubbish"] {
            assert_eq!(client("203.0.113.5", &[said]), "203.0.113.5", "{said}");
        }
        assert_eq!(client("2001:db8:2::1", &["198.51.100.7"]), "2001:db8:2::1");
    }

    #[test]
    fn a_proxy_says_whom_it_heard_from() {
        assert_eq!(client("10.1.2.3", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client("192.0.2.1", &[" 198.51.100.7 "]), "198.51.100.7");
        assert_eq!(client("192.0.2.2", &["198.51.100.7"]), "192.0.2.2", "its neighbour is not trusted");
        assert_eq!(client("10.1.2.3", &[]), "10.1.2.3", "it asks for itself");
    }

    #[test]
    fn several_proxies_are_followed_and_no_further() {
        assert_eq!(client("10.0.0.1", &["198.51.100.7, 192.0.2.1, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["198.51.100.7", "192.0.2.1", "10.0.0.2"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["127.0.0.1, 10.9.9.9, 198.51.100.7, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(client("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3", "a client within the network");
    }

    #[test]
    fn rubbish_ends_the_list_where_it_stands() {
        assert_eq!(client("10.0.0.1", &["198.51.100.7, unknown, 10.0.0.2"]), "10.0.0.2");
        for rubbish in ["", "unknown", "_hidden", "198.51.100.7;", "198.51.100.256", "for=198.51.100.7", ","]
        {
            assert_eq!(client("10.0.0.1", &[rubbish]), "10.0.0.1", "{rubbish}");
        }
        assert_eq!(client("10.0.0.1", &["198.51.100.7", ""]), "10.0.0.1");
        let binary = http::HeaderValue::from_bytes(b"198.51.100.7, \xff").unwrap();
        let headers = HeaderMap::from_iter([(FORWARDED_FOR, binary)]);
        assert_eq!(proxies().client([10, 0, 0, 1].into(), &headers).to_string(), "10.0.0.1");
    }

    #[test]
    fn however_long_the_list_it_is_read_so_far_only() {
        let long = format!("198.51.100.7, {}", vec!["10.0.0.2"; HOPS_MAX].join(", "));
        assert_eq!(client("10.0.0.1", &[&long]), "10.0.0.2");
    }

    #[test]
    fn the_nearest_proxy_says_whether_the_client_came_over_tls() {
        let says = |lists: &[&str]| {
            says_tls(&lists.iter().map(|list| (FORWARDED_PROTO, list.parse().unwrap())).collect())
        };
        assert!(says(&["https"]) && says(&["http, HTTPS"]) && says(&["http", "https"]));
        assert!(!says(&[]) && !says(&["http"]) && !says(&["https, http"]) && !says(&["https", "http"]));
    }

    #[test]
    fn ipv6_and_ports_are_understood() {
        assert_eq!(client("2001:db8:1::1", &["2001:db8:9::7"]), "2001:db8:9::7");
        assert_eq!(client("2001:db8:1::1", &["[2001:db8:9::7]:4711"]), "2001:db8:9::7");
        assert_eq!(client("2001:db8:1::1", &["[2001:db8:9::7], 2001:db8:1::2"]), "2001:db8:9::7");
        assert_eq!(client("10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(client("::ffff:10.0.0.1", &["198.51.100.7"]), "198.51.100.7", "as a dual socket says it");
        assert_eq!(client("10.0.0.1", &["198.51.100.7, ::ffff:10.0.0.2"]), "198.51.100.7");
    }
}
