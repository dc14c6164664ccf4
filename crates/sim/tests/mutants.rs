//! The mutant that this process is, before the simulator: how many seeds until something is wrong.
//!
//! `cargo xtask mutants` builds and runs it; nothing else can, for want of the feature `armed`. With `--list` it says
//! which mutants there are, with a number it runs so many seeds at most and says what came of them.
#![expect(clippy::print_stdout, reason = "whoever runs it reads what it says")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use mutants::armed::{ALL, About};
use sim::{Fleet, Outcome, Seed};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--list"] => list(),
        [seeds] if seeds.parse::<u64>().is_ok() => hunt(seeds.parse().unwrap_or_default()),
        _ => return ExitCode::from(2),
    }
    ExitCode::SUCCESS
}

/// One line a mutant, its columns apart by tabs.
fn list() {
    for About { name, breaks, stands_for, simulated, modelled, suites, .. } in ALL {
        print!("{name}\t{}\t{stands_for}\t{simulated}\t{modelled}", breaks.trim());
        for suite in *suites {
            print!("\t{} {} {}", suite.package, suite.binary, suite.test);
        }
        println!();
    }
}

/// `caught`, the number of the first seed that fails, its profile, and what is wrong; or `missed`.
fn hunt(seeds: u64) {
    // A name that there is not stops everything here, rather than look like a violation in the first seed.
    let _ = mutants::on(ALL[0].mutant);
    let jobs = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let fleet = Fleet { from: 0, seeds, jobs, profile: None, without: vec![], stop_at_failure: true };
    let ran = catch_unwind(AssertUnwindSafe(|| fleet.run(&|_: &Seed, _: &Outcome| {})));
    match ran {
        Ok(Ok(summary)) => match summary.failed.first() {
            Some(failed) => {
                let (Seed { number, profile, .. }, violations) = (&failed.seed, &failed.violations);
                let first = violations.first().map_or("no reason was given", String::as_str);
                println!("caught\t{number}\t{profile}\t{first}");
            }
            None => println!("missed\t{}", summary.seeds),
        },
        Ok(Err(error)) => println!("broken\ta seed could not be run to its end: {error}"),
        Err(_) => println!("broken\tthe simulator itself panicked"),
    }
}
