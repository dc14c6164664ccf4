//! The fault switches, and the orders that live through them.

use askama::Template;
use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};

use super::super::ask::sight;
use super::super::data::{Order, Page as PageOf, Timeline};
use super::super::desk::{Desk, Fault};
use super::super::health::verdict;
use super::super::words::Words;
use super::Frame;
use super::health::View;
use super::order::Brief;
use crate::layout::Page as Layout;

/// How many orders are watched.
const WATCHED: usize = 12;
/// Switches that are on or off.
const TOGGLES: [(&str, &str); 7] = [
    ("losePaySuccess", "losePaySuccessWhy"),
    ("freezePay", "freezePayWhy"),
    ("freezeUser", "freezeUserWhy"),
    ("freezeItem", "freezeItemWhy"),
    ("dropMessages", "dropMessagesWhy"),
    ("duplicateMessages", "duplicateMessagesWhy"),
    ("stopTimers", "stopTimersWhy"),
];
/// Switches that are a span, each with what it can be set to, in milliseconds.
const SPANS: [(&str, &str, [i64; 4]); 3] = [
    ("slowPayMs", "slowPayMsWhy", [0, 500, 2_000, 5_000]),
    ("delayMessagesMs", "delayMessagesMsWhy", [0, 1_000, 5_000, 10_000]),
    ("shortenWindowMs", "shortenWindowMsWhy", [0, 10_000, 30_000, 60_000]),
];

#[derive(Template)]
#[template(path = "console/chaos.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    open: bool,
    switches: Vec<Switch>,
    part: String,
    csrf: String,
    acts: bool,
}

#[derive(Template)]
#[template(path = "console/_chaos.html")]
struct Part {
    w: Words,
    health: View,
    watched: Vec<Brief>,
}

struct Switch {
    key: &'static str,
    why: &'static str,
    on: bool,
    values: Vec<(i64, String, bool)>,
}

/// The switches by the positions they have now.
fn switches(positions: &Value, w: Words) -> Vec<Switch> {
    let toggles =
        TOGGLES.iter().map(|(key, why)| Switch { key, why, on: positions[key] == true, values: Vec::new() });
    let spans = SPANS.iter().map(|(key, why, values)| {
        let now_ms = positions[key].as_i64().unwrap_or(0);
        let text = |ms: i64| if ms == 0 { w.t("off").to_owned() } else { super::super::form::span(ms) };
        let values = values.iter().map(|ms| (*ms, text(*ms), *ms == now_ms)).collect();
        Switch { key, why, on: now_ms != 0, values }
    });
    toggles.chain(spans).collect()
}

/// The positions of the first process that has switches; `None` if they are closed.
async fn positions(desk: &Desk) -> Option<Value> {
    for name in desk.processes().await {
        if let Ok((_, positions)) = desk.operator(&name, Method::GET, "/chaos", Value::Null).await {
            return Some(positions);
        }
    }
    None
}

async fn look(desk: &Desk) -> Part {
    let (sight, watched) = tokio::join!(sight(desk), watched(desk));
    let health = View::of(&verdict(&sight, desk.now), &sight, desk.now, desk.words);
    Part { w: desk.words, health, watched: watched.unwrap_or_default() }
}

async fn watched(desk: &Desk) -> Result<Vec<Brief>, Fault> {
    let page: PageOf<Order> = desk.get(&format!("/staff/orders?pageSize={WATCHED}")).await?;
    let each = page.list.into_iter().map(async |order: Order| {
        let timeline: Result<Timeline, Fault> = desk.get(&format!("/orders/{}/timeline", order.id)).await;
        let last = timeline.ok().and_then(|timeline| timeline.entries.into_iter().last());
        let last = last.as_ref().map(|step| (step.event.as_str(), step.actor.as_str(), step.at.0));
        Brief::of(&order, last, desk.words)
    });
    Ok(join_all(each).await)
}

/// The page.
pub(crate) async fn page(desk: &Desk) -> String {
    let w = desk.words;
    let positions = positions(desk).await;
    let part = super::text(&look(desk).await);
    let frame = Frame::of(desk, "chaos", w.t("chaosPage").to_owned()).live("/console/live/chaos");
    super::text(&Whole {
        page: frame.layout(desk),
        frame: frame.clone(),
        w,
        open: positions.is_some(),
        switches: switches(&positions.unwrap_or(Value::Null), w),
        part,
        csrf: desk.csrf.clone(),
        acts: desk.acts,
    })
}

/// The live part.
pub(crate) async fn part(desk: &Desk) -> (&'static str, String) {
    ("c-live-chaos", super::text(&look(desk).await))
}

/// Sets what the pressed button says, in every process that has switches.
pub(crate) async fn set(desk: &Desk, wanted: &str) -> Result<(), Fault> {
    let (key, value) = wanted.split_once('=').unwrap_or((wanted, ""));
    let (method, path, body) = match key {
        "wipe" => (Method::POST, "/chaos/wipe", Value::Null),
        "all" => (Method::PUT, "/chaos", all_off()),
        _ => (Method::PUT, "/chaos", position(key, value).ok_or_else(Fault::unreadable)?),
    };
    let mut set = Err(Fault::Silent("the fault switches are closed".into()));
    for name in desk.processes().await {
        match desk.operator(&name, method.clone(), path, body.clone()).await {
            Ok(_) => set = Ok(()),
            // The gateway's process may have none.
            Err(Fault::Refused(http::StatusCode::NOT_FOUND, _)) => {}
            Err(fault) => return Err(fault),
        }
    }
    set
}

fn all_off() -> Value {
    let toggles = TOGGLES.iter().map(|(key, _)| ((*key).to_owned(), json!(false)));
    let spans = SPANS.iter().map(|(key, ..)| ((*key).to_owned(), json!(0)));
    Value::Object(toggles.chain(spans).collect())
}

/// One switch as it is to be; `None` if there is no such switch.
fn position(key: &str, value: &str) -> Option<Value> {
    if TOGGLES.iter().any(|(known, _)| *known == key) {
        return Some(json!({ key: value == "on" }));
    }
    let known = SPANS.iter().find(|(known, ..)| *known == key)?;
    let ms: i64 = value.parse().ok()?;
    known.2.contains(&ms).then(|| json!({ key: ms }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_switches_that_there_are_can_be_set() {
        assert_eq!(position("freezePay", "on"), Some(json!({ "freezePay": true })));
        assert_eq!(position("slowPayMs", "500"), Some(json!({ "slowPayMs": 500 })));
        assert_eq!(
            [position("slowPayMs", "77"), position("", "on"), position("eat", "on")],
            [None, None, None]
        );
        assert_eq!(all_off()["stopTimers"], false);
    }
}
