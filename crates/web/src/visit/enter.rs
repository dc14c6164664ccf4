//! On the way in and out of every page.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use edge::{ClientAddr, OverTls, RequestId, Trace};
use http::header::{HOST, REFERER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, Method};

use super::flash::FLASH;
use super::renew::renewed;
use super::{Flash, Inner, LANG, SESSION, Session, THEME, VISITOR, Visit, YEAR_S};
use crate::cookie::{self, Cookie};
use crate::failed::Failed;
use crate::headers;
use crate::i18n::Lang;
use crate::pages::sorry;
use crate::place;
use crate::secret::hex;
use crate::site::Site;
use crate::theme::Theme;

/// What a visitor is called: sixteen bytes as hexadecimal text.
const VISITOR_LEN: usize = 32;

/// Establishes the visit, and on the way out shows a failure as a page and sets headers and cookies.
pub(crate) async fn enter(State(site): State<Site>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let (visit, fresh) = established(site, &mut parts).await;
    parts.extensions.insert(visit.clone());
    let mut response = next.run(Request::from_parts(parts, body)).await;
    if let Some(failed) = response.extensions().get::<Failed>().cloned() {
        response = sorry::page(&visit, &failed);
    }
    headers::set(&visit, response.headers_mut());
    keep_cookies(&visit, &fresh, &mut response);
    response
}

/// What was made on the way in and is to be kept.
struct Fresh {
    visitor: bool,
    session: bool,
}

async fn established(site: Site, parts: &mut Parts) -> (Visit, Fresh) {
    let now = site.now();
    let headers = &parts.headers;
    let shown = cookie::read(headers, SESSION).filter(|token| !token.is_empty());
    let session = shown.and_then(|token| Session::of(&site, token, now));
    let known = cookie::read(headers, VISITOR).filter(|visitor| is_visitor(visitor)).map(str::to_owned);
    let fresh_visitor = known.is_none();
    let visit = Visit(Arc::new(Inner {
        lang: cookie::read(headers, LANG).and_then(Lang::tagged).unwrap_or_else(|| Lang::accepted(headers)),
        theme: cookie::read(headers, THEME).and_then(Theme::named).unwrap_or_default(),
        ran_out: shown.is_some() && session.is_none(),
        session: session.clone(),
        visitor: known.unwrap_or_else(|| hex(&site.random())),
        flash: cookie::read(headers, FLASH).and_then(|value| Flash::read(value, site.key())),
        from: from(parts).await,
        secure: site.tls() || parts.extensions.get::<OverTls>().is_some(),
        request_id: parts.extensions.get::<RequestId>().map_or(String::new(), |id| id.0.clone()),
        trace: parts.extensions.get::<Trace>().map_or(String::new(), |trace| trace.0.clone()),
        here: here(parts),
        site,
    }));
    let looks = parts.method == Method::GET && parts.uri.path() != place::LIVE;
    let Some(session) = session.filter(|_| looks) else {
        return (visit, Fresh { visitor: fresh_visitor, session: false });
    };
    let token = session.token.clone();
    let goes_on = renewed(&visit, session, now).await;
    let changed = goes_on.as_ref().is_none_or(|goes_on| goes_on.token != token);
    let visit = if changed { visit.with(goes_on) } else { visit };
    (visit, Fresh { visitor: fresh_visitor, session: changed })
}

impl Visit {
    fn with(self, session: Option<Session>) -> Self {
        let ran_out = session.is_none();
        Self(Arc::new(Inner { session, ran_out, ..Arc::unwrap_or_clone(self.0) }))
    }
}

fn is_visitor(text: &str) -> bool {
    text.len() == VISITOR_LEN && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

async fn from(parts: &mut Parts) -> std::net::IpAddr {
    match ClientAddr::from_request_parts(parts, &()).await {
        Ok(ClientAddr(from)) => from,
        Err(_) => std::net::Ipv4Addr::LOCALHOST.into(),
    }
}

/// The page that is looked at; for a form, the page it stands on, as far as the browser says so.
fn here(parts: &Parts) -> String {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let page = if parts.method == Method::GET { Some(target) } else { referer(&parts.headers) };
    page.and_then(place::local).unwrap_or(place::HOME).to_owned()
}

fn referer(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let said = headers.get(REFERER)?.to_str().ok()?;
    let rest = said.strip_prefix("http://").or_else(|| said.strip_prefix("https://"))?;
    rest.strip_prefix(host).filter(|path| path.starts_with('/'))
}

/// Keeps who the visitor is, and forgets what was said.
fn keep_cookies(visit: &Visit, fresh: &Fresh, response: &mut Response) {
    let sets = |name: &str| {
        let sets = response.headers().get_all(SET_COOKIE).into_iter();
        sets.filter_map(|set| set.to_str().ok()).any(|set| set.split('=').next() == Some(name))
    };
    let secure = visit.secure();
    let mut cookies = Vec::new();
    if fresh.visitor && !sets(VISITOR) {
        cookies.push(Cookie { name: VISITOR, value: visit.visitor(), seconds: Some(YEAR_S), secure });
    }
    if (fresh.session || visit.ran_out()) && !sets(SESSION) {
        let (value, seconds) = visit
            .session()
            .map_or(("", 0), |session| (session.token.as_str(), session.seconds_left(visit.site().now())));
        cookies.push(Cookie { name: SESSION, value, seconds: Some(seconds), secure });
    }
    if visit.flash().is_some() && !response.status().is_redirection() && !sets(FLASH) {
        cookies.push(Cookie { name: FLASH, value: "", seconds: Some(0), secure });
    }
    let headers: Vec<_> = cookies.iter().filter_map(Cookie::header).collect();
    for header in headers {
        response.headers_mut().append(SET_COOKIE, header);
    }
}
