//! Somebody who reads pages, follows links and sends the forms that stand on them.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// A browser without scripts.
pub(crate) struct Reader {
    door: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) language: &'static str,
    /// Further headers of every request.
    pub(crate) headers: Vec<(&'static str, String)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Seen {
    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        self.headers.get(LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    /// The value of the first field called `name`.
    pub(crate) fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let at = self.text.find(&start).unwrap_or_else(|| panic!("no field `{name}` in {}", self.text));
        let rest = &self.text[at + start.len()..];
        rest[..rest.find('"').unwrap()].to_owned()
    }

    /// The page holds this text.
    pub(crate) fn shows(&self, text: &str) -> bool {
        self.text.contains(text)
    }

    /// It is a page that was found.
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self
    }
}

impl Reader {
    pub(crate) fn new(door: Router) -> Self {
        Self { door, cookies: BTreeMap::new(), language: "en", headers: Vec::new() }
    }

    /// Looks at a page, as it is.
    pub(crate) async fn look(&mut self, path: &str) -> Seen {
        self.send(Method::GET, path, None).await
    }

    /// Looks at a page, and goes where it leads.
    pub(crate) async fn open(&mut self, path: &str) -> Seen {
        let mut seen = self.look(path).await;
        for _ in 0..5 {
            if !seen.status.is_redirection() {
                break;
            }
            seen = self.look(seen.location()).await;
        }
        seen
    }

    /// Sends a form with the mark that stands on `on`.
    pub(crate) async fn submit(&mut self, on: &Seen, path: &str, fields: &[(&str, &str)]) -> Seen {
        let mark = on.field("csrf");
        let marked: Vec<(&str, &str)> =
            [("csrf", mark.as_str())].into_iter().chain(fields.iter().copied()).collect();
        self.post(path, &marked).await
    }

    /// Sends a form, whatever is in it.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, path, Some(form)).await
    }

    /// Logs in by the form.
    pub(crate) async fn log_in(&mut self, name: &str, password: &str) {
        let form = self.look("/shop/login").await.ok();
        let seen = self.submit(&form, "/shop/login", &[("username", name), ("password", password)]).await;
        assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/shop"), "{}", seen.text);
    }

    async fn send(&mut self, method: Method, path: &str, form: Option<String>) -> Seen {
        let mut request = Request::builder().method(method).uri(path).header(ACCEPT_LANGUAGE, self.language);
        request = request.header(HOST, "shop.test");
        let jar: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !jar.is_empty() {
            request = request.header(COOKIE, jar.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(Body::from(form.unwrap_or_default())).unwrap();
        let response = self.door.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        self.keep(&head.headers);
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Seen { status: head.status, headers: head.headers, text }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for set in headers.get_all(SET_COOKIE) {
            let set = set.to_str().unwrap();
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
