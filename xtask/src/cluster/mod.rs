//! A shop of several processes on this machine: every role twice, on the machine's `PostgreSQL` and `RabbitMQ`.

pub(crate) mod config;
pub(crate) mod layout;
mod process;
mod status;
mod up;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use crate::options::Options;
use crate::programs::Build;
use crate::services::{Broker, Login, Postgres};
use crate::{Result, http, programs, wall};
use config::{GATEWAY, Mode, PAGES, Replica, Settings};
use layout::{Layout, write};
use status::Condition;

/// How long a process that listens may take to be ready.
const READY: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(100);
const WINDOW: &str = "30m";
/// The shop people use; chores make others for themselves.
const OWN: &str = "cluster";

/// A shop and its processes.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) layout: Layout,
    pub(crate) replicas: Vec<Replica>,
    binary: PathBuf,
}

/// `cluster up`, `down`, `status`.
pub(crate) fn run(chore: &str, args: &[String]) -> Result<ExitCode> {
    match chore {
        "up" => up(args),
        "down" => down(args),
        "status" => {
            Options::parse(args, &[], &[])?;
            let (table, all_well) = status::status(&there()?);
            print!("{table}");
            Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
        _ => Err(format!("there is no `cluster {chore}`; there are up, down and status")),
    }
}

fn up(args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args, &["mode", "window"], &["chaos", "demo", "debug"])?;
    let settings = Settings {
        mode: mode(&options)?,
        window: options.value("window").unwrap_or(WINDOW).to_owned(),
        chaos: options.flag("chaos"),
        demo: options.flag("demo"),
        build: Build::chosen(options.flag("debug")),
        fresh: false,
        beside: &[PAGES],
        more: &[],
    };
    let cluster = Cluster::up(OWN, &settings)?;
    println!("{}", up::summary(&cluster)?);
    Ok(ExitCode::SUCCESS)
}

fn down(args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args, &[], &["wipe"])?;
    let layout = Layout::of(OWN);
    let stopped = if let Some(cluster) = Cluster::find(OWN) {
        cluster.down()
    } else {
        println!("there is no shop in {}", layout.dir().display());
        true
    };
    if options.flag("wipe") && stopped {
        wipe(&layout)?;
    }
    Ok(if stopped { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Drops the shop's database, its messages and its files.
pub(crate) fn wipe(layout: &Layout) -> Result<()> {
    Postgres::from_environment()?.drop(&layout.database())?;
    let broker = Broker::from_environment()?;
    if broker.place.answers() {
        broker.drop_vhost(&layout.database())?;
    }
    layout.remove()?;
    println!("database, messages and files are gone");
    Ok(())
}

/// Where messages shall travel.
pub(crate) fn mode(options: &Options) -> Result<Mode> {
    options.value("mode").map_or(Ok(Mode::Ttl), str::parse)
}

fn there() -> Result<Cluster> {
    Cluster::find(OWN)
        .ok_or_else(|| "there is no shop here; bring one up with `cargo xtask cluster up`".to_owned())
}

impl Cluster {
    /// Brings the shop called `name` up; an error if it is up already.
    pub(crate) fn up(name: &'static str, settings: &Settings) -> Result<Self> {
        up::up(name, settings)
    }

    /// The shop called `name`, if one was brought up here.
    fn find(name: &'static str) -> Option<Self> {
        let layout = Layout::of(name);
        let replicas = config::read_replicas(&fs::read_to_string(layout.replicas()).ok()?)?;
        let binary = fs::read_to_string(layout.dir().join("binary")).ok()?;
        Some(Self { layout, replicas, binary: PathBuf::from(binary.trim()) })
    }

    /// Notes where everything is, for the chores that come later.
    fn note(&self) -> Result<()> {
        write(&self.layout.replicas(), &config::write_replicas(&self.replicas))?;
        write(&self.layout.dir().join("binary"), &self.binary.display().to_string())
    }

    /// The replicas of `role`.
    pub(crate) fn of(&self, role: &str) -> Vec<Replica> {
        self.replicas.iter().filter(|replica| replica.role == role).cloned().collect()
    }

    /// The first gateway's URL.
    pub(crate) fn url(&self) -> String {
        self.of(GATEWAY).first().map(Replica::url).unwrap_or_default()
    }

    /// `sandglass` itself.
    pub(crate) fn program(&self) -> Command {
        programs::sandglass(&self.binary)
    }

    /// `sandglass` with this shop's configuration.
    pub(crate) fn sandglass(&self, args: &[&str]) -> Command {
        let mut command = self.program();
        command.args(args).arg("--config").arg(self.layout.config());
        command
    }

    /// What `sandglass` says, with this shop's configuration.
    pub(crate) fn ask(&self, args: &[&str]) -> Result<String> {
        programs::output(&mut self.sandglass(args))
    }

    /// The shop's login at the broker.
    pub(crate) fn login(&self) -> Result<Login> {
        up::login(&self.layout)
    }

    /// The staff user's password.
    pub(crate) fn staff_password(&self) -> Option<String> {
        let text = fs::read_to_string(self.layout.staff_file()).ok()?;
        Some(text.trim().to_owned())
    }

    /// How `replica` is.
    fn condition(&self, replica: &Replica) -> Condition {
        Condition { pid: self.pid(replica), ready: http::get(replica.ops_address(), "/readyz") }
    }

    fn pid(&self, replica: &Replica) -> Option<u32> {
        process::pid(self.binary(), &self.layout, replica)
    }

    fn binary(&self) -> &Path {
        &self.binary
    }

    /// Starts `replicas` at once and waits until every one of them listens.
    pub(crate) fn start(&self, replicas: &[Replica]) -> Result<()> {
        replicas.iter().try_for_each(|replica| process::start(&self.binary, &self.layout, replica))?;
        replicas.iter().try_for_each(|replica| process::wait_listening(&self.binary, &self.layout, replica))
    }

    /// Waits until every one of `replicas` is ready.
    pub(crate) fn wait_ready(&self, replicas: &[Replica]) -> Result<()> {
        let all_ready = || Ok(replicas.iter().all(|replica| self.condition(replica).is_ready()));
        if wall::wait_for(READY, STEP, all_ready)? {
            return Ok(());
        }
        Err(format!("not every process is ready after {} s:\n{}", READY.as_secs(), status::status(self).0))
    }

    /// Kills `replicas`, which is not asking.
    pub(crate) fn kill(&self, replicas: &[Replica]) -> Result<()> {
        for replica in replicas {
            process::signal(&self.binary, &self.layout, replica, "KILL")?;
        }
        let gone = replicas.iter().all(|replica| process::wait_ended(&self.binary, &self.layout, replica));
        if gone { Ok(()) } else { Err("a process that was killed is still there".to_owned()) }
    }

    /// Asks `replica` to finish what is inside and end; an error if it takes too long.
    pub(crate) fn stop(&self, replica: &Replica) -> Result<()> {
        process::signal(&self.binary, &self.layout, replica, "TERM")?;
        let ended = process::wait_ended(&self.binary, &self.layout, replica);
        ended.then_some(()).ok_or_else(|| format!("{} did not stop within 10 s of SIGTERM", replica.name()))
    }

    /// Asks all processes to stop and says how that went; answers whether all did.
    pub(crate) fn down(&self) -> bool {
        let running: Vec<&Replica> =
            self.replicas.iter().filter(|replica| self.pid(replica).is_some()).collect();
        let asked =
            running.iter().map(|replica| process::signal(&self.binary, &self.layout, replica, "TERM"));
        for sentence in asked.filter_map(std::result::Result::err) {
            println!("{sentence}");
        }
        let late: Vec<String> = running
            .iter()
            .filter(|replica| !process::wait_ended(&self.binary, &self.layout, replica))
            .map(|replica| replica.name())
            .collect();
        println!("{} of {} running processes stopped", running.len() - late.len(), running.len());
        if !late.is_empty() {
            println!("still running after SIGTERM: {}", late.join(", "));
        }
        late.is_empty()
    }
}
