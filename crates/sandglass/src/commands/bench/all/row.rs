//! What was wanted, what was seen, and whether the one is the other.

use std::collections::BTreeMap;

use bench::report::Section;
use serde::Serialize;

use super::plan::Plan;

/// A target.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    /// What it is about.
    #[serde(rename = "name")]
    pub(super) what: String,
    pub(super) wanted: String,
    pub(super) seen: String,
    /// Whether it is as wanted; `None` in a quick run, which is too small to be held to figures.
    pub(super) ok: Option<bool>,
    /// The command that measures it alone.
    pub(super) command: String,
    /// The numbers seen.
    pub(super) figures: BTreeMap<&'static str, f64>,
}

/// What was seen of a target.
pub(super) struct Seen {
    pub(super) told: String,
    pub(super) figures: BTreeMap<&'static str, f64>,
    /// Whether the figures are as wanted.
    pub(super) met: bool,
    /// Whether nothing was wrong, such as a verdict that is not clean; asked of quick runs too.
    pub(super) sound: bool,
}

impl Row {
    pub(super) fn new(plan: &Plan, what: String, wanted: &str, seen: Seen, command: String) -> Self {
        let Seen { told, figures, met, sound } = seen;
        let seen = if sound { told } else { format!("{told}; NOT SOUND") };
        let ok = if sound && plan.quick { None } else { Some(sound && met) };
        Self { what, wanted: wanted.to_owned(), seen, ok, command, figures }
    }

    /// Whether it is as it should be, in a word.
    pub(super) fn word(&self) -> &'static str {
        match self.ok {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "–",
        }
    }

    /// For a terminal.
    pub(super) fn line(&self) -> String {
        format!("    {}: {} (wanted {}) {}", self.what, self.seen, self.wanted, self.word())
    }
}

/// What a part came to.
pub(super) struct Outcome {
    pub(super) rows: Vec<Row>,
    /// Its plots, headed and with its command.
    pub(super) section: Option<Section>,
}

impl Outcome {
    pub(super) fn new(row: Row, section: Section) -> Self {
        let section = Section { title: row.what.clone(), command: row.command.clone(), ..section };
        Self { rows: vec![row], section: Some(section) }
    }

    /// Of a part that could not be done.
    pub(super) fn failed(name: &str, error: &anyhow::Error) -> Self {
        let row = Row {
            what: name.to_owned(),
            wanted: "to be measured".to_owned(),
            seen: format!("could not be measured: {error:#}"),
            ok: Some(false),
            command: format!("sandglass bench all --only {name}"),
            figures: BTreeMap::new(),
        };
        Self { rows: vec![row], section: None }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::super::plan::args;
    use super::*;

    fn ok(quick: bool, met: bool, sound: bool) -> Option<bool> {
        let plan = Plan::of(&args(if quick { &["--quick"] } else { &[] }));
        let seen = Seen { told: "1".to_owned(), figures: BTreeMap::new(), met, sound };
        Row::new(&plan, "a".to_owned(), "b", seen, "c".to_owned()).ok
    }

    #[test]
    fn what_is_wrong_is_never_ok_and_a_quick_run_is_held_to_no_figure() {
        assert_eq!(ok(false, true, true), Some(true));
        assert_eq!(ok(false, false, true), Some(false));
        assert_eq!(ok(false, true, false), Some(false));
        assert_eq!(ok(true, false, true), None);
        assert_eq!(ok(true, true, false), Some(false));
    }

    #[test]
    fn what_could_not_be_measured_is_not_ok() {
        let failed = Outcome::failed("hot", &anyhow::anyhow!("no room"));
        assert_eq!(failed.rows[0].ok, Some(false));
        assert!(failed.rows[0].seen.contains("no room"));
    }

    /// The words in the rows are commands that there are.
    #[test]
    fn a_failed_part_names_a_command_that_is_understood() {
        let failed = Outcome::failed("hot", &anyhow::anyhow!("no room"));
        assert!(crate::cli::Cli::try_parse_from(failed.rows[0].command.split(' ')).is_ok());
    }
}
