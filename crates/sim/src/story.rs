//! The shortest story of a seed that fails.

use std::fmt;

use crate::plan::{Part, Plan};
use crate::run::{Outcome, Seed, run};
use crate::trace::Line;

/// How a seed fails, with everything left out that can be.
#[derive(Clone, Debug)]
pub struct Story {
    /// What is left of it.
    pub seed: Seed,
    /// What came of that.
    pub outcome: Outcome,
}

/// The most lines of a story; the last ones are told.
const LINES_MAX: usize = 400;
/// The most characters of a line; `--trace` prints them all.
const WIDTH_MAX: usize = 200;

impl Story {
    /// Leaves out one part of the plan after the other, for as long as the seed still fails.
    pub fn of(seed: &Seed) -> engine::Result<Self> {
        let mut shortest = Seed { keep_trace: false, ..seed.clone() };
        for part in Plan::of(seed.number, seed.profile, &seed.without).parts() {
            let mut shorter = shortest.clone();
            shorter.without.push(part);
            if !run(&shorter)?.violations.is_empty() {
                shortest = shorter;
            }
        }
        shortest.keep_trace = true;
        let outcome = run(&shortest)?;
        Ok(Self { seed: shortest, outcome })
    }

    /// The command that tells it again.
    pub fn command(&self) -> String {
        let Seed { number, profile, without, .. } = &self.seed;
        let without: Vec<String> = without.iter().map(Part::to_string).collect();
        let without =
            if without.is_empty() { String::new() } else { format!(" --without {}", without.join(",")) };
        format!("sandglass sim --seeds 1 --from {number} --profile {profile}{without}")
    }

    /// What concerns the orders that are wrong, and what concerns everybody.
    fn lines(&self) -> Vec<&Line> {
        let wrong: Vec<u64> = self.outcome.violations.iter().flat_map(|one| one.about.clone()).collect();
        let families = self.outcome.families.iter().filter(|one| one.iter().any(|id| wrong.contains(id)));
        let ids: Vec<u64> = families.flatten().copied().collect();
        // A violation of no order in particular concerns all.
        let concerns =
            |line: &&Line| ids.is_empty() || line.about.iter().any(|id| ids.contains(id)) || is_of_all(line);
        let lines: Vec<&Line> = self.outcome.lines.iter().filter(concerns).collect();
        lines[lines.len().saturating_sub(LINES_MAX)..].to_vec()
    }
}

fn is_of_all(line: &Line) -> bool {
    line.about.is_empty() && line.text.starts_with(['⚡', '✝', '☼', '─', '✗'])
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines() {
            let text: String = line.to_string().chars().take(WIDTH_MAX).collect();
            writeln!(f, "{text}")?;
        }
        for violation in &self.outcome.violations {
            writeln!(f, "violated: {}", violation.what)?;
        }
        write!(f, "again: {}", self.command())
    }
}
