//! A form that was sent: its fields, after it was found to be one of ours.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;

use super::{Visit, csrf};
use crate::failed::Failed;

/// The field that marks a form as ours.
pub(crate) const MARK: &str = "csrf";
/// The most fields a form of ours has: a cart's hundred lines, and the rest.
const FIELDS_MAX: usize = 400;

/// The fields of a form or a query, in the order sent; a name may come more than once.
#[derive(Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Those of an encoded form or query.
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).take(FIELDS_MAX).map(|(k, v)| (k.into(), v.into())).collect())
    }

    /// The trimmed text of the first field called `name`; empty if there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The text of the first field called `name` as it was typed, such as a password.
    pub(crate) fn exact(&self, name: &str) -> &str {
        self.all(name).next().unwrap_or("")
    }

    /// All fields, in the order sent.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The texts of all fields called `name`.
    pub(crate) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The number in the first field called `name`.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    /// The id in the first field called `name`, as text; nothing else gets into a path of the interface.
    pub(crate) fn id(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| is_id(text))
    }
}

/// Whether `text` is an id: nothing but digits.
pub(crate) fn is_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The fields of a form that was rendered for whoever sends it.
pub(crate) struct Posted(pub(crate) Fields);

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Failed;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failed> {
        let visit = request.extensions().get::<Visit>().cloned().ok_or_else(Failed::internal)?;
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let is_form = kind.split(';').next().unwrap_or("").trim() == "application/x-www-form-urlencoded";
        if !is_form || !csrf::comes_from_here(request.headers()) {
            return Err(Failed::strange_form());
        }
        if visit.ran_out() {
            return Err(Failed::login());
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| Failed::strange_form())?;
        let fields = Fields::parse(&body);
        if csrf::is_mark(visit.site(), fields.exact(MARK), visit.visitor(), visit.session()) {
            Ok(Self(fields))
        } else {
            Err(Failed::strange_form())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_come_more_than_once_and_ids_are_digits() {
        let fields = Fields::parse(b"row=1&row=2&name=+a%20b+&n=7&bad=1%2F..%2Fx");
        assert_eq!(fields.all("row").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((fields.text("name"), fields.exact("name")), ("a b", " a b "));
        assert_eq!((fields.number("n"), fields.number("name")), (Some(7), None));
        assert_eq!((fields.id("row"), fields.id("bad"), fields.id("none")), (Some("1"), None, None));
    }
}
