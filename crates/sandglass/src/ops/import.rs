//! `POST /import`: a catalogue, as CSV or JSON Lines in the body.

use std::io::{Seek, Write};

use api::Problem;
use axum::body::Body;
use axum::extract::State;
use edge::{Failure, Json, Query};
use http_body_util::BodyExt;
use item::import::{Error, Format, Options};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Ops;

/// How to import.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ImportQuery {
    /// `csv` or `jsonl`.
    format: String,
    #[serde(default)]
    set_stock: bool,
    #[serde(default)]
    skip_bad: bool,
}

pub(super) async fn import(
    State(ops): State<Ops>,
    Query(query): Query<ImportQuery>,
    body: Body,
) -> Result<Json<Value>, Failure> {
    let format = match query.format.as_str() {
        "csv" => Format::Csv,
        "jsonl" => Format::JsonLines,
        _ => return Err(Problem::malformed("format must be csv or jsonl").into()),
    };
    let options = Options { format, set_stock: query.set_stock, skip_bad: query.skip_bad };
    let file =
        spool(body).await.map_err(|error| Problem::malformed(format!("the input broke off: {error}")))?;
    match ops.shop.items()?.import(file, options, &mut |_| {}).await {
        Ok(report) => Ok(Json(json!({
            "good": report.checked.good,
            "bad": listed(&report.checked),
            "added": report.counts.added,
            "updated": report.counts.updated,
            "unchanged": report.counts.unchanged,
        }))),
        Err(Error::Rejected(checked)) => Ok(Json(json!({
            "good": checked.good, "bad": listed(&checked), "badTotal": checked.bad, "rejected": true,
        }))),
        Err(Error::Input(error)) => {
            Err(Problem::malformed(format!("the input cannot be read: {error}")).into())
        }
        Err(Error::Storage(error)) => Err(error.into()),
    }
}

/// How many items to make up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GenerateQuery {
    items: u64,
}

/// The most items made up at once.
const ITEMS_MAX: u64 = 20_000_000;
/// Made-up catalogues are the same everywhere.
const SEED: u64 = 7;

pub(super) async fn generate(
    State(ops): State<Ops>,
    Query(query): Query<GenerateQuery>,
) -> Result<Json<Value>, Failure> {
    if query.items > ITEMS_MAX {
        return Err(Problem::malformed("at most 20000000 items are made up at once").into());
    }
    let rows = item::import::generate(query.items, SEED);
    match ops.shop.items()?.put_rows(rows, query.items, &mut |_| {}).await {
        Ok(counts) => Ok(Json(json!({
            "added": counts.added, "updated": counts.updated, "unchanged": counts.unchanged,
        }))),
        Err(Error::Storage(error)) => Err(error.into()),
        Err(error) => Err(Problem::malformed(error.to_string()).into()),
    }
}

fn listed(checked: &item::import::Checked) -> Vec<Value> {
    checked.listed.iter().map(|bad| json!({ "line": bad.line, "why": bad.why })).collect()
}

/// Keeps the input where it can be read twice: once to check it, once to write it.
async fn spool(mut body: Body) -> anyhow::Result<std::fs::File> {
    let mut file = tempfile::tempfile()?;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            file.write_all(&data)?;
        }
    }
    file.rewind()?;
    Ok(file)
}
