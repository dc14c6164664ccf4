//! `sandglass audit`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use audit::Report;
use clock::{Clock, SystemClock};
use http::Method;

use super::{quiet, runtime, with};
use crate::cli::AuditArgs;
use crate::ops::client::Client;
use crate::shop::audit_schemas;

/// Prints the report; exit code 1 if an invariant is violated. In PostgreSQL the auditor's role is all it needs.
pub(super) fn run(args: &AuditArgs) -> Result<ExitCode> {
    if args.common.configuration()?.is_cluster() {
        let config = quiet(&args.common)?;
        let (now, grace_ms) = (SystemClock.now(), books::GRACE_MS);
        return show(&runtime()?.block_on(audit_schemas(&config, now, grace_ms))?, args.json);
    }
    with(&args.common, async |client| show(&ask(client).await?, args.json))
}

async fn ask(client: &Client) -> Result<Report> {
    let answer = client.call(Method::GET, "/audit", None).await?;
    serde_json::from_value(answer).context("the audit's answer is not understood")
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
fn show(report: &Report, as_json: bool) -> Result<ExitCode> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        println!("{report}");
    }
    Ok(if report.clean { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
