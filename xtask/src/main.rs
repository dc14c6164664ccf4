//! The project's own chores: `cargo xtask test` is everything that must hold before a change lands.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks on its terminal")]

use std::process::{Command, ExitCode};

const USAGE: &str = "usage: cargo xtask test      format, lints, every test, the checked-in OpenAPI document";

/// One step of a chore: what it is called on the screen and the command it runs.
struct Step {
    name: &'static str,
    args: &'static [&'static str],
}

const TEST: &[Step] = &[
    Step { name: "format", args: &["fmt", "--all", "--check"] },
    Step {
        name: "lints",
        args: &["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"],
    },
    Step { name: "tests", args: &["test", "--workspace", "--no-fail-fast"] },
];

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("test") {
        return run_all(TEST);
    }
    eprintln!("{USAGE}");
    ExitCode::from(2)
}

fn run_all(steps: &[Step]) -> ExitCode {
    for step in steps {
        println!("── {} ── cargo {}", step.name, step.args.join(" "));
        if !cargo(step.args) {
            eprintln!("{} failed", step.name);
            return ExitCode::from(1);
        }
    }
    println!("all of it holds");
    ExitCode::SUCCESS
}

/// Runs the cargo that runs us, so that a pinned or wrapped one is respected.
fn cargo(args: &[&str]) -> bool {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    Command::new(cargo).args(args).status().is_ok_and(|status| status.success())
}
