//! `/console/live/…`: the live part of a page, sent anew when it changes.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, RawQuery};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::HeaderValue;
use http::header::CACHE_CONTROL;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::desk::Desk;
use super::pages::{chaos, deadlines, health, order};
use crate::failed::{Failed, Why};
use crate::visit::{Fields, StaffRead, Visit};

/// How often is looked.
const PAUSE: Duration = Duration::from_secs(1);
/// How many looks one stream takes; then its reader opens another, and is known to be staff anew.
const LOOKS: u32 = 300;
/// How many streams one process has at most.
static STREAMS: Semaphore = Semaphore::const_new(64);

/// Which part is followed.
#[derive(Clone, Copy)]
enum Part {
    Health,
    Deadlines,
    Chaos,
    Order(u64),
}

/// A stream under way.
struct Following {
    visit: Visit,
    part: Part,
    looks: u32,
    last: String,
    _permit: SemaphorePermit<'static>,
}

/// Sends the part now, and each time that it has changed.
pub(super) async fn stream(
    visit: Visit,
    _: StaffRead,
    Path(part): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(query.as_deref().unwrap_or("").as_bytes());
    let part = match part.as_str() {
        "health" => Part::Health,
        "deadlines" => Part::Deadlines,
        "chaos" => Part::Chaos,
        "order" => Part::Order(fields.id("id").and_then(|id| id.parse().ok()).ok_or_else(Failed::not_found)?),
        _ => return Err(Failed::not_found()),
    };
    let permit = STREAMS.try_acquire().map_err(|_| Failed(Why::TooMany(5)))?;
    let following = Following { visit, part, looks: 0, last: String::new(), _permit: permit };
    let stream = Sse::new(stream::unfold(following, next)).keep_alive(KeepAlive::default());
    let mut response = stream.into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-transform"));
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// The next change; `None` once the stream has lasted long enough, or the process stops.
async fn next(mut following: Following) -> Option<(Result<Event, Infallible>, Following)> {
    let closing = following.visit.site().closing().clone();
    while following.looks < LOOKS {
        if following.looks > 0 {
            tokio::select! {
                () = closing.cancelled() => return None,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
        following.looks += 1;
        let Some((place, html)) = look(&following).await else { continue };
        // Lines of an event's data are joined by line feeds; the place is the first.
        let text = format!("{place}\n{html}");
        if text != following.last {
            following.last.clone_from(&text);
            return Some((Ok(Event::default().event("part").data(text.replace('\r', ""))), following));
        }
    }
    None
}

async fn look(following: &Following) -> Option<(&'static str, String)> {
    let desk = Desk::of(&following.visit);
    match following.part {
        Part::Health => Some(health::part(&desk).await),
        Part::Deadlines => Some(deadlines::part(&desk).await),
        Part::Chaos => Some(chaos::part(&desk).await),
        Part::Order(id) => order::part(&desk, id).await.ok(),
    }
}
