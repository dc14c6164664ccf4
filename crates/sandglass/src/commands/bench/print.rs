//! Showing what came out.

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

/// Prints the lines for people, and writes the report for programs where that is wanted.
#[expect(clippy::print_stdout, reason = "the command line's promised output")]
pub(super) fn report(lines: &[String], report: &impl Serialize, json: Option<&Path>) -> Result<()> {
    for line in lines {
        println!("{line}");
    }
    let Some(file) = json else { return Ok(()) };
    let text = serde_json::to_string_pretty(report)? + "\n";
    std::fs::write(file, text).with_context(|| format!("the report cannot be written to {}", file.display()))
}
