//! `bench compare`: two reports side by side. Every number that both have is shown with its change; what differs in
//! how they were made is said first, for then the numbers compare little.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::report::{Made, Outputs, Section, Sheet, Table, Verdict, publish};

/// Changes smaller than this, in percent, are noise on most machines and not pointed at.
const NOTEWORTHY: f64 = 5.0;

/// Options of `bench compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareArgs {
    /// A report that was written with --json.
    pub before: PathBuf,
    /// Another one of the same kind.
    pub after: PathBuf,
    /// Where the comparison goes.
    #[command(flatten)]
    pub outputs: Outputs,
}

/// How a number changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    name: String,
    before: f64,
    after: f64,
    /// 0 where there was nothing to divide by.
    percent: f64,
}

/// Two reports, side by side.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Comparison {
    made_differently: Vec<String>,
    changes: Vec<Change>,
}

/// Prints the comparison.
pub fn compare(args: &CompareArgs) -> Result<()> {
    let compared = compared(&leaves(&args.before)?, &leaves(&args.after)?);
    ensure!(!compared.changes.is_empty(), "the two reports have no number in common");
    publish(&args.outputs, &compared.lines(), &compared, &compared.sheet(args, Made::now()))
}

/// A report's values by their path. Lists are left out: they are what plots are drawn from.
type Leaves = BTreeMap<String, Value>;

fn leaves(file: &Path) -> Result<Leaves> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let report: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is no JSON report", file.display()))?;
    let mut found = Leaves::new();
    collect("", &report, &mut found);
    Ok(found)
}

fn collect(path: &str, value: &Value, found: &mut Leaves) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, inner)| (name.clone(), inner)).collect(),
        Value::Array(list) => list.iter().filter_map(|inner| Some((named(inner)?, inner))).collect(),
        leaf => {
            found.insert(path.to_owned(), leaf.clone());
            return;
        }
    };
    for (name, inner) in members {
        let below = if path.is_empty() { name } else { format!("{path}.{name}") };
        collect(&below, inner, found);
    }
}

/// The name of a list's entry that has one, such as an operation.
fn named(entry: &Value) -> Option<String> {
    entry["name"].as_str().map(str::to_owned)
}

fn compared(before: &Leaves, after: &Leaves) -> Comparison {
    let both = || before.iter().filter_map(|(path, old)| Some((path, old, after.get(path)?)));
    let differs = both().filter(|(path, old, new)| is_setting(path) && old != new);
    let made_differently = differs.map(|(path, old, new)| format!("{path} is {old} and {new}"));
    let numbers = both().filter(|(path, ..)| !is_setting(path));
    let changes = numbers.filter_map(|(path, old, new)| Some(Change::of(path, old.as_f64()?, new.as_f64()?)));
    Comparison { made_differently: made_differently.collect(), changes: changes.collect() }
}

fn is_setting(path: &str) -> bool {
    path.starts_with("setting.") || path.starts_with("machine.")
}

impl Change {
    fn of(name: &str, before: f64, after: f64) -> Self {
        let percent = if before == 0.0 { 0.0 } else { (after - before) / before * 100.0 };
        Self { name: name.to_owned(), before, after, percent }
    }

    fn mark(&self) -> &'static str {
        if self.percent.abs() >= NOTEWORTHY { " *" } else { "" }
    }

    fn line(&self) -> String {
        let Self { name, before, after, percent } = self;
        format!("{name:<40}{before:>14.2}{after:>14.2}{percent:>+9.1} %{}", self.mark())
    }

    fn cells(&self) -> [String; 4] {
        let Self { name, before, after, percent } = self;
        [
            name.clone(),
            format!("{before:.2}"),
            format!("{after:.2}"),
            format!("{percent:+.1} %{}", self.mark()),
        ]
    }
}

impl Comparison {
    fn lines(&self) -> Vec<String> {
        let warnings = self.made_differently.iter().map(|told| format!("made differently: {told}"));
        warnings.chain(self.changes.iter().map(Change::line)).collect()
    }

    fn sheet(&self, args: &CompareArgs, made: Made) -> Sheet {
        let mut table = Table::new("Every number that both have", &["", "before", "after", "change"]);
        self.changes.iter().for_each(|change| table.push(change.cells()));
        let notes = vec![("Made differently".to_owned(), self.made_differently.clone())];
        let notes = notes.into_iter().filter(|(_, told)| !told.is_empty()).collect();
        let same = self.made_differently.is_empty();
        Sheet {
            title: "Two reports side by side".to_owned(),
            made,
            setting: vec![format!("{} and then {}", args.before.display(), args.after.display())],
            verdict: Verdict::of(same, "Made alike", "Made differently"),
            figures: Vec::new(),
            sections: vec![Section { tables: vec![table], notes, ..Section::default() }],
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(report: &Value) -> Leaves {
        let mut found = Leaves::new();
        collect("", report, &mut found);
        found
    }

    #[test]
    fn numbers_of_both_are_shown_with_their_change_and_lists_for_plots_are_not() {
        let old =
            json!({ "rate": 100.0, "operations": [{ "name": "place", "p99Ms": 10.0 }], "timeline": [1, 2] });
        let new =
            json!({ "rate": 103.0, "operations": [{ "name": "place", "p99Ms": 5.0 }], "timeline": [3] });
        let lines = compared(&of(&old), &of(&new)).lines();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(
            lines[0].starts_with("operations.place.p99Ms") && lines[0].ends_with("-50.0 % *"),
            "{lines:?}"
        );
        assert!(lines[1].ends_with("+3.0 %"), "{lines:?}");
    }

    #[test]
    fn what_was_made_differently_is_said() {
        let compared = compared(
            &of(&json!({ "setting": { "clients": 64 } })),
            &of(&json!({ "setting": { "clients": 256 } })),
        );
        assert_eq!(compared.lines(), ["made differently: setting.clients is 64 and 256"]);
    }

    #[test]
    fn nothing_divided_by_nothing_is_no_change() {
        assert!(Change::of("errors", 0.0, 0.0).line().ends_with("+0.0 %"));
    }
}
