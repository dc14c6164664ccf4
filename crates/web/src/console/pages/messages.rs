//! Queues, dead letters and sweeps of all processes.

use askama::Template;
use http::Method;
use serde_json::Value;

use super::super::ask::{dead, states};
use super::super::data::{Dead, Lane, Sweep, Waiting};
use super::super::desk::{Desk, Fault, encoded};
use super::super::form::{Ask, count, short, span};
use super::super::words::Words;
use super::Frame;
use crate::layout::Page as Layout;

/// A lag that is worth a colour, in milliseconds.
const LATE_MS: i64 = 10_000;

#[derive(Template)]
#[template(path = "console/messages.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    gaps: Vec<String>,
    queues: Vec<Queue>,
    dead: Vec<Letter>,
    sweeps: Vec<Round>,
    waiting_of: String,
    waiting: Vec<WaitingRow>,
    many: bool,
    acts: bool,
}

struct Queue {
    process: String,
    service: String,
    paused: bool,
    ready: String,
    in_flight: u64,
    lag: String,
    late: bool,
    dead: String,
    has_dead: bool,
    handled: String,
    button: String,
}

struct Letter {
    service: String,
    id: i64,
    topic: String,
    subject: String,
    attempts: u32,
    died: String,
    error: String,
    body: String,
    forms: Vec<String>,
}

struct Round {
    process: String,
    service: String,
    paused: bool,
    failed: bool,
    last: String,
    next: String,
    looked: u64,
    finished: u64,
    forms: Vec<String>,
}

struct WaitingRow {
    due: String,
    topic: String,
    subject: String,
    attempts: u32,
    error: String,
}

fn ask(
    desk: &Desk,
    deed: &'static str,
    button: &'static str,
    process: &str,
    service: &str,
    bare: bool,
) -> String {
    let hidden = vec![("process", process.to_owned()), ("service", service.to_owned())];
    let (wants_reason, danger) = (!bare, false);
    Ask {
        csrf: &desk.csrf,
        deed,
        button,
        back: "/console/messages",
        hidden,
        fields: Vec::new(),
        wants_reason,
        danger,
    }
    .html(desk.words)
}

fn queue(desk: &Desk, process: &str, lane: Lane) -> Queue {
    let (deed, button) = if lane.paused { ("pump.resume", "resume") } else { ("pump.pause", "pause") };
    let number = |count: Option<i64>| count.map_or_else(|| "?".into(), self::count);
    Queue {
        button: ask(desk, deed, button, process, &lane.service, true),
        process: process.to_owned(),
        paused: lane.paused,
        ready: number(lane.ready),
        in_flight: lane.in_flight,
        lag: if lane.lag_ms == 0 { "–".into() } else { span(lane.lag_ms) },
        late: lane.lag_ms >= LATE_MS,
        dead: number(lane.dead),
        has_dead: lane.dead.is_some_and(|dead| dead > 0),
        handled: count(i64::try_from(lane.handled).unwrap_or(i64::MAX)),
        service: lane.service,
    }
}

fn letter(desk: &Desk, process: &str, dead: Dead) -> Letter {
    let form = |deed, button, danger| {
        let hidden = vec![
            ("process", process.to_owned()),
            ("service", dead.service.clone()),
            ("id", dead.id.to_string()),
        ];
        let back = "/console/messages#dead";
        let ask = Ask {
            csrf: &desk.csrf,
            deed,
            button,
            back,
            hidden,
            fields: Vec::new(),
            wants_reason: true,
            danger,
        };
        ask.html(desk.words)
    };
    Letter {
        forms: vec![form("dead.replay", "replay", false), form("dead.drop", "drop", true)],
        id: dead.id,
        topic: dead.topic.clone(),
        subject: dead.subject.clone(),
        attempts: dead.attempts,
        died: short(dead.died.0, desk.now),
        error: dead.error.clone(),
        body: dead.body.clone(),
        service: dead.service,
    }
}

fn round(desk: &Desk, process: &str, sweep: Sweep) -> Round {
    let (deed, button) = if sweep.paused { ("sweep.resume", "resume") } else { ("sweep.pause", "pause") };
    let service = &sweep.service;
    let forms = vec![
        ask(desk, "sweep.run", "run", process, service, true),
        ask(desk, deed, button, process, service, true),
    ];
    let time = |at: Option<api::Time>| at.map_or_else(|| "–".into(), |at| short(at.0, desk.now));
    Round {
        forms,
        process: process.to_owned(),
        paused: sweep.paused,
        failed: sweep.failed,
        last: time(sweep.began),
        next: if sweep.paused { "–".into() } else { time(sweep.next) },
        looked: sweep.looked,
        finished: sweep.finished,
        service: sweep.service,
    }
}

/// The page; with what waits in one queue, if that was asked for.
pub(crate) async fn page(desk: &Desk, process: &str, service: &str) -> String {
    let (states, (letters, mut gaps)) = tokio::join!(states(desk), dead(desk));
    let many = states.len() > 1;
    let (mut queues, mut sweeps) = (Vec::new(), Vec::new());
    for (name, state) in states {
        let Ok(state) = state else { continue };
        queues.extend(state.lanes.into_iter().map(|lane| queue(desk, &name, lane)));
        sweeps.extend(state.sweeps.into_iter().map(|sweep| round(desk, &name, sweep)));
    }
    let waiting = match waiting(desk, process, service).await {
        Ok(waiting) => waiting,
        Err(fault) => {
            gaps.push(format!("{process}: {fault}"));
            Vec::new()
        }
    };
    let dead = letters.into_iter().map(|(process, dead)| letter(desk, &process, dead)).collect();
    let w = desk.words;
    let frame = Frame::of(desk, "messages", w.t("messages").to_owned());
    let waiting_of = service.to_owned();
    let acts = desk.acts;
    super::text(&Whole {
        page: frame.layout(desk),
        frame: frame.clone(),
        w,
        gaps,
        queues,
        dead,
        sweeps,
        waiting_of,
        waiting,
        many,
        acts,
    })
}

async fn waiting(desk: &Desk, process: &str, service: &str) -> Result<Vec<WaitingRow>, Fault> {
    if service.is_empty() {
        return Ok(Vec::new());
    }
    let path = format!("/messages?service={}", encoded(service));
    let (_, body) = desk.operator(process, Method::GET, &path, Value::Null).await?;
    let waiting: Vec<Waiting> = serde_json::from_value(body).map_err(|_| Fault::unreadable())?;
    let row = |row: Waiting| WaitingRow {
        due: short(row.due.0, desk.now),
        topic: row.topic,
        subject: row.subject,
        attempts: row.attempts,
        error: row.error,
    };
    Ok(waiting.into_iter().map(row).collect())
}
