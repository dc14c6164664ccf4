//! `cargo xtask test`: everything that must hold before a change lands.

use std::process::ExitCode;

use crate::services::{Broker, Postgres, browser};
use crate::{Result, mutants, play, programs};

/// One step: what it is called on the screen and the command it runs.
struct Step {
    name: &'static str,
    args: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const STEPS: &[Step] = &[
    Step { name: "format", args: &["fmt", "--all", "--check"], environment: &[] },
    Step {
        name: "lints",
        args: &["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"],
        environment: &[],
    },
    Step { name: "tests", args: &["test", "--workspace", "--no-fail-fast"], environment: &[] },
    Step {
        name: "the services' tests on PostgreSQL",
        args: &[
            "test",
            "--no-fail-fast",
            "-p",
            "trade",
            "-p",
            "item",
            "-p",
            "pay",
            "-p",
            "user",
            "-p",
            "cart",
        ],
        environment: &[("SANDGLASS_TEST_ENGINE", "postgres")],
    },
    Step {
        name: "end to end on PostgreSQL",
        args: &["test", "-p", "sandglass", "--test", "e2e"],
        environment: &[("SANDGLASS_TEST_ENGINE", "postgres")],
    },
];

/// Runs every step until one fails.
pub(crate) fn run() -> Result<ExitCode> {
    let has_postgres = make_sure_servers_are_there();
    for step in STEPS {
        if !has_postgres && !step.environment.is_empty() {
            println!("skipped: {}: there is no PostgreSQL to test on", step.name);
            continue;
        }
        println!("── {} ── cargo {}", step.name, step.args.join(" "));
        let environment = step.environment.iter().copied();
        if programs::succeeds(programs::cargo().args(step.args).envs(environment)).is_err() {
            return Err(format!("{} failed", step.name));
        }
    }
    println!("── mutants");
    if mutants::all(None, mutants::SEEDS, false)? > 0 {
        return Err("a mutant survived: somebody who checks the protocol misses something".to_owned());
    }
    play::everywhere()?;
    println!("all of it holds");
    Ok(ExitCode::SUCCESS)
}

/// Answers whether there is a `PostgreSQL`. A server that cannot be had fails nothing: the tests that need it say by
/// name that they were skipped.
fn make_sure_servers_are_there() -> bool {
    let there = [
        ("PostgreSQL", Postgres::from_environment().and_then(|postgres| postgres.ensure())),
        ("RabbitMQ", Broker::from_environment().and_then(|broker| broker.ensure())),
        ("Chromium", browser::ensure()),
    ];
    let has_postgres = there[0].1.is_ok();
    for (server, outcome) in there {
        match outcome {
            Ok(()) => println!("{server} is there"),
            Err(sentence) => println!("the tests that need {server} will be skipped: {sentence}"),
        }
    }
    has_postgres
}
