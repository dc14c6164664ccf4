//! `sandglass audit`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use audit::Report;
use http::Method;

use crate::cli::AuditArgs;
use crate::ops::client::Client;

/// Prints the report; exit code 1 if an invariant is violated.
#[expect(clippy::print_stdout, reason = "the command line's promised output")]
pub(super) async fn audit(client: &Client, args: &AuditArgs) -> Result<ExitCode> {
    let answer = client.call(Method::GET, "/audit", None).await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
    }
    let report: Report = serde_json::from_value(answer).context("the audit's answer is not understood")?;
    if !args.json {
        println!("{report}");
    }
    Ok(if report.clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
