//! `/shop/live`: the stream of one page.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::RawQuery;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use clock::SECOND;
use futures_util::StreamExt;
use futures_util::stream::{self, Stream};
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use serde_json::json;

use super::hub::{Change, Full, ORDERS_OF_VIEW_MAX, Opened};
use crate::bodies::Order;
use crate::client::Client;
use crate::failed::{Failed, Why};
use crate::visit::{Fields, Visit, is_id};

/// How often a silent stream shows that it lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After how long a reader whose stream was cut comes back.
const RETRY: Duration = Duration::from_secs(3);

/// Tells how the orders named by `orders` stand, and then each time that one stands otherwise. Orders that are not
/// the reader's are left out. The stream ends with the login it was opened with.
pub(crate) async fn stream(visit: Visit, RawQuery(query): RawQuery) -> Result<Response, Failed> {
    let session = visit.session().ok_or_else(Failed::login)?;
    let known = own(&visit, wanted(query.as_deref().unwrap_or(""))).await?;
    let orders = known.iter().map(|change| change.order.clone()).collect();
    let opened =
        visit.site().hub().open(session.who.user.0, orders).map_err(|Full| Failed(Why::TooMany(5)))?;
    let clock = visit.site().clock();
    let end = clock.now() + session.seconds_left(clock.now()) * SECOND;
    let until = async move { clock.sleep_until(end).await };
    let events = events(known, opened).take_until(Box::pin(until));
    let stream = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    let mut response = stream.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn wanted(query: &str) -> BTreeSet<String> {
    let fields = Fields::parse(query.as_bytes());
    let ids = fields.text("orders").split(',').filter(|id| is_id(id));
    ids.take(ORDERS_OF_VIEW_MAX).map(str::to_owned).collect()
}

/// Those that are the reader's, as they stand.
async fn own(visit: &Visit, wanted: BTreeSet<String>) -> Result<Vec<Change>, Failed> {
    let client = Client::of(visit);
    let mut own = Vec::new();
    for id in wanted {
        match client.get::<Order>(format!("/orders/{id}")).await {
            Ok(order) => own.push(Change { version: order.version(), order: id }),
            Err(trouble) if trouble.status() == Some(404) => {}
            Err(trouble) => return Err(trouble.into()),
        }
    }
    if own.is_empty() { Err(Failed::not_found()) } else { Ok(own) }
}

fn events(known: Vec<Change>, opened: Opened) -> impl Stream<Item = Result<Event, Infallible>> {
    let changes = stream::unfold(opened, |mut opened| async move {
        let change = opened.changes.recv().await?;
        Some((change, opened))
    });
    stream::iter(known).chain(changes).map(|change| Ok(event(&change)))
}

fn event(Change { order, version }: &Change) -> Event {
    let data = json!({ "id": order, "version": version });
    Event::default().event("order").id(version).retry(RETRY).data(data.to_string())
}
