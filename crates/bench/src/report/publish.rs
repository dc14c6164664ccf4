//! Where reports go: to the terminal, and into files where that is wanted.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde::Serialize;

use super::{Made, Sheet, html};

/// Where a report is written beside the terminal.
#[derive(Clone, Debug, Default, Args)]
pub struct Outputs {
    /// Also write the report as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Also write the report as a page with plots.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// A report for programs: what came out, beside how it came about.
#[derive(Serialize)]
struct ForPrograms<'a, T> {
    #[serde(flatten)]
    made: &'a Made,
    #[serde(flatten)]
    report: &'a T,
}

/// Prints `lines`, and writes `report` for programs and `sheet` for people where `outputs` wants them. The report must
/// serialize as an object; `command`, `date` and `machine` are added to it.
#[expect(clippy::print_stdout, reason = "the command line's promised output")]
pub fn publish(outputs: &Outputs, lines: &[String], report: &impl Serialize, sheet: &Sheet) -> Result<()> {
    if let Some(file) = &outputs.json {
        let report = ForPrograms { made: &sheet.made, report };
        write(file, &(serde_json::to_string_pretty(&report)? + "\n"))?;
    }
    if let Some(file) = &outputs.html {
        write(file, &html::page(sheet))?;
    }
    // Last, for whoever reads may go away.
    println!("{}", lines.join("\n"));
    Ok(())
}

fn write(file: &Path, text: &str) -> Result<()> {
    std::fs::write(file, text).with_context(|| format!("the report cannot be written to {}", file.display()))
}
