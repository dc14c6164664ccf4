//! The switches themselves, and what is known of each mutant. Not in any build that ships.

use std::sync::OnceLock;

pub use crate::list::ALL;

use crate::Mutant;

/// Names the mutant that a process is.
pub const VARIABLE: &str = "SANDGLASS_MUTANT";

/// What is known of a mutant.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Which.
    pub mutant: Mutant,
    /// Its name on the command line.
    pub name: &'static str,
    /// What it breaks, in one sentence.
    pub breaks: &'static str,
    /// The rule or the known hole of the design that it stands for.
    pub stands_for: &'static str,
    /// Whether it lies where the simulator can see it.
    pub simulated: bool,
    /// Whether it lies where the model check can see it.
    pub modelled: bool,
    /// Tests that see it.
    pub suites: &'static [Suite],
}

/// A test of a suite.
#[derive(Clone, Copy, Debug)]
pub struct Suite {
    /// The crate.
    pub package: &'static str,
    /// The test binary.
    pub binary: &'static str,
    /// The test's full name in it.
    pub test: &'static str,
}

static CHOSEN: OnceLock<Option<Mutant>> = OnceLock::new();

/// Whether this process is that mutant.
#[must_use]
pub fn on(mutant: Mutant) -> bool {
    *CHOSEN.get_or_init(chosen) == Some(mutant)
}

/// A misspelt name stops the process: a checker must not take the whole protocol for a broken one.
#[expect(clippy::disallowed_methods, reason = "this is the edge of a build for tests, and the only place")]
fn chosen() -> Option<Mutant> {
    let name = std::env::var(VARIABLE).ok().filter(|name| !name.is_empty())?;
    let known = ALL.iter().find(|about| about.name == name);
    Some(known.unwrap_or_else(|| panic!("there is no mutant `{name}`")).mutant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_their_own_and_fit_for_a_command_line() {
        for (index, about) in ALL.iter().enumerate() {
            let others = &ALL[index + 1..];
            assert!(others.iter().all(|other| other.name != about.name), "{} twice", about.name);
            let plain = |letter: char| letter.is_ascii_lowercase() || letter == '-';
            assert!(about.name.chars().all(plain), "{}", about.name);
        }
    }

    #[test]
    fn each_says_what_it_breaks_and_who_could_see_it() {
        for about in ALL {
            assert!(about.breaks.trim().ends_with('.') && !about.stands_for.is_empty(), "{}", about.name);
            assert!(about.simulated || about.modelled || !about.suites.is_empty(), "{}", about.name);
        }
    }
}
