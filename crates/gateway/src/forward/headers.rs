//! Which headers go on, and which belong to one connection or would be believed although anybody can send them.

use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
    TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, HeaderName};

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");

/// They speak of one connection, not of the request or response.
const OF_THE_CONNECTION: [HeaderName; 9] = [
    CONNECTION,
    KEEP_ALIVE,
    PROXY_CONNECTION,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// They are made anew for the next connection.
const MADE_ANEW: [HeaderName; 3] = [HOST, CONTENT_LENGTH, EXPECT];

/// They say who or where the client is; strangers' words on that do not count.
const FORGEABLE: [HeaderName; 7] = [
    edge::USER_INFO,
    edge::FORWARDED_FOR,
    edge::GATEWAY_TOKEN,
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// The client's headers as the service may see them.
pub(super) fn to_service(mut headers: HeaderMap) -> HeaderMap {
    drop_of_connection(&mut headers);
    for name in MADE_ANEW.iter().chain(&FORGEABLE) {
        headers.remove(name);
    }
    headers
}

/// The service's headers as the client may see them.
pub(super) fn to_client(mut headers: HeaderMap) -> HeaderMap {
    drop_of_connection(&mut headers);
    headers
}

/// Also those that `connection` names.
fn drop_of_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&OF_THE_CONNECTION) {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(sent: &[(&'static str, &'static str)]) -> HeaderMap {
        sent.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn what_belongs_to_the_connection_stays_there() {
        let sent = headers(&[
            ("connection", "close, X-Mine"),
            ("x-mine", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic eA=="),
            ("accept-language", "zh"),
        ]);
        assert_eq!(to_service(sent.clone()), headers(&[("accept-language", "zh")]));
        assert_eq!(to_client(sent), headers(&[("accept-language", "zh")]));
    }

    #[test]
    fn nobody_says_who_they_are_by_a_header() {
        let sent = headers(&[
            ("user-info", "1"),
            ("x-forwarded-for", "127.0.0.1"),
            ("x-gateway-token", "forged"),
            ("forwarded", "for=127.0.0.1"),
            ("x-real-ip", "127.0.0.1"),
            ("authorization", "token"),
            ("idempotency-key", "k"),
        ]);
        let kept = headers(&[("authorization", "token"), ("idempotency-key", "k")]);
        assert_eq!(to_service(sent), kept);
    }
}
