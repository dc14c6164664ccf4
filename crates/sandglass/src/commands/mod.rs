//! The commands, one file a family.

mod archive;
mod audit;
mod bench;
mod dead;
mod demo;
mod import;
mod migrate;
mod openapi;
mod order;
mod tables;
mod user;

use std::process::ExitCode;

use anyhow::{Context, Result};
use jiff::tz::TimeZone;

use crate::cli::{Command, Common, DemoArgs, ServeArgs, UpArgs};
use crate::config::{Config, Wrong};
use crate::ops::client::Client;
use crate::{logging, node, up};

/// Runs one command to its end.
pub fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Up(args) => run_up(&args),
        Command::Openapi => openapi::print(),
        Command::Bench(command) => bench::run(&command),
        Command::Sim(args) => run_sim(&args),
        Command::Serve(args) => run_serve(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Demo(args) => run_demo(&args),
        Command::Order(command) => order::run(&command),
        Command::Dead(command) => dead::run(&command),
        Command::Archive(args) => archive::run(&args),
        Command::Tables(command) => tables::run(&command),
        Command::User(command) => user::run(&command),
        Command::Import(args) => {
            with(&args.common.clone(), async |client| import::import(client, &args).await)
        }
    }
}

fn run_up(args: &UpArgs) -> Result<ExitCode> {
    let config = args.configuration()?;
    prepare(&config)?;
    runtime()?.block_on(up::up(config))?;
    Ok(ExitCode::SUCCESS)
}

fn run_serve(args: &ServeArgs) -> Result<ExitCode> {
    let config = args.up.configuration()?;
    prepare(&config)?;
    runtime()?.block_on(node::serve(config, &args.roles))?;
    Ok(ExitCode::SUCCESS)
}

/// Needs no configuration and writes no log: whatever goes wrong in there is meant to.
fn run_sim(args: &sim::SimArgs) -> Result<ExitCode> {
    Ok(if sim::command(args)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run_demo(args: &DemoArgs) -> Result<ExitCode> {
    let mut config = args.common.configuration()?;
    // Faults are part of the play: what the services warn of would only break the story.
    config.log = "error".into();
    prepare(&config)?;
    runtime()?.block_on(demo::run(args))
}

/// Runs `work` with a way to the data that the options name.
fn with(common: &Common, work: impl AsyncFnOnce(&Client) -> Result<ExitCode>) -> Result<ExitCode> {
    let config = quiet(common)?;
    runtime()?.block_on(async {
        let client = Client::connect(config).await?;
        let done = work(&client).await;
        client.close().await;
        done
    })
}

/// The configuration of a command whose own output is what matters: the log speaks up only when something is
/// wrong.
fn quiet(common: &Common) -> Result<Config> {
    let mut config = common.configuration()?;
    config.log = "warn".into();
    prepare(&config)?;
    Ok(config)
}

fn prepare(config: &Config) -> Result<()> {
    logging::start(config)?;
    api::time::show_in(zone(config)?);
    Ok(())
}

/// The zone that times are told in.
fn zone(config: &Config) -> Result<TimeZone, Wrong> {
    if config.zone.is_empty() {
        return Ok(TimeZone::system());
    }
    TimeZone::get(&config.zone).map_err(|error| Wrong(format!("configuration: `zone`: {error}")))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("the runtime does not start")
}

/// Prints a JSON value for people: indented.
#[expect(clippy::print_stdout, reason = "the command line's promised output")]
fn show(value: &serde_json::Value) -> Result<ExitCode> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(ExitCode::SUCCESS)
}
