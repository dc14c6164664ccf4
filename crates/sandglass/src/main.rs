//! Reads the command line, runs the command, turns its outcome into an exit code: 0 fine, 1 a check failed
//! or the command could not be done, 2 wrong usage or configuration.
#![expect(clippy::print_stderr, reason = "a command line says on standard error what went wrong")]

use std::process::ExitCode;

use clap::Parser;
use sandglass::cli::Cli;
use sandglass::commands;
use sandglass::config::Wrong;

/// Requests make many small, short-lived allocations on several threads; this allocator serves them faster
/// than the C library's and gives memory back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli.command) {
        Ok(code) => code,
        Err(error) if error.is::<Wrong>() => {
            eprintln!("sandglass: {error:#}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("sandglass: {error:#}");
            ExitCode::from(1)
        }
    }
}
