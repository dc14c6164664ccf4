//! `sandglass demo`: plays the reference's cases and prints each order's timeline as it happens.
//!
//! Without `--url` it brings up an instance of its own with a short payment window, in a directory that goes
//! away with it. With `--url` (and the instance's `--data`) it plays on a running one, as long as the window
//! there is short enough to wait for.

mod buyer;
mod cases;
mod own;
mod story;

use std::process::ExitCode;

use anyhow::{Context, Result};
use http::Method;

use self::buyer::Buyer;
use self::story::Stage;
use crate::cli::DemoArgs;
use crate::ops::client::Client;

/// Plays every case; exit code 1 if one did not end as it should, or the audit finds something.
pub(super) async fn run(args: &DemoArgs) -> Result<ExitCode> {
    let own = if args.url.is_none() { Some(own::start().await?) } else { None };
    let stage = match &own {
        Some(own) => Stage::new(&own.url, Some(own.ops())).await?,
        None => Stage::new(args.url.as_deref().unwrap_or_default(), ops_of(args).await?).await?,
    };
    let ended_well = play(&stage).await;
    if let Some(ops) = stage.ops {
        ops.close().await;
    }
    if let Some(own) = own {
        own.stop().await;
    }
    Ok(if ended_well? { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The operator's calls of the running instance, which the fault switches need.
async fn ops_of(args: &DemoArgs) -> Result<Option<Client>> {
    let Ok(client) = Client::connect(args.common.configuration()?).await else { return Ok(None) };
    if client.is_running() {
        return Ok(Some(client));
    }
    client.close().await;
    Ok(None)
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
async fn play(stage: &Stage) -> Result<bool> {
    let mut all_well = true;
    for case in cases::ALL {
        println!("\n■ {}", case.title);
        match stage.missing_for(case) {
            Some(missing) => println!("  skipped: {missing}"),
            None => all_well &= verdict((case.play)(stage).await),
        }
    }
    all_well &= audit(stage).await?;
    Ok(all_well)
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
fn verdict(outcome: Result<String>) -> bool {
    match outcome {
        Ok(ending) => {
            println!("  ✔ {ending}");
            true
        }
        Err(error) => {
            println!("  ✘ {error:#}");
            false
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
async fn audit(stage: &Stage) -> Result<bool> {
    let Some(ops) = &stage.ops else {
        println!("\naudit: not asked (give the instance's --data)");
        return Ok(true);
    };
    let report = ops.call(Method::GET, "/audit", None).await.context("the audit was not answered")?;
    let report: audit::Report = serde_json::from_value(report)?;
    println!("\n{report}");
    Ok(report.clean)
}
