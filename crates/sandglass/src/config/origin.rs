//! Another site's origin.

use std::fmt;

use http::Uri;
use http::uri::Scheme;
use serde::{Deserialize, Deserializer, de};

/// An origin that pictures may come from, such as `https://pictures.example`: a scheme and a host, no more. It goes into
/// a policy that browsers keep, so nothing else gets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no origin: write a scheme and a host, such as https://pictures.example");
        let uri: Uri = text.trim().parse().map_err(|_| wrong())?;
        let scheme = uri.scheme().filter(|scheme| [&Scheme::HTTPS, &Scheme::HTTP].contains(scheme));
        let authority = uri.authority().map(http::uri::Authority::as_str);
        let plain =
            |host: &&str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
        let (scheme, host) = scheme.zip(authority.filter(plain)).ok_or_else(wrong)?;
        if ["", "/"].contains(&uri.path()) && uri.query().is_none() {
            Ok(Self(format!("{scheme}://{host}")))
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Layers;

    #[test]
    fn pictures_come_from_hosts_that_are_named() {
        let of = |text| Layers::defaults().set("web_pictures_from", text).config();
        let origins = of("https://a.example, http://[::1]:8080/").unwrap().web_pictures_from;
        let texts: Vec<String> = origins.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["https://a.example", "http://[::1]:8080"]);
        for wrong in
            ["a.example", "https://*", "https://a/x", "https://a; script-src *", "ftp://a", "https://u@a"]
        {
            let why = of(wrong).unwrap_err().0;
            assert!(why.contains("web_pictures_from"), "{why}");
        }
    }
}
