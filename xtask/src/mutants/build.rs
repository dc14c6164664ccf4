//! The checkers, built with the switches in. They lie in a target folder of their own, so that nothing that was built
//! for another purpose has a switch.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::{Result, environment, programs};

/// Whose tests are built, and which.
const PACKAGES: &[&str] = &["sim", "model", "engine", "trade", "pay", "user", "item", "cart"];
const BINARIES: &[&str] = &["mutants", "protocol", "pump", "it", "clear"];
/// What puts the switches in.
const ARMED: &str = "sim/armed";

/// A test binary and where it is to run.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Binary {
    path: PathBuf,
    dir: PathBuf,
}

/// Every checker that was built, by package and binary.
pub(super) struct Checkers {
    built: BTreeMap<(String, String), Binary>,
    /// Where they may leave what they say.
    pub(super) dir: PathBuf,
}

impl Checkers {
    /// Builds all, and tests the list of mutants itself.
    pub(super) fn build() -> Result<Self> {
        let dir = environment::target().join("mutants");
        let cargo = || {
            let mut cargo = programs::cargo();
            cargo.env("CARGO_TARGET_DIR", &dir).args(["test", "--quiet"]);
            cargo
        };
        println!("building the checkers with the switches in");
        let mut build = cargo();
        build.args(["--no-run", "--message-format", "json", "--features", ARMED]);
        build.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
        build.args(BINARIES.iter().flat_map(|binary| ["--test", binary]));
        let said = programs::output(&mut build)?;
        let built = said.lines().filter_map(artifact).collect();
        programs::output(cargo().args(["--package", "mutants", "--features", "armed", "--lib"]))?;
        Ok(Self { built, dir })
    }

    /// What runs a checker, in the folder of its crate.
    pub(super) fn command(&self, package: &str, binary: &str) -> Result<Command> {
        let found = self.built.get(&(package.to_owned(), binary.to_owned()));
        let missing =
            || format!("the test binary `{binary}` of `{package}` is not built; name it in {}", file!());
        let Binary { path, dir } = found.ok_or_else(missing)?;
        let mut command = Command::new(path);
        command.current_dir(dir).env("RUST_BACKTRACE", "0");
        Ok(command)
    }

    /// The mutants, a line each.
    pub(super) fn list(&self) -> Result<String> {
        programs::output(self.command("sim", "mutants")?.arg("--list"))
    }
}

/// The test binary of which a message of cargo's tells, if it does.
fn artifact(line: &str) -> Option<((String, String), Binary)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = PathBuf::from(message["executable"].as_str()?);
    let dir = PathBuf::from(message["manifest_path"].as_str()?).parent()?.to_owned();
    let package = dir.file_name()?.to_str()?.to_owned();
    let binary = message["target"]["name"].as_str()?.to_owned();
    Some(((package, binary), Binary { path, dir }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_is_known_by_its_package_and_name() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/x/crates/pay/Cargo.toml",
                       "target":{"name":"it"},"executable":"/y/it-1"}"#;
        let (name, binary) = artifact(line).unwrap();
        assert_eq!(name, ("pay".to_owned(), "it".to_owned()));
        assert_eq!((binary.path, binary.dir), ("/y/it-1".into(), "/x/crates/pay".into()));
        assert_eq!(artifact(r#"{"reason":"build-finished","success":true}"#), None);
    }
}
