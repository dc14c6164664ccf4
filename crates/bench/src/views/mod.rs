//! Live views: the streams by which open pages of the shop hear that an order changed.
//!
//! They are held open during a load, as by people who look at their orders, to see what that costs. Who looks is not
//! who orders: each view is about an order of its own, placed before the load by somebody registered for it.

mod events;

use std::cell::Cell;
use std::rc::Rc;

use anyhow::{Context, Result, ensure};
use http::header::{ACCEPT, COOKIE};
use http::{HeaderValue, Request};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use serde::Serialize;
use tokio::task::JoinSet;

use crate::api;
use crate::catalogue::Item;
use crate::client::{Conn, Lasting, Target, lasting};
use crate::users::{self, User, answered};
use crate::{pool, progress};
use events::Events;

/// How many views one user may have open.
const OF_USER_MAX: u32 = 8;
/// Orders that are placed, and views that are opened, at once.
const AT_ONCE: usize = 8;

/// Views that are open, read until they are closed.
pub(crate) struct Views {
    asked: u32,
    seen: Rc<Seen>,
    reading: JoinSet<()>,
}

#[derive(Default)]
struct Seen {
    open: Cell<u32>,
    events: Cell<u64>,
}

/// What became of the views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Watched {
    /// How many were opened.
    asked: u32,
    /// How many of them were still open at the end.
    open: u32,
    /// How many events all of them received, each's first picture included.
    events: u64,
}

/// A view that is to be opened.
struct Wish {
    watcher: Rc<User>,
    order: u64,
}

/// Opens `count` views of the pages beside `target`, each about an order of one of `items` that has just been placed.
pub(crate) async fn open(
    (target, pages): (&Target, &Target),
    run: &str,
    count: u32,
    items: &[Item],
) -> Result<Views> {
    let run = format!("{run}-view");
    let bar = progress::bar(count.into(), "opening live views");
    let watchers = users::buyers(target, &run, count.div_ceil(OF_USER_MAX), None, || ()).await?;
    let watchers: Vec<Rc<User>> = watchers.into_iter().map(Rc::new).collect();
    let jobs = (0..count).map(|number| {
        let watcher = watchers[(number / OF_USER_MAX) as usize].clone();
        (number, watcher, items[number as usize % items.len()].clone())
    });
    let pages = pages.clone();
    let open_one = async move |conn: &mut Conn, (number, watcher, item): (u32, Rc<User>, Item)| {
        let order = placed(conn, &format!("{run}-{number}"), &watcher, &item).await?;
        let view = look(&pages, &Wish { watcher, order }).await?;
        bar.inc(1);
        Ok(view)
    };
    let opened = pool::each(target, AT_ONCE, jobs.collect(), open_one).await;
    let opened = opened.into_iter().collect::<Result<Vec<Lasting>>>()?;
    let (seen, mut reading) = (Rc::new(Seen::default()), JoinSet::new());
    seen.open.set(count);
    for view in opened {
        reading.spawn_local(read(view, seen.clone()));
    }
    Ok(Views { asked: count, seen, reading })
}

async fn placed(conn: &mut Conn, key: &str, watcher: &User, item: &Item) -> Result<u64> {
    let (uri, key) = (api::uri(conn.target(), "/orders")?, HeaderValue::from_str(key)?);
    let request = || api::post(uri.clone(), Some(&watcher.token), &key, item.order.clone());
    let answer = answered(conn, request).await?;
    ensure!(answer.status == 200, "an order to look at was not placed: {}", api::code(&answer.body));
    api::id(&answer.body).context("an order to look at has no id")
}

/// Opens the stream of a page that shows the order.
async fn look(target: &Target, wish: &Wish) -> Result<Lasting> {
    let mut request = Request::new(Full::default());
    *request.uri_mut() = api::uri(target, &format!("/shop/live?orders={}", wish.order))?;
    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
    request.headers_mut().insert(COOKIE, wish.watcher.cookie()?);
    let view = lasting(target, request).await.context("a live view was not answered")?;
    ensure!(view.status == 200, "a live view was answered {}", view.status);
    Ok(view)
}

/// Reads a view until it ends.
async fn read(view: Lasting, seen: Rc<Seen>) {
    let (mut body, mut events): (Incoming, _) = (view.body, Events::default());
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(bytes) = frame.into_data() else { continue };
        seen.events.set(seen.events.get() + events.read(&bytes));
    }
    seen.open.set(seen.open.get() - 1);
}

impl Views {
    /// Closes them all.
    pub(crate) fn close(mut self) -> Watched {
        self.reading.abort_all();
        Watched { asked: self.asked, open: self.seen.open.get(), events: self.seen.events.get() }
    }
}

impl Watched {
    /// In one line.
    pub(crate) fn line(self) -> String {
        format!("views    {} of {} still open at the end, {} events", self.open, self.asked, self.events)
    }
}
