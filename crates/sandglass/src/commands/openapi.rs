//! `sandglass openapi`.

use std::process::ExitCode;

use anyhow::Result;

/// Writes the document to standard output.
#[expect(clippy::print_stdout, reason = "the command line's promised output")]
pub(super) fn print() -> Result<ExitCode> {
    println!("{}", crate::openapi::document()?);
    Ok(ExitCode::SUCCESS)
}
