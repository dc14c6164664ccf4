//! The project's own chores: `cargo xtask test` is everything that must hold before a change lands; the others put a
//! whole shop of several processes on this machine, break it, and replace it while it works.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks on its terminal")]

mod chaos;
mod checks;
mod cluster;
mod environment;
mod http;
mod load;
mod mutants;
mod options;
mod play;
mod programs;
mod screenshots;
mod services;
mod table;
mod upgrade;
mod wall;

use std::process::ExitCode;

/// What a chore comes to; an error is one sentence for whoever called it.
type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "usage: cargo xtask COMMAND

  test             format, lints, every test, the suites on PostgreSQL and on shops of several processes, the mutants
  mutants          break the protocol on purpose, one guard at a time, and say who noticed
                     --only NAME,NAME --seeds 210 --markdown
  cluster up       a shop of several processes on this machine, every role twice
                     --mode ttl|plugin|postgres   where messages travel (ttl)
                     --window 30m                 how long an order waits for its payment
                     --chaos                      with the fault switches open
                     --demo                       with the demo's catalogue and users
                     --debug                      the debug build
  cluster down     stop it; --wipe also drops its database and its messages
  cluster status   what runs, what is ready, what is wrong
  play             the end-to-end suite and the reference's cases on shops of several processes, in every mode
                   there are servers for
                     --mode ttl|plugin|postgres   in one
  chaos            break a shop of its own while orders pour in, then hold it to its promises
                     --rate 300 --seconds N --mode ttl|plugin|postgres --only WORD --debug
  upgrade          replace processes of a shop of its own while orders pour in; no request may fail
                     --roles trade,gateway --rate 100 --mode ttl|plugin|postgres --debug
  screenshots      every page as a picture: wide and narrow, light and dark, English and Chinese
                     --out DIR                    where they go (target/screenshots)";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(code) => code,
        Err(sentence) => {
            eprintln!("xtask: {sentence}");
            ExitCode::from(1)
        }
    }
}

fn run(args: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => checks::run(),
        ["mutants", ..] => mutants::run(&args[1..]),
        ["cluster", chore, ..] => cluster::run(chore, &args[2..]),
        ["play", ..] => play::run(&args[1..]),
        ["chaos", ..] => chaos::run(&args[1..]),
        ["upgrade", ..] => upgrade::run(&args[1..]),
        ["screenshots", ..] => screenshots::run(&args[1..]),
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}
