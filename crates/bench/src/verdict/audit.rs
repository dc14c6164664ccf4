//! What the shop's own audit says, asked at the operator's port, or of whoever can look into the shop's data.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use http::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::Auditor;
use crate::api;
use crate::client::{Conn, Target};

/// An audit reads everything there is, which may be ten million orders.
const DEADLINE: Duration = Duration::from_mins(30);

/// The audit's answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Audit {
    /// What it says.
    pub(crate) finding: Finding,
    /// Why it says nothing, or what it found, a sentence each.
    pub(crate) told: Vec<String>,
}

/// What an audit says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Finding {
    /// It was not asked, or the server has none.
    #[default]
    NotAsked,
    /// It was asked and could not be finished.
    Unfinished,
    /// It found nothing wrong.
    Clean,
    /// It found something wrong.
    Violated,
}

impl Finding {
    /// Whether a run may be called clean. An audit without an end vouches for nothing.
    pub(crate) fn lets_pass(self) -> bool {
        matches!(self, Finding::NotAsked | Finding::Clean)
    }
}

#[derive(Deserialize)]
struct Report {
    clean: bool,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    invariant: u8,
    sentence: String,
    violated: u64,
}

/// Asks for an audit through the files in the data directory.
pub(crate) async fn ask(data: Option<&Path>) -> Audit {
    let Some(dir) = data else {
        return not_asked("neither --data nor --config was given");
    };
    match report(dir).await {
        Ok(Some(report)) => found(&report),
        Ok(None) => not_asked("this server has no audit"),
        Err(error) => unfinished(&error),
    }
}

/// Asks `auditor`, who knows the way to the data.
pub(crate) async fn asked_of(auditor: Auditor) -> Audit {
    let report =
        async { serde_json::from_value(auditor.await?).context("the audit's answer is not understood") };
    match report.await {
        Ok(report) => found(&report),
        Err(error) => unfinished(&error),
    }
}

fn unfinished(error: &anyhow::Error) -> Audit {
    Audit { finding: Finding::Unfinished, told: vec![format!("{error:#}")] }
}

fn not_asked(why: &str) -> Audit {
    Audit { finding: Finding::NotAsked, told: vec![why.to_owned()] }
}

async fn report(dir: &Path) -> Result<Option<Report>> {
    let read = |name: &str| {
        let path = dir.join(name);
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let mut conn = Conn::new(Target::of(&format!("http://{}", read("ops.address")?.trim())).await?);
    let mut token = HeaderValue::from_str(&format!("Bearer {}", read("ops.token")?.trim()))?;
    token.set_sensitive(true);
    let request = api::get(api::uri(conn.target(), "/audit")?, Some(&token));
    let answer = conn.send_within(request, DEADLINE).await.ok();
    let answer = answer.context("the operator's port gave no answer")?;
    if answer.status == 404 {
        return Ok(None);
    }
    ensure!(answer.status == 200, "the server answered {} {}", answer.status, api::code(&answer.body));
    Ok(Some(api::body(&answer, "GET /audit")?))
}

fn found(report: &Report) -> Audit {
    let finding = if report.clean { Finding::Clean } else { Finding::Violated };
    let violated = report.checks.iter().filter(|check| check.violated > 0);
    let told = violated.map(|check| {
        format!("invariant {}, {} times violated: {}", check.invariant, check.violated, check.sentence)
    });
    Audit { finding, told: told.collect() }
}
