//! The end-to-end suite and the reference's cases on a shop of several processes, wherever its messages can travel.

use std::process::{Command, ExitCode};

use crate::cluster::config::{Mode, PAGES, Replica, Settings};
use crate::cluster::{Cluster, wipe};
use crate::options::Options;
use crate::programs::Build;
use crate::services::{Broker, Postgres};
use crate::{Result, programs};

/// The shop the cases are played on.
const NAME: &str = "play";
/// How long its orders wait: long enough to press a button, short enough to wait for.
const WINDOW: &str = "5s";
/// What else it is told: how soon a payment is checked, a payment type for orders that shall wait longer than any
/// case takes, and no limit for the one address all requests come from.
const MORE: &[(&str, &str)] = &[("check_delays", r#"["2s"]"#), ("payment_window_wechat", r#""30m""#)];

/// Runs the suite and plays every case in every mode this machine has the servers for; the audit must be clean
/// afterwards. A mode that cannot be had is skipped by name.
pub(crate) fn everywhere() -> Result<()> {
    on_modes(&["postgres", "ttl", "plugin"])
}

/// The same, in the one mode that is named or in all.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args, &["mode"], &[])?;
    match options.value("mode") {
        Some(mode) => on_modes(&[mode])?,
        None => everywhere()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn on_modes(names: &[&str]) -> Result<()> {
    for name in names {
        let mode = name.parse()?;
        match missing(mode) {
            Some(sentence) => println!("skipped: the cases in mode {name}: {sentence}"),
            None => play(name, mode)?,
        }
    }
    Ok(())
}

/// Why this mode cannot be had here, if it cannot.
fn missing(mode: Mode) -> Option<String> {
    let postgres = || Postgres::from_environment()?.ensure();
    let broker = || {
        let broker = Broker::from_environment()?;
        broker.ensure()?;
        if mode == Mode::Plugin { broker.ensure_plugin() } else { Ok(()) }
    };
    postgres().and_then(|()| if mode.has_broker() { broker() } else { Ok(()) }).err()
}

fn play(name: &str, mode: Mode) -> Result<()> {
    println!("── end to end, and the cases, on every role twice, mode {name}");
    let settings = Settings {
        mode,
        window: WINDOW.to_owned(),
        chaos: true,
        demo: true,
        build: Build::chosen(true),
        fresh: true,
        beside: &[PAGES],
        more: MORE,
    };
    let cluster = Cluster::up(NAME, &settings)?;
    let played = on(&cluster);
    let stopped = cluster.down();
    played?;
    if !stopped {
        return Err("a process of the shop did not stop within its time".to_owned());
    }
    wipe(&cluster.layout)
}

/// All that is played on one shop.
fn on(cluster: &Cluster) -> Result<()> {
    let url = cluster.url();
    programs::succeeds(&mut suite(cluster, &url))
        .map_err(|_| "end to end on several processes failed".to_owned())?;
    programs::succeeds(&mut cluster.sandglass(&["demo", "--url", &url]))?;
    programs::succeeds(&mut cluster.sandglass(&["audit"]))
}

/// The suite that runs on a single process, told where the shop is.
fn suite(cluster: &Cluster, url: &str) -> Command {
    let mut cargo = programs::cargo();
    cargo.args(["test", "--quiet", "--package", "sandglass", "--test", "e2e"]);
    // What is skipped says so. Most of a test is waiting, and those that break something also for their turn.
    cargo.args(["--", "--show-output", "--test-threads=8"]);
    cargo.env("SANDGLASS_TEST_URL", url).env("SANDGLASS_TEST_CONFIG", cluster.layout.config());
    let pages: Vec<String> = cluster.of(PAGES).iter().map(Replica::url).collect();
    cargo.env("SANDGLASS_TEST_PAGES", pages.join(","));
    cargo
}
