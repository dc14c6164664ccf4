//! The mutants there are, as the checkers say.

use super::build::Checkers;
use crate::Result;

/// A mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) name: String,
    /// What it breaks, in one sentence.
    pub(super) breaks: String,
    /// The rule or hole of the design that it stands for.
    pub(super) stands_for: String,
    /// Whether the simulator could see it.
    pub(super) simulated: bool,
    /// Whether the model check could.
    pub(super) modelled: bool,
    /// Which tests could.
    pub(super) suites: Vec<Suite>,
}

/// A test of a service's suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suite {
    pub(super) package: String,
    pub(super) binary: String,
    pub(super) test: String,
}

impl Suite {
    /// Whether it looks at nothing without a server.
    pub(super) fn needs_postgres(&self) -> bool {
        self.test.contains("postgres")
    }
}

/// All of them, or those of the comma-separated names in `only`.
pub(super) fn chosen(checkers: &Checkers, only: Option<&str>) -> Result<Vec<Known>> {
    let all = checkers.list()?.lines().map(parse).collect::<Result<Vec<_>>>()?;
    let Some(only) = only else { return Ok(all) };
    let one = |name: &str| {
        let found = all.iter().find(|mutant| mutant.name == name).cloned();
        found.ok_or_else(|| format!("there is no mutant `{name}`; crates/mutants/src/list.rs has all"))
    };
    only.split(',').map(one).collect()
}

fn parse(line: &str) -> Result<Known> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [name, breaks, stands_for, simulated, modelled, suites @ ..] = columns.as_slice() else {
        return Err(format!("this line names no mutant: {line}"));
    };
    Ok(Known {
        name: (*name).to_owned(),
        breaks: (*breaks).to_owned(),
        stands_for: (*stands_for).to_owned(),
        simulated: *simulated == "true",
        modelled: *modelled == "true",
        suites: suites.iter().map(|suite| parse_suite(suite)).collect::<Result<_>>()?,
    })
}

fn parse_suite(text: &str) -> Result<Suite> {
    let words: Vec<&str> = text.split(' ').collect();
    let [package, binary, test] = words.as_slice() else {
        return Err(format!("this names no test: {text}"));
    };
    let [package, binary, test] = [package, binary, test].map(|word| (*word).to_owned());
    Ok(Suite { package, binary, test })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_mutant_with_its_tests() {
        let mutant = parse("no-x\tNo x.\thole 3\ttrue\tfalse\ttrade it a::b\tpay it c").unwrap();
        assert_eq!((mutant.name.as_str(), mutant.simulated, mutant.modelled), ("no-x", true, false));
        let tests: Vec<&str> = mutant.suites.iter().map(|suite| suite.test.as_str()).collect();
        assert_eq!(tests, ["a::b", "c"]);
        assert!(parse("no-x\tNo x.").is_err() && parse("n\tb\ts\ttrue\ttrue\tpay it").is_err());
    }
}
