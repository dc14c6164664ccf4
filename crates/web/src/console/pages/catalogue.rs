//! The catalogue: find, edit, put on or off sale, change stock, import.

use askama::Template;
use serde_json::Value;

use super::super::data::Item;
use super::super::desk::{Desk, Fault, encoded};
use super::super::form::{Ask, count, pager};
use super::super::story::cents;
use super::super::words::Words;
use super::Frame;
use super::stock::{items, stock_form};
use crate::layout::Page as Layout;

#[derive(Template)]
#[template(path = "console/catalogue.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    key: String,
    rows: Vec<Row>,
    pager: String,
    report: Vec<(&'static str, String)>,
    pasted: String,
    csrf: String,
    acts: bool,
}

struct Row {
    id: String,
    name: String,
    price_text: String,
    stock: String,
    on: bool,
    forms: Vec<String>,
}

/// What an import came to, and what was pasted.
#[derive(Default)]
pub(crate) struct Imported {
    pub(crate) report: Vec<(&'static str, String)>,
    pub(crate) pasted: String,
}

impl Imported {
    /// What the operator's call answered, as lines: the same errors as the command line's.
    pub(crate) fn of(answer: &Value, pasted: String, w: Words) -> Self {
        let number = |key: &str| answer[key].as_u64().unwrap_or(0);
        let mut report: Vec<(&'static str, String)> = Vec::new();
        for bad in answer["bad"].as_array().into_iter().flatten() {
            report.push((
                "c-error",
                format!("{} {}: {}", w.t("line"), bad["line"], bad["why"].as_str().unwrap_or("")),
            ));
        }
        if answer["rejected"] == true {
            report.push(("c-error", format!("{} {}. {}", number("badTotal"), w.t("bad"), w.t("rejected"))));
            return Self { report, pasted };
        }
        let counts = [("added", "addedN"), ("updated", "updatedN"), ("unchanged", "unchangedN")];
        let counts: Vec<String> =
            counts.iter().map(|(key, word)| format!("{} {}", number(key), w.t(word))).collect();
        report.push(("c-good", counts.join(", ")));
        Self { report, pasted: String::new() }
    }
}

fn row(desk: &Desk, item: &Item, back: &str) -> Row {
    let hidden = || vec![("id", item.id.to_string())];
    let ask = |deed, button, fields, danger| {
        let (csrf, hidden, wants_reason) = (desk.csrf.as_str(), hidden(), false);
        Ask { csrf, deed, button, back, hidden, fields, wants_reason, danger }.html(desk.words)
    };
    let edited = vec![
        ("name", "name", item.name.clone(), "text"),
        ("price", "price", cents(item.price).trim_start_matches('¥').to_owned(), "text"),
        ("category", "category", item.category.clone(), "text"),
        ("brand", "brand", item.brand.clone(), "text"),
    ];
    let on = item.status == 1;
    let (deed, button) = if on { ("item.off", "putOff") } else { ("item.on", "putOn") };
    Row {
        id: item.id.to_string(),
        name: item.name.clone(),
        price_text: cents(item.price),
        stock: count(item.stock),
        on,
        forms: vec![
            ask("item.edit", "save", edited, false),
            stock_form(desk, item.id.0, back),
            ask(deed, button, Vec::new(), false),
            ask("item.delete", "delete", Vec::new(), true),
        ],
    }
}

/// The page.
pub(crate) async fn page(desk: &Desk, key: &str, page: u64, imported: Imported) -> Result<String, Fault> {
    let found = items(desk, key, page).await?;
    let w = desk.words;
    let href = |to: u64| format!("/console/catalogue?key={}&page={to}", encoded(key));
    let frame = Frame::of(desk, "catalogue", w.t("catalogue").to_owned());
    Ok(super::text(&Whole {
        page: frame.layout(desk),
        frame: frame.clone(),
        w,
        key: key.to_owned(),
        rows: found.list.iter().map(|item| row(desk, item, &href(page))).collect(),
        pager: pager(page, found.pages, href),
        report: imported.report,
        pasted: imported.pasted,
        csrf: desk.csrf.clone(),
        acts: desk.acts,
    }))
}
