//! `sandglass bench`.

use std::process::ExitCode;

use anyhow::Result;

use super::{fill, quiet, runtime};
use crate::cli::BenchCommand;

pub(super) fn run(command: &BenchCommand) -> Result<ExitCode> {
    match command {
        BenchCommand::Orders(args) => orders(args),
        BenchCommand::Fill(args) => {
            let config = quiet(&args.common)?;
            runtime()?.block_on(fill::fill(config, args))
        }
    }
}

/// Puts load on a shop; exit code 1 if the verdict is not clean.
fn orders(args: &::bench::OrdersArgs) -> Result<ExitCode> {
    let clean = ::bench::run(args)?;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
