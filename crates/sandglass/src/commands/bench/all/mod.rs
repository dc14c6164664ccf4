//! `bench all`: every target of this machine, one after the other, each on a shop of its own.
//!
//! A further target is a line in [`PARTS`] and a function that answers its rows and plots.

mod crowds;
mod due;
mod looks;
mod plan;
mod report;
mod row;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use bench::report::{Made, publish};

use self::plan::Plan;
use self::report::All;
use self::row::Outcome;
use super::say;
use crate::cli::AllArgs;

/// One thing that is measured.
struct Part {
    /// What it is called with `--only`.
    name: &'static str,
    /// Whether it is measured only where it is asked for: it takes very long.
    asked: bool,
    measure: fn(&mut Plan) -> Result<Outcome>,
}

const fn part(name: &'static str, measure: fn(&mut Plan) -> Result<Outcome>) -> Part {
    Part { name, asked: false, measure }
}

/// What is measured, in this order.
const PARTS: [Part; 9] = [
    part("spread", crowds::spread),
    part("hot", crowds::hot),
    part("open", crowds::open),
    part("lifecycle", crowds::lifecycle),
    part("timers", due::timers),
    part("flash", due::flash),
    part("kill", due::kill),
    part("search", looks::search),
    Part { asked: true, ..part("growth", looks::growth) },
];

/// Measures all, and tells; exit code 1 if something is not as it should be.
pub(super) fn run(args: &AllArgs) -> Result<ExitCode> {
    let parts = chosen(args)?;
    let mut plan = Plan::of(args);
    let mut all = All::of(args.quick);
    for (number, part) in (1..).zip(&parts) {
        say(&format!("[{number}/{}] {}", parts.len(), part.name));
        let outcome = (part.measure)(&mut plan).unwrap_or_else(|error| Outcome::failed(part.name, &error));
        outcome.rows.iter().for_each(|row| say(&row.line()));
        all.add(outcome);
    }
    publish(&args.outputs, &all.lines(), &all, &all.sheet(Made::now()))?;
    Ok(if all.good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The parts that were asked for.
fn chosen(args: &AllArgs) -> Result<Vec<&'static Part>> {
    for name in &args.only {
        let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        ensure!(names.contains(&name.as_str()), "--only knows {}, not `{name}`", names.join(", "));
    }
    let wanted = |part: &&Part| {
        let named = args.only.iter().any(|name| name == part.name);
        named || (args.only.is_empty() && (!part.asked || args.growth))
    };
    Ok(PARTS.iter().filter(wanted).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(words: &[&str]) -> Result<Vec<&'static str>> {
        Ok(chosen(&plan::args(words))?.iter().map(|part| part.name).collect())
    }

    #[test]
    fn what_takes_very_long_is_measured_only_when_asked_for() {
        assert_eq!(names(&[]).unwrap().len(), PARTS.len() - 1);
        assert_eq!(names(&["--growth"]).unwrap().len(), PARTS.len());
        assert_eq!(names(&["--only", "growth", "--only", "hot"]).unwrap(), ["hot", "growth"]);
    }

    #[test]
    fn a_part_that_is_not_there_is_refused_with_those_that_are() {
        let error = names(&["--only", "cold"]).unwrap_err().to_string();
        assert!(error.contains("`cold`") && error.contains("spread, hot"), "{error}");
    }
}
