//! `sandglass bench`.

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::BenchCommand;

/// Puts load on a shop; exit code 1 if the verdict is not clean.
pub(super) fn run(command: &BenchCommand) -> Result<ExitCode> {
    let BenchCommand::Orders(args) = command;
    let clean = ::bench::run(args)?;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
