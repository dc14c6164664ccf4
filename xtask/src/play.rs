//! The reference's cases, played on a shop of several processes, wherever its messages can travel.

use crate::cluster::config::{Mode, Settings};
use crate::cluster::{Cluster, wipe};
use crate::programs::Build;
use crate::services::{Broker, Postgres};
use crate::{Result, programs};

/// The shop the cases are played on.
const NAME: &str = "play";
/// How long its orders wait: long enough to press a button, short enough to wait for.
const WINDOW: &str = "5s";

/// Plays every case in every mode this machine has the servers for; the audit must be clean afterwards. A mode that
/// cannot be had is skipped by name.
pub(crate) fn everywhere() -> Result<()> {
    for (name, mode) in [("postgres", Mode::Postgres), ("ttl", Mode::Ttl), ("plugin", Mode::Plugin)] {
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
    println!("── the cases on every role twice, mode {name}");
    let settings = Settings {
        mode,
        window: WINDOW.to_owned(),
        chaos: true,
        demo: true,
        build: Build::chosen(true),
        fresh: true,
        more: &[("check_delays", r#"["2s"]"#)],
    };
    let cluster = Cluster::up(NAME, &settings)?;
    let url = cluster.url();
    let played = programs::succeeds(&mut cluster.sandglass(&["demo", "--url", &url]));
    let stopped = cluster.down();
    played?;
    if !stopped {
        return Err("a process of the shop did not stop within its time".to_owned());
    }
    wipe(&cluster.layout)
}
