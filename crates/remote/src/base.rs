//! Where a replica is reached.

use http::Uri;
use http::uri::{Authority, Scheme};

/// An upstream's URL cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{url}` is no URL of a replica; write it as http://host:port, with a path if one goes before all others"
)]
pub struct BadUrl {
    /// What was given.
    pub url: String,
}

/// The part that all URLs of a replica have in common.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    authority: Authority,
    prefix: String,
}

impl Base {
    /// Understands `http://host[:port][/prefix]`.
    pub(crate) fn of(url: &str) -> Result<Self, BadUrl> {
        let bad = || BadUrl { url: url.to_owned() };
        let uri: Uri = url.trim().parse().map_err(|_| bad())?;
        let plain = uri.scheme() == Some(&Scheme::HTTP) && uri.query().is_none();
        let nobody_named = |authority: &&Authority| !authority.as_str().contains('@');
        let authority = uri.authority().filter(|_| plain).filter(nobody_named).ok_or_else(bad)?.clone();
        Ok(Self { authority, prefix: uri.path().trim_end_matches('/').to_owned() })
    }

    /// The URL of `target`, a path with its query.
    pub(crate) fn uri(&self, target: &str) -> Result<Uri, http::Error> {
        let target = format!("{}{target}", self.prefix);
        Uri::builder().scheme(Scheme::HTTP).authority(self.authority.clone()).path_and_query(target).build()
    }

    /// For logs.
    pub(crate) fn name(&self) -> &str {
        self.authority.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_goes_before_every_path() {
        let uri = |base: &str| Base::of(base).unwrap().uri("/a?b=1").unwrap().to_string();
        assert_eq!(uri("http://10.0.0.1:80"), "http://10.0.0.1:80/a?b=1");
        assert_eq!(uri("http://trade:8080/x/"), "http://trade:8080/x/a?b=1");
    }

    #[test]
    fn what_cannot_be_reached_is_refused_by_name() {
        for url in
            ["", "trade", "trade:80", "https://trade", "http://", "http://a?b", "/x", "http://me:secret@a"]
        {
            assert_eq!(Base::of(url).err(), Some(BadUrl { url: url.into() }), "{url}");
        }
    }
}
