//! Counts what one check finds.

use crate::report::{CheckReport, Offender};

/// How many offenders a report names for each check; the rest are counted.
pub(crate) const OFFENDERS_MAX: usize = 10;

/// What a check finds of one thing it looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The invariant says nothing about it.
    Skip,
    /// It is as it must be.
    Holds,
    /// It is not, and why.
    Broken(String),
}

impl Finding {
    /// Fine unless `broken` says why not.
    pub(crate) fn of(broken: Option<String>) -> Self {
        broken.map_or(Finding::Holds, Finding::Broken)
    }

    /// Fine if `holds`; otherwise `why` says why not.
    pub(crate) fn ensure(holds: bool, why: impl FnOnce() -> String) -> Self {
        if holds { Finding::Holds } else { Finding::Broken(why()) }
    }
}

/// One check: `look` judges one thing.
pub(crate) struct Check<F> {
    /// Which invariant of the design it belongs to, 1 … 10.
    pub(crate) invariant: u8,
    /// Its name, stable.
    pub(crate) name: &'static str,
    /// What it demands, as a sentence.
    pub(crate) sentence: &'static str,
    /// Judges one thing.
    pub(crate) look: F,
}

/// A running count of one check.
pub(crate) struct Tally<F> {
    pub(crate) look: F,
    report: CheckReport,
}

impl<F: Copy> Tally<F> {
    pub(crate) fn of(check: &Check<F>) -> Self {
        let report = CheckReport {
            invariant: check.invariant,
            name: check.name.to_owned(),
            sentence: check.sentence.to_owned(),
            checked: 0,
            violated: 0,
            offenders: Vec::new(),
        };
        Self { look: check.look, report }
    }

    /// Takes down what was found of `subject`.
    pub(crate) fn note(&mut self, finding: Finding, subject: impl FnOnce() -> String) {
        if finding == Finding::Skip {
            return;
        }
        self.report.checked += 1;
        let Finding::Broken(why) = finding else { return };
        self.report.violated += 1;
        if self.report.offenders.len() < OFFENDERS_MAX {
            self.report.offenders.push(Offender { subject: subject(), why });
        }
    }

    pub(crate) fn into_report(self) -> CheckReport {
        self.report
    }
}
