//! Other programs: run, listened to, and quoted in one sentence when they fail.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::{Result, environment};

/// What the program says on its standard output; an error if it fails.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    output_given("", command)
}

/// The same for one that reads `input`, which is where secrets belong: arguments are seen by everybody.
pub(crate) fn output_given(input: &str, command: &mut Command) -> Result<String> {
    let output = run_given(input, command)?;
    if !output.status.success() {
        return Err(format!("{} failed: {}", name(command), complaint(&output)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs it to its end, whatever that is.
pub(crate) fn run_given(input: &str, command: &mut Command) -> Result<Output> {
    let mut run = || {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read its input is no failure.
            let _ = stdin.write_all(input.as_bytes());
        }
        child.wait_with_output()
    };
    let output: std::io::Result<Output> = run();
    output.map_err(|error| format!("{} cannot be run: {error}", name(command)))
}

/// Runs one that leaves a server behind: nothing of ours stays open in it.
pub(crate) fn leaves_a_server(command: &mut Command) -> Result<()> {
    succeeds(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()))
}

/// Runs it with our terminal; an error if it fails.
pub(crate) fn succeeds(command: &mut Command) -> Result<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{} failed ({status})", name(command))),
        Err(error) => Err(format!("{} cannot be run: {error}", name(command))),
    }
}

/// Whether there is such a program on the path.
pub(crate) fn exists(program: &str) -> bool {
    let path = environment::variable("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// The cargo that runs us, so that a pinned or wrapped one is respected.
pub(crate) fn cargo() -> Command {
    let mut cargo = Command::new(environment::variable("CARGO").unwrap_or_else(|| "cargo".to_owned()));
    cargo.current_dir(environment::repository());
    cargo
}

/// `sandglass` at `binary`, told nothing by our environment: its configuration file says it all.
pub(crate) fn sandglass(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for name in environment::of_sandglass() {
        command.env_remove(name);
    }
    command
}

/// Which build of `sandglass`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Build {
    Debug,
    Release,
}

impl Build {
    /// As the flag `--debug` says.
    pub(crate) fn chosen(debug: bool) -> Self {
        if debug { Build::Debug } else { Build::Release }
    }
}

/// Names a `sandglass` that is built already, to be taken as it is.
const BINARY: &str = "SANDGLASS_CLUSTER_BINARY";

/// Builds `sandglass`, unless one is given, and answers where it is.
pub(crate) fn build_sandglass(build: Build) -> Result<PathBuf> {
    if let Some(given) = environment::variable(BINARY) {
        return fs::canonicalize(&given)
            .map_err(|error| format!("`{BINARY}` is {given}, which is not there: {error}"));
    }
    let (profile, flags): (_, &[&str]) = match build {
        Build::Debug => ("debug", &[]),
        Build::Release => ("release", &["--release"]),
    };
    println!("building sandglass ({profile})");
    succeeds(cargo().args(["build", "--quiet", "--package", "sandglass"]).args(flags))?;
    Ok(environment::target().join(profile).join("sandglass"))
}

/// The program and what it was to do, without the arguments that may hold a secret.
fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    match command.get_args().next().map(|first| first.to_string_lossy()) {
        Some(first) if first.chars().all(|c| c.is_ascii_lowercase() || c == '_') => {
            format!("`{program} {first}`")
        }
        _ => format!("`{program}`"),
    }
}

/// What it said of its failure: the line that is marked as the error, and the last one, which is the innermost cause.
fn complaint(output: &Output) -> String {
    let said = if output.stderr.trim_ascii().is_empty() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(said);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let marked =
        lines.iter().find_map(|line| ["error: ", "Error: "].iter().find_map(|mark| line.strip_prefix(mark)));
    let last = lines.last().copied();
    match (marked, last) {
        (Some(marked), Some(last)) if text.contains("Caused by:") => format!("{marked}: {last}"),
        (Some(marked), _) => marked.to_owned(),
        (None, Some(last)) => last.to_owned(),
        (None, None) => output.status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_program_and_its_last_words() {
        let script = "echo one >&2; echo two >&2; exit 3";
        let failed = output(Command::new("sh").args(["-c", script])).unwrap_err();
        assert_eq!(failed, "`sh` failed: two");
        let script = "echo 'error: no such flag' >&2; echo 'Try --help' >&2; exit 2";
        assert_eq!(output(Command::new("sh").args(["-c", script])).unwrap_err(), "`sh` failed: no such flag");
        let script = "printf 'Error: cannot start\n\nCaused by:\n    it is full\n' >&2; exit 1";
        let failed = output(Command::new("sh").args(["-c", script])).unwrap_err();
        assert_eq!(failed, "`sh` failed: cannot start: it is full");
        let missing = output(&mut Command::new("/nowhere/at-all")).unwrap_err();
        assert!(missing.starts_with("`at-all` cannot be run"), "{missing}");
    }

    #[test]
    fn what_is_given_is_read() {
        assert_eq!(output_given("secret\n", &mut Command::new("cat")), Ok("secret".to_owned()));
    }

    #[test]
    fn only_a_plain_word_is_quoted_after_the_program() {
        assert_eq!(name(Command::new("rabbitmqctl").args(["add_vhost", "x"])), "`rabbitmqctl add_vhost`");
        assert_eq!(name(Command::new("psql").arg("password=x")), "`psql`");
    }
}
