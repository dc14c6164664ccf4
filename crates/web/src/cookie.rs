//! Cookies: read from a request, written for a response.

use std::fmt::Write;

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

/// The value of the cookie called `name`, if one was sent.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lists = headers.get_all(COOKIE).into_iter().filter_map(|list| list.to_str().ok());
    let pairs = lists.flat_map(|list| list.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// A cookie for every page of ours; scripts do not see it, and other sites' forms do not send it.
pub(crate) struct Cookie<'a> {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its value: letters, digits and what else needs no quoting.
    pub(crate) value: &'a str,
    /// For how many seconds; `None`: as long as the browser runs; 0: it is forgotten.
    pub(crate) seconds: Option<i64>,
    /// Whether it is sent over TLS alone.
    pub(crate) secure: bool,
}

impl Cookie<'_> {
    /// The value of a `set-cookie` header; `None` if the cookie's value cannot stand there.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\",;\\".contains(&byte);
        if !self.value.bytes().all(plain) {
            return None;
        }
        let mut text = format!("{}={}; Path=/; HttpOnly; SameSite=Lax", self.name, self.value);
        if let Some(seconds) = self.seconds {
            let _ = write!(text, "; Max-Age={}", seconds.max(0));
        }
        if self.secure {
            text.push_str("; Secure");
        }
        HeaderValue::from_str(&text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("xlang=en; lang=zh; theme=dark"));
        assert_eq!(read(&headers, "lang"), Some("zh"));
        assert_eq!(read(&headers, "theme"), Some("dark"));
        assert_eq!(read(&headers, "ang"), None);
    }

    #[test]
    fn nothing_breaks_out_of_the_header() {
        let header = |value| Cookie { name: "a", value, seconds: Some(5), secure: true }.header();
        assert_eq!(header("x.y").unwrap(), "a=x.y; Path=/; HttpOnly; SameSite=Lax; Max-Age=5; Secure");
        for bad in ["x; Domain=evil", "x\r\ny", "x y", "é"] {
            assert!(header(bad).is_none(), "{bad}");
        }
    }
}
