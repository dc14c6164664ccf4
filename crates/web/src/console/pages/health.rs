//! The first page: one line of health.

use askama::Template;
use clock::Ms;

use super::super::ask::sight;
use super::super::desk::Desk;
use super::super::form::{Ask, count, span};
use super::super::health::{Finding, Sight, Verdict, verdict};
use super::super::words::Words;
use super::Frame;
use crate::layout::Page as Layout;

#[derive(Template)]
#[template(path = "console/health.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    part: String,
    audits: Vec<AuditRow>,
    many: bool,
    acts: bool,
}

/// The live part of it.
#[derive(Template)]
#[template(path = "console/_health.html")]
struct Part {
    health: View,
}

/// The verdict as it is written.
pub(crate) struct View {
    pub(crate) class: &'static str,
    pub(crate) line: String,
    pub(crate) age: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) tally: Vec<(&'static str, String)>,
}

pub(crate) struct Row {
    pub(crate) class: &'static str,
    pub(crate) count: String,
    pub(crate) text: &'static str,
    pub(crate) about: String,
    pub(crate) since: String,
    pub(crate) href: String,
}

struct AuditRow {
    process: String,
    brief: Option<Brief>,
    button: String,
}

struct Brief {
    class: &'static str,
    text: String,
    age: String,
}

impl View {
    /// What `verdict` reads like at `now`.
    pub(crate) fn of(verdict: &Verdict, sight: &Sight, now: Ms, w: Words) -> Self {
        let known = verdict.findings.iter().any(|finding| !finding.unknown);
        let (class, line) = match verdict.open {
            Some(open) if verdict.is_good() => ("good", on_course(open, w)),
            _ if known => ("bad", w.t("brokenPromises").to_owned()),
            _ => ("unknown", w.t("brokenPromises").to_owned()),
        };
        let age = verdict.at.map_or_else(|| w.t("notYet").to_owned(), |at| ago(now, at, w));
        let tally = sight.orders.as_ref().map_or_else(
            |_| Vec::new(),
            |orders| {
                let all = [
                    ("open", orders.open),
                    ("unpaid", orders.unpaid),
                    ("paid", orders.paid),
                    ("closed", orders.closed),
                ];
                all.into_iter().map(|(key, number)| (w.t(key), count(number))).collect()
            },
        );
        let rows = verdict.findings.iter().map(|finding| Row::of(finding, now, w)).collect();
        Self { class, line, age, rows, tally }
    }
}

fn on_course(open: i64, w: Words) -> String {
    let number = count(open);
    match open {
        0 => w.t("noneOpen").to_owned(),
        1 => w.t("oneOnCourse").to_owned(),
        _ if w.zh => format!("{number} {}", w.t("onCourse")),
        _ => format!("{} {number} {}", w.t("all"), w.t("onCourse")),
    }
}

fn ago(now: Ms, at: Ms, w: Words) -> String {
    let span = span(now.since(at));
    if w.zh {
        format!("{} {span}{}", w.t("countedAgo"), w.t("ago"))
    } else {
        format!("{} {span} {}", w.t("countedAgo"), w.t("ago"))
    }
}

impl Row {
    fn of(finding: &Finding, now: Ms, w: Words) -> Self {
        let since = finding.since.map(|since| format!("{} {}", w.t("since"), span(now.since(since))));
        Self {
            class: if finding.unknown { "unknown" } else { "bad" },
            count: finding
                .count
                .map_or_else(|| "?".into(), |number| count(i64::try_from(number).unwrap_or(i64::MAX))),
            text: w.t(finding.key),
            about: finding.about.clone(),
            since: since.unwrap_or_default(),
            href: finding.href.clone(),
        }
    }
}

/// The page.
pub(crate) async fn page(desk: &Desk) -> String {
    let sight = sight(desk).await;
    let (now, w) = (desk.now, desk.words);
    let audits = sight.processes.iter().map(|(name, state)| {
        let audit = state.as_ref().ok().and_then(|state| state.audit.as_ref());
        let brief = audit.map(|audit| {
            let found: Vec<String> =
                audit.violated.iter().map(|check| format!("{} {}", check.name, check.violated)).collect();
            Brief {
                class: if audit.clean { "good" } else { "bad" },
                text: if audit.clean { w.t("auditClean").to_owned() } else { found.join(", ") },
                age: ago(now, audit.at.0, w),
            }
        });
        let ask = Ask {
            csrf: &desk.csrf,
            deed: "audit.run",
            button: "auditRun",
            back: "/console",
            hidden: vec![("process", name.clone())],
            fields: Vec::new(),
            wants_reason: false,
            danger: false,
        };
        AuditRow { process: name.clone(), brief, button: ask.html(w) }
    });
    let audits = audits.collect::<Vec<_>>();
    let many = audits.len() > 1;
    let part = super::text(&Part { health: View::of(&verdict(&sight, now), &sight, now, w) });
    let frame = Frame::of(desk, "health", w.t("health").to_owned()).live("/console/live/health");
    super::text(&Whole {
        page: frame.layout(desk),
        frame: frame.clone(),
        w,
        part,
        audits,
        many,
        acts: desk.acts,
    })
}

/// The live part: the id of its place and its HTML.
pub(crate) async fn part(desk: &Desk) -> (&'static str, String) {
    let sight = sight(desk).await;
    let health = View::of(&verdict(&sight, desk.now), &sight, desk.now, desk.words);
    ("c-live-health", super::text(&Part { health }))
}
