//! Where pages are.

/// The storefront's first page.
pub(crate) const HOME: &str = "/shop";
/// Where to log in.
pub(crate) const LOGIN: &str = "/shop/login";
/// The stream of changes.
pub(crate) const LIVE: &str = "/shop/live";
/// Below this is what only staff see.
pub(crate) const CONSOLE: &str = "/console";
/// Longer than any path of ours.
const PATH_MAX: usize = 1_000;

/// `path` if it is a page of ours: what was handed in from outside leads nowhere else.
pub(crate) fn local(path: &str) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\';
    let ours = |start: &str| {
        let rest = path.strip_prefix(start);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    let fits = path.len() <= PATH_MAX && path.bytes().all(plain);
    (fits && (ours(HOME) || ours(CONSOLE))).then_some(path)
}

/// Where `path` is encoded as the value of a query.
pub(crate) fn with_next(page: &str, next: &str) -> String {
    crate::client::query(page, &[("next", next)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_away() {
        for ours in ["/shop", "/shop?x=1", "/shop/cart", "/shop/search?key=%E8%8C%B6", "/console/orders"] {
            assert_eq!(local(ours), Some(ours));
        }
        for away in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/shopping",
            "/shop\\..",
            "shop",
            "/shop/\r\nx: y",
            "javascript:alert(1)",
            "/shop/ x",
            "/%2f/evil.example",
            "/orders",
        ] {
            assert_eq!(local(away), None, "{away}");
        }
        assert_eq!(local(&format!("/shop/{}", "x".repeat(PATH_MAX))), None);
    }

    #[test]
    fn a_place_to_go_on_to_is_encoded() {
        assert_eq!(with_next(LOGIN, "/shop/cart?a=1&b=2"), "/shop/login?next=%2Fshop%2Fcart%3Fa%3D1%26b%3D2");
    }
}
