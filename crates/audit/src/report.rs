//! What an audit found.

use model::Ms;
use serde::{Deserialize, Serialize};

use crate::Times;
use crate::tally::OFFENDERS_MAX;

/// The outcome of an audit. As JSON: `{clean, at, graceMs, checks, notChecked}`. Its `Display` is a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Whether no check found a violation.
    pub clean: bool,
    /// When it was taken, in milliseconds since the Unix epoch.
    pub at: Ms,
    /// The grace it allowed, in milliseconds.
    pub grace_ms: i64,
    /// Every check, in the order of the invariants.
    pub checks: Vec<CheckReport>,
    /// What data alone cannot show.
    pub not_checked: Vec<NotChecked>,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckReport {
    /// Which invariant of the design it belongs to, 1 … 10.
    pub invariant: u8,
    /// Its name, stable.
    pub name: String,
    /// What it demands.
    pub sentence: String,
    /// How many things it looked at.
    pub checked: u64,
    /// How many of them violate it.
    pub violated: u64,
    /// The first ten of these.
    pub offenders: Vec<Offender>,
}

/// One violation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Offender {
    /// What violates, such as `order 42`.
    pub subject: String,
    /// What is wrong with it.
    pub why: String,
}

/// An invariant, or a part of one, that was not checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotChecked {
    /// Which invariant of the design.
    pub invariant: u8,
    /// What it demands.
    pub sentence: String,
    /// Why not, and who checks it instead.
    pub why: String,
}

/// Invariants, or parts, that the data does not show: number, demand, reason.
const NOT_CHECKED: [(u8, &str, &str); 3] = [
    (
        6,
        "The same key with another body is refused, and with the same body gets the same answer.",
        "refused requests leave no trace; the end-to-end suite asks",
    ),
    (
        10,
        "What the API acknowledged exists after any crash.",
        "only the client knows what it was told; the load tool keeps that book",
    ),
    (
        10,
        "Nothing is published for a rolled-back change; one failing order delays no other.",
        "what was rolled back left no trace; the simulator watches it happen",
    ),
];

impl Report {
    pub(crate) fn of(times: Times, checks: Vec<CheckReport>) -> Self {
        let clean = checks.iter().all(|check| check.violated == 0);
        let not_checked = NOT_CHECKED
            .map(|(invariant, sentence, why)| NotChecked {
                invariant,
                sentence: sentence.to_owned(),
                why: why.to_owned(),
            })
            .to_vec();
        Self { clean, at: times.now, grace_ms: times.grace_ms, checks, not_checked }
    }

    /// The check of this name.
    pub fn check(&self, name: &str) -> Option<&CheckReport> {
        self.checks.iter().find(|check| check.name == name)
    }

    /// The `later` report without what only it saw: over a live instance a violation counts once two audits,
    /// a grace apart, have seen it. Where either named only its first offenders, it counts as seen by both.
    #[must_use]
    pub fn confirmed_by(&self, mut later: Report) -> Report {
        for check in &mut later.checks {
            let earlier = self.check(&check.name);
            check.keep_if_seen(earlier);
        }
        later.clean = later.checks.iter().all(|check| check.violated == 0);
        later
    }
}

impl CheckReport {
    fn keep_if_seen(&mut self, earlier: Option<&CheckReport>) {
        let Some(earlier) = earlier else { return };
        let truncated = |check: &CheckReport| check.violated > OFFENDERS_MAX as u64;
        if earlier.violated > 0 && (truncated(self) || truncated(earlier)) {
            return;
        }
        let seen =
            |offender: &Offender| earlier.offenders.iter().any(|past| past.subject == offender.subject);
        self.offenders.retain(seen);
        self.violated = self.offenders.len() as u64;
    }
}
