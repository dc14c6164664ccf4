//! The console's routes: who may, what was asked for, which page answers.

use axum::extract::{Path, RawQuery};
use axum::response::{Html, IntoResponse, Response};

use super::act::{self, Outcome};
use super::demo;
use super::desk::{Desk, Fault};
use super::pages::catalogue::Imported;
use super::pages::{
    attention, catalogue, chaos, deadlines, health, messages, order, orders, people, records, stock,
};
use crate::failed::Failed;
use crate::view;
use crate::visit::{Fields, Posted, Staff, StaffRead, Tone, Visit};

/// The highest number of a page; the services' own bound.
const PAGE_MAX: i64 = 1_000_000;

/// What a look asks for.
fn asked(query: &RawQuery) -> Fields {
    Fields::parse(query.0.as_deref().unwrap_or("").as_bytes())
}

/// The wanted page, from 1.
fn number(fields: &Fields) -> u64 {
    fields.number("page").unwrap_or(1).clamp(1, PAGE_MAX).unsigned_abs()
}

fn id(text: &str) -> Result<u64, Failed> {
    text.parse().map_err(|_| Failed::not_found())
}

fn shown(page: String) -> Response {
    Html(page).into_response()
}

fn found(page: Result<String, Fault>) -> Result<Response, Failed> {
    Ok(shown(page?))
}

pub(super) async fn health(visit: Visit, _: StaffRead) -> Response {
    shown(health::page(&Desk::of(&visit)).await)
}

pub(super) async fn attention(visit: Visit, _: StaffRead, query: RawQuery) -> Response {
    let fields = asked(&query);
    shown(attention::page(&Desk::of(&visit), fields.text("kind"), number(&fields)).await)
}

pub(super) async fn orders(visit: Visit, _: StaffRead, query: RawQuery) -> Result<Response, Failed> {
    let fields = asked(&query);
    if let Some(id) = fields.id("id") {
        return Ok(view::go(&format!("/console/orders/{id}")));
    }
    let which = orders::Which {
        status: fields.text("status").to_owned(),
        user: fields.text("user").to_owned(),
        page: number(&fields),
    };
    found(orders::page(&Desk::of(&visit), which).await)
}

pub(super) async fn order(visit: Visit, _: StaffRead, Path(text): Path<String>) -> Result<Response, Failed> {
    found(order::page(&Desk::of(&visit), id(&text)?).await)
}

pub(super) async fn deadlines(visit: Visit, _: StaffRead) -> Response {
    shown(deadlines::page(&Desk::of(&visit)).await)
}

pub(super) async fn stock(visit: Visit, _: StaffRead, query: RawQuery) -> Result<Response, Failed> {
    let (fields, desk) = (asked(&query), Desk::of(&visit));
    match fields.id("item") {
        Some(item) => found(stock::item(&desk, id(item)?, number(&fields)).await),
        None => found(stock::lists(&desk, fields.text("key"), number(&fields), fields.text("after")).await),
    }
}

pub(super) async fn messages(visit: Visit, _: StaffRead, query: RawQuery) -> Response {
    let fields = asked(&query);
    shown(messages::page(&Desk::of(&visit), fields.text("process"), fields.text("service")).await)
}

pub(super) async fn catalogue(visit: Visit, _: StaffRead, query: RawQuery) -> Result<Response, Failed> {
    let fields = asked(&query);
    let imported = Imported::default();
    found(catalogue::page(&Desk::of(&visit), fields.text("key"), number(&fields), imported).await)
}

pub(super) async fn people(visit: Visit, _: StaffRead, query: RawQuery) -> Result<Response, Failed> {
    let (fields, desk) = (asked(&query), Desk::of(&visit));
    match fields.id("id") {
        Some(user) => found(people::one(&desk, id(user)?, number(&fields)).await),
        None => found(people::list(&desk, fields.text("key"), number(&fields)).await),
    }
}

pub(super) async fn records(visit: Visit, _: StaffRead, query: RawQuery) -> Result<Response, Failed> {
    let fields = asked(&query);
    found(records::page(&Desk::of(&visit), fields.text("book"), fields.text("before")).await)
}

pub(super) async fn chaos(visit: Visit, _: StaffRead) -> Response {
    shown(chaos::page(&Desk::of(&visit)).await)
}

/// Sets a switch, or places orders to watch.
pub(super) async fn set_chaos(visit: Visit, _: Staff, Posted(fields): Posted) -> Response {
    let (desk, wanted) = (Desk::of(&visit), fields.text("set"));
    let done = if let Some((kind @ ("order" | "pay"), count)) = wanted.split_once('=') {
        let placed = demo::orders(&desk, count.parse().unwrap_or(1), kind == "pay").await;
        placed.map(|orders| format!("{}: {}", desk.words.t("placed"), orders.join(", ")))
    } else {
        switched(&desk, wanted, &visit.fresh_key()).await.map(|()| desk.words.t("done").to_owned())
    };
    match done {
        Ok(sentence) => view::go_saying(&visit, "/console/chaos", Tone::Good, sentence),
        Err(fault) => {
            let sentence = format!("{}: {fault}", desk.words.t("failed"));
            view::go_saying(&visit, "/console/chaos", Tone::Bad, sentence)
        }
    }
}

/// Sets a switch, after it was written down who did.
async fn switched(desk: &Desk, wanted: &str, key: &str) -> Result<(), Fault> {
    act::note(desk, &format!("chaos {wanted}"), desk.words.t("chaosPage"), key).await?;
    chaos::set(desk, wanted).await
}

/// Asks once more, or does it.
pub(super) async fn deed(visit: Visit, _: Staff, Posted(fields): Posted) -> Response {
    let desk = Desk::of(&visit);
    let fields = fields.pairs().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    match act::form(&desk, fields, &visit.fresh_key()).await {
        Outcome::Asked(page) => shown(page),
        Outcome::Done { back, good, sentence } => {
            view::go_saying(&visit, &back, if good { Tone::Good } else { Tone::Bad }, sentence)
        }
    }
}

/// Imports what was pasted, with the same errors as the command line's.
pub(super) async fn import(visit: Visit, _: Staff, Posted(fields): Posted) -> Result<Response, Failed> {
    let desk = Desk::of(&visit);
    let text = fields.exact("text").to_owned();
    let imported = import_text(&desk, &visit, &fields, text.clone()).await;
    let imported = imported.unwrap_or_else(|fault| Imported {
        report: vec![("c-error", format!("{}: {fault}", desk.words.t("failed")))],
        pasted: text,
    });
    found(catalogue::page(&desk, "", 1, imported).await)
}

async fn import_text(desk: &Desk, visit: &Visit, fields: &Fields, text: String) -> Result<Imported, Fault> {
    let format = if fields.text("format") == "csv" { "csv" } else { "jsonl" };
    let on = |name: &str| fields.text(name) == "true";
    let path = format!("/import?format={format}&setStock={}&skipBad={}", on("setStock"), on("skipBad"));
    act::note(desk, "import", desk.words.t("import"), &visit.fresh_key()).await?;
    let mut last = Fault::Silent("no operator's port is known".into());
    for process in desk.processes().await {
        match desk.operator_text(&process, &path, text.clone()).await {
            Ok(answer) => return Ok(Imported::of(&answer, text, desk.words)),
            // Another process has the catalogue.
            Err(Fault::Refused(http::StatusCode::NOT_FOUND, sentence)) => {
                last = Fault::Refused(http::StatusCode::NOT_FOUND, sentence);
            }
            Err(fault) => return Err(fault),
        }
    }
    Err(last)
}
