//! Looking at one page, again and again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, bail};
use bytes::Bytes;
use hdrhistogram::Histogram;
use http::header::{ACCEPT_ENCODING, COOKIE};
use http::{HeaderValue, Request, Uri};
use http_body_util::Full;
use tokio::task::JoinSet;

use crate::client::Conn;
use crate::stats::histogram;
use crate::wall::Wall;

/// The codings that browsers understand, ...
pub(crate) const BROWSER: HeaderValue = HeaderValue::from_static("gzip, deflate, br");
/// ... and none.
pub(crate) const PLAIN: HeaderValue = HeaderValue::from_static("identity");

/// What came of all looks at one page.
pub(crate) struct Visited {
    /// In microseconds.
    pub(crate) latency: Histogram<u64>,
    pub(crate) took: Duration,
    /// Of the last answer, as it was sent.
    pub(crate) bytes: u64,
}

/// One page, and who is still to look at it.
struct Page {
    wall: Wall,
    uri: Uri,
    cookie: Option<HeaderValue>,
    left: Cell<u32>,
    latency: RefCell<Histogram<u64>>,
    bytes: Cell<u64>,
    wrong: RefCell<Option<String>>,
}

/// A look at a page, as whoever has the cookie.
pub(crate) fn request(uri: Uri, cookie: Option<&HeaderValue>, codings: HeaderValue) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(Bytes::new()));
    *request.uri_mut() = uri;
    request.headers_mut().insert(ACCEPT_ENCODING, codings);
    if let Some(cookie) = cookie {
        request.headers_mut().insert(COOKIE, cookie.clone());
    }
    request
}

/// Looks `count` times over all of `conns` at once. An answer other than 200 is an error that says which.
pub(crate) async fn visit(
    conns: &mut Vec<Conn>,
    uri: Uri,
    cookie: Option<&HeaderValue>,
    count: u32,
) -> Result<Visited> {
    let page = Rc::new(Page {
        wall: Wall::start(),
        uri,
        cookie: cookie.cloned(),
        left: Cell::new(count),
        latency: RefCell::new(histogram()),
        bytes: Cell::new(0),
        wrong: RefCell::default(),
    });
    let mut running = JoinSet::new();
    for conn in std::mem::take(conns) {
        running.spawn_local(look(page.clone(), conn));
    }
    *conns = running.join_all().await;
    if let Some(wrong) = page.wrong.take() {
        bail!(wrong);
    }
    Ok(Visited { latency: page.latency.replace(histogram()), took: page.wall.now(), bytes: page.bytes.get() })
}

/// Looks until nothing is left to do, or something was wrong; gives the connection back.
async fn look(page: Rc<Page>, mut conn: Conn) -> Conn {
    while page.takes_one() {
        let start = page.wall.now();
        let answer = conn.send(request(page.uri.clone(), page.cookie.as_ref(), BROWSER)).await;
        let took = page.wall.now().saturating_sub(start);
        let wrong = match answer {
            Ok(answer) if answer.status == 200 => {
                page.saw(took, answer.body.len() as u64);
                continue;
            }
            Ok(answer) => format!("answered {}", answer.status),
            Err(none) => format!("not answered: {none:?}"),
        };
        page.wrong.borrow_mut().get_or_insert(wrong);
    }
    conn
}

impl Page {
    fn takes_one(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0 && self.wrong.borrow().is_none()
    }

    fn saw(&self, took: Duration, bytes: u64) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.latency.borrow_mut().saturating_record(us);
        self.bytes.set(bytes);
    }
}
