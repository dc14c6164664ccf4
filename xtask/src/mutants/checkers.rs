//! Who looks at a mutant, and what they say.

use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::build::Checkers;
use super::known::{Known, Suite};
use crate::{Result, wall};

/// Names the mutant that a process is.
const VARIABLE: &str = "SANDGLASS_MUTANT";
/// Far more than any checker takes. One that takes longer is in a loop, which is not the same as a complaint.
const LIMIT: Duration = Duration::from_mins(10);
const STEP: Duration = Duration::from_millis(20);

/// The worlds that the model check goes through, small ones first. The widest one adds nothing here but time.
const WORLDS: [&str; 4] = [
    "an_order_for_which_there_is_no_stock",
    "an_order_that_costs_nothing",
    "an_order_whose_deadline_is_extended",
    "an_order_with_two_payment_attempts",
];

/// What came of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Looked {
    Caught(Caught),
    /// Not seen, by whom and after how much.
    Missed(String),
    /// Somebody who has to be there is not.
    Skipped,
}

/// A complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caught {
    /// Whose.
    pub(super) by: String,
    /// After how much.
    pub(super) after: String,
    /// What is wrong.
    pub(super) sentence: String,
}

impl Looked {
    /// The complaint, if there was one.
    pub(super) fn caught(&self) -> Option<&Caught> {
        match self {
            Looked::Caught(caught) => Some(caught),
            Looked::Missed(_) | Looked::Skipped => None,
        }
    }

    pub(super) fn is_caught(&self) -> bool {
        self.caught().is_some()
    }
}

/// What a process said, and whether it was content.
struct Said {
    content: bool,
    out: String,
    all: String,
}

impl Checkers {
    /// The simulator, over so many seeds at most.
    pub(super) fn simulate(&self, mutant: Option<&Known>, seeds: u64) -> Result<Looked> {
        let mut command = self.command("sim", "mutants")?;
        let said = self.ask(command.arg(seeds.to_string()), mutant)?;
        let line = said.out.lines().last().unwrap_or_default();
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["caught", number, profile, sentence] => {
                let count = number.parse::<u64>().unwrap_or_default() + 1;
                let after = format!("{count} seed{} ({profile})", if count == 1 { "" } else { "s" });
                Ok(Looked::Caught(Caught { by: "simulator".to_owned(), after, sentence: first(sentence) }))
            }
            ["missed", seeds] => Ok(Looked::Missed(format!("simulator: not in {seeds} seeds"))),
            ["broken", why] => Err(format!("the simulator broke down: {why}")),
            _ => Err(format!("the simulator gave no answer: {}", last(&said.all))),
        }
    }

    /// The model check, world by world.
    pub(super) fn model(&self, mutant: Option<&Known>) -> Result<Looked> {
        let mut visited = 0;
        for world in WORLDS {
            let said = self.test(mutant, "model", "protocol", &format!("every_interleaving::{world}"))?;
            visited += states(&said.all);
            if !said.content {
                let (by, after) = ("model".to_owned(), format!("{visited} states"));
                return Ok(Looked::Caught(Caught { by, after, sentence: complaint(&said.all) }));
            }
        }
        Ok(Looked::Missed(format!("model: not in {visited} states")))
    }

    /// One test of a suite.
    pub(super) fn suite(&self, mutant: Option<&Known>, suite: &Suite) -> Result<Looked> {
        let said = self.test(mutant, &suite.package, &suite.binary, &suite.test)?;
        if said.content {
            return Ok(Looked::Missed(format!("suite: not by {}", suite.test)));
        }
        let (by, after) = (format!("suite of {}", suite.package), suite.test.clone());
        Ok(Looked::Caught(Caught { by, after, sentence: complaint(&said.all) }))
    }

    fn test(&self, mutant: Option<&Known>, package: &str, binary: &str, test: &str) -> Result<Said> {
        let mut command = self.command(package, binary)?;
        let said = self.ask(command.args(["--exact", "--show-output", test]), mutant)?;
        if said.out.contains("running 1 test") {
            Ok(said)
        } else {
            Err(format!("`{package}` has no test `{test}` in `{binary}`"))
        }
    }

    /// Runs a checker on a mutant. What it says goes through files: nobody has to read while it runs.
    fn ask(&self, command: &mut Command, mutant: Option<&Known>) -> Result<Said> {
        let (out, err) = (self.dir.join("said.out"), self.dir.join("said.err"));
        let file = |path| File::create(path).map_err(|error| format!("a file cannot be made: {error}"));
        command.env(VARIABLE, mutant.map_or("", |mutant| &mutant.name));
        command.stdin(Stdio::null()).stdout(file(&out)?).stderr(file(&err)?);
        let mut child = command.spawn().map_err(|error| format!("a checker cannot be run: {error}"))?;
        let mut status = None;
        let ended = wall::wait_for(LIMIT, STEP, || {
            status = child.try_wait().map_err(|error| error.to_string())?;
            Ok(status.is_some())
        })?;
        if !ended {
            child.kill().and_then(|()| child.wait()).map_err(|error| error.to_string())?;
            return Err(format!("a checker did not end within {} s: a loop", LIMIT.as_secs()));
        }
        let read = |path| fs::read_to_string(path).map_err(|error| error.to_string());
        let (out, err) = (read(&out)?, read(&err)?);
        let all = format!("{out}\n{err}");
        Ok(Said { content: status.is_some_and(|status| status.success()), out, all })
    }
}

/// How many states a walk says that it came by.
fn states(text: &str) -> u64 {
    let counts = text.lines().filter_map(|line| line.split_once(" states, "));
    counts.filter_map(|(count, _)| count.parse::<u64>().ok()).sum()
}

/// What a test that failed complains of: the line after the first panic's place.
fn complaint(text: &str) -> String {
    let mut lines = text.lines().skip_while(|line| !line.contains("panicked at "));
    lines.next();
    lines.next().map_or_else(|| last(text), first)
}

/// As much as fits into a table: to the first full stop or line's end, and no more than a line of text.
fn first(text: &str) -> String {
    const LONGEST: usize = 110;
    let sentence = text.split(". ").next().unwrap_or_default().trim();
    let short: String = sentence.chars().take(LONGEST).collect();
    if short.len() < sentence.len() { format!("{short} …") } else { short }
}

fn last(text: &str) -> String {
    first(text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAILED: &str = "running 1 test\n206 states, until a violation: Bounds { .. }\n\
        thread 'x' (1) panicked at crates/model/tests/protocol/invariants.rs:24:9:\n\
        a wish to close was forgotten\nnote: run with\n";

    #[test]
    fn a_failed_test_says_after_how_much_and_why() {
        assert_eq!(states(FAILED), 206);
        assert_eq!(complaint(FAILED), "a wish to close was forgotten");
        assert_eq!(complaint("Killed\n"), "Killed");
    }

    #[test]
    fn a_sentence_is_cut_where_it_ends_or_is_too_long() {
        assert_eq!(first("it is paid. And more"), "it is paid");
        assert!(first(&"long ".repeat(60)).ends_with(" …"));
    }
}
