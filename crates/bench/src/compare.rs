//! `bench compare`: two reports side by side. Every number that both have is shown with its change; what differs in
//! how they were made is said first, for then the numbers compare little.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::Value;

/// Changes smaller than this, in percent, are noise on most machines and not pointed at.
const NOTEWORTHY: f64 = 5.0;

/// Options of `bench compare`.
#[derive(Clone, Debug, Args)]
pub struct CompareArgs {
    /// A report that was written with --json.
    pub before: PathBuf,
    /// Another one of the same kind.
    pub after: PathBuf,
}

/// Prints the comparison.
#[expect(clippy::print_stdout, reason = "the command line's promised output")]
pub fn compare(args: &CompareArgs) -> Result<()> {
    let (before, after) = (leaves(&args.before)?, leaves(&args.after)?);
    let lines = compared(&before, &after);
    ensure!(!lines.is_empty(), "the two reports have no number in common");
    println!("{}", lines.join("\n"));
    Ok(())
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

fn compared(before: &Leaves, after: &Leaves) -> Vec<String> {
    let both = || before.iter().filter_map(|(path, old)| Some((path, old, after.get(path)?)));
    let differs = both().filter(|(path, old, new)| is_setting(path) && old != new);
    let warnings = differs.map(|(path, old, new)| format!("made differently: {path} is {old} and {new}"));
    let numbers = both().filter(|(path, ..)| !is_setting(path));
    let rows = numbers.filter_map(|(path, old, new)| Some(row(path, old.as_f64()?, new.as_f64()?)));
    warnings.chain(rows).collect()
}

fn is_setting(path: &str) -> bool {
    path.starts_with("setting.") || path.starts_with("machine.")
}

fn row(path: &str, old: f64, new: f64) -> String {
    let change = if old == 0.0 { 0.0 } else { (new - old) / old * 100.0 };
    let mark = if change.abs() >= NOTEWORTHY { " *" } else { "" };
    format!("{path:<40}{old:>14.2}{new:>14.2}{change:>+9.1} %{mark}")
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
        let lines = compared(&of(&old), &of(&new));
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(
            lines[0].starts_with("operations.place.p99Ms") && lines[0].ends_with("-50.0 % *"),
            "{lines:?}"
        );
        assert!(lines[1].ends_with("+3.0 %"), "{lines:?}");
    }

    #[test]
    fn what_was_made_differently_is_said() {
        let lines = compared(
            &of(&json!({ "setting": { "clients": 64 } })),
            &of(&json!({ "setting": { "clients": 256 } })),
        );
        assert_eq!(lines, ["made differently: setting.clients is 64 and 256"]);
    }

    #[test]
    fn nothing_divided_by_nothing_is_no_change() {
        assert!(row("errors", 0.0, 0.0).ends_with("+0.0 %"));
    }
}
