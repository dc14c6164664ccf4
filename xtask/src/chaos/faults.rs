//! What is broken, how, and how it is mended.

use std::time::Duration;

use crate::cluster::Cluster;
use crate::cluster::config::{GATEWAY, Mode, Replica, SERVICES};
use crate::services::{Broker, DebianCluster, Login, Postgres};
use crate::{Result, environment, programs};

/// The shop and what it leans on.
pub(super) struct World {
    pub(super) cluster: Cluster,
    pub(super) postgres: Postgres,
    /// The machine's own database server, where we may restart it.
    server: Result<DebianCluster>,
    /// The broker and the shop's login, in the modes that have one.
    broker: Option<(Broker, Login)>,
}

/// One thing to break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// SIGKILL to one replica.
    Kill { role: &'static str, number: u8 },
    /// SIGKILL to all replicas of a role, and none for some time.
    Down { role: &'static str, seconds: u64 },
    /// The database stops at once and recovers.
    Database,
    /// The broker is closed for some time.
    BrokerClosed,
    /// The broker's node ends and is started again.
    BrokerStopped,
    /// The broker forgets everything.
    BrokerWiped,
}

/// How long a killed replica stays away, and a broker.
const KILLED: Duration = Duration::from_secs(4);
const BROKER_AWAY: Duration = Duration::from_secs(8);

impl World {
    /// Finds out what there is to break.
    pub(super) fn of(cluster: &Cluster, mode: Mode) -> Result<Self> {
        let postgres = Postgres::from_environment()?;
        let server = if environment::is_root_on_debian() {
            postgres.debian_cluster()
        } else {
            Err("restarting the database takes root on Debian".to_owned())
        };
        let broker =
            if mode.has_broker() { Some((Broker::from_environment()?, cluster.login()?)) } else { None };
        Ok(Self { cluster: cluster.clone(), postgres, server, broker })
    }

    /// Brings the machine's servers back, whatever state a fault left them in.
    pub(super) fn mend_servers(&self) {
        let database = self.postgres.ensure();
        // A node that runs with its broker closed is told to open it; that says nothing of one that is open.
        let broker = self.broker.as_ref().map_or(Ok(()), |(broker, login)| {
            if !broker.place.answers() {
                broker.start_app().or_else(|_| broker.start())?;
            }
            broker.make(login)
        });
        for sentence in [database, broker].into_iter().filter_map(std::result::Result::err) {
            println!("{sentence}");
        }
    }

    fn broker(&self) -> Result<&(Broker, Login)> {
        self.broker.as_ref().ok_or_else(|| "this shop has no broker".to_owned())
    }

    /// Why `fault` cannot be inflicted here.
    fn cannot(&self, fault: &Fault) -> Option<String> {
        let no_broker = || self.broker.is_none().then(|| "this mode has no broker".to_owned());
        match fault {
            Fault::Kill { .. } | Fault::Down { .. } => None,
            Fault::Database => self.server.as_ref().err().cloned(),
            Fault::BrokerClosed | Fault::BrokerWiped => no_broker(),
            Fault::BrokerStopped => no_broker().or_else(|| {
                let may = environment::is_root() && programs::exists("rabbitmq-server");
                (!may).then(|| "starting the broker's node again takes root and `rabbitmq-server`".to_owned())
            }),
        }
    }
}

/// What is broken in one round, in this order; then what is left out, and why.
pub(super) fn schedule(world: &World, only: Option<&str>) -> (Vec<Fault>, Vec<(String, String)>) {
    let wanted = round().into_iter().filter(|fault| only.is_none_or(|word| fault.name().contains(word)));
    let (mut faults, mut left_out) = (Vec::new(), Vec::new());
    for fault in wanted {
        match world.cannot(&fault) {
            None => faults.push(fault),
            Some(why) => left_out.push((fault.name(), why)),
        }
    }
    (faults, left_out)
}

/// Everything, in the order in which it is broken.
fn round() -> Vec<Fault> {
    let kills = [GATEWAY].into_iter().chain(SERVICES).zip([1, 2].into_iter().cycle());
    kills
        .map(|(role, number)| Fault::Kill { role, number })
        .chain([
            // Twice the window: every order of that time falls due while nobody can say whether it was paid.
            Fault::Down { role: "pay", seconds: 30 },
            Fault::Down { role: "user", seconds: 25 },
            // Longer than any caller's tries and than the time in which a placement must come to something.
            Fault::Down { role: "item", seconds: 40 },
            Fault::Database,
            Fault::BrokerClosed,
            Fault::BrokerStopped,
            Fault::BrokerWiped,
        ])
        .collect()
}

impl Fault {
    /// What it is called.
    pub(super) fn name(&self) -> String {
        match self {
            Fault::Kill { role, number } => format!("kill {role}-{number}"),
            Fault::Down { role, seconds } => format!("no {role} for {seconds} s"),
            Fault::Database => "database restarted at once".to_owned(),
            Fault::BrokerClosed => "broker closed".to_owned(),
            Fault::BrokerStopped => "broker node stopped".to_owned(),
            Fault::BrokerWiped => "broker wiped".to_owned(),
        }
    }

    /// How long it is left broken.
    pub(super) fn held(&self) -> Duration {
        match self {
            Fault::Kill { .. } => KILLED,
            Fault::Down { seconds, .. } => Duration::from_secs(*seconds),
            Fault::Database | Fault::BrokerWiped => Duration::ZERO,
            Fault::BrokerClosed | Fault::BrokerStopped => BROKER_AWAY,
        }
    }

    /// About how long it takes from breaking to mended.
    pub(super) fn lasts(&self) -> Duration {
        let around = match self {
            Fault::Kill { .. } | Fault::Down { .. } => 3,
            Fault::Database | Fault::BrokerWiped => 5,
            Fault::BrokerClosed => 10,
            Fault::BrokerStopped => 25,
        };
        self.held() + Duration::from_secs(around)
    }

    /// Breaks it.
    pub(super) fn inflict(&self, world: &World) -> Result<()> {
        match self {
            Fault::Kill { .. } | Fault::Down { .. } => world.cluster.kill(&self.victims(world)),
            Fault::Database => {
                let server = world.server.as_ref().map_err(Clone::clone)?;
                server.control(&["restart", "-m", "immediate"])
            }
            Fault::BrokerClosed => world.broker()?.0.stop_app(),
            Fault::BrokerStopped => world.broker()?.0.stop(),
            Fault::BrokerWiped => {
                let (broker, login) = world.broker()?;
                broker.wipe(login)
            }
        }
    }

    /// Brings back what it broke.
    pub(super) fn mend(&self, world: &World) -> Result<()> {
        match self {
            Fault::Kill { .. } | Fault::Down { .. } => world.cluster.start(&self.victims(world)),
            Fault::Database => world.postgres.place.wait("PostgreSQL", true),
            Fault::BrokerClosed => world.broker()?.0.start_app(),
            Fault::BrokerStopped => world.broker()?.0.start(),
            Fault::BrokerWiped => Ok(()),
        }
    }

    fn victims(&self, world: &World) -> Vec<Replica> {
        match self {
            Fault::Kill { role, number } => {
                let mut replicas = world.cluster.of(role);
                replicas.retain(|replica| replica.number == *number);
                replicas
            }
            Fault::Down { role, .. } => world.cluster.of(role),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_round_kills_every_role_and_breaks_every_server() {
        let round = round();
        let names: BTreeSet<String> = round.iter().map(Fault::name).collect();
        assert_eq!(names.len(), round.len(), "each has a name of its own");
        for role in SERVICES.into_iter().chain([GATEWAY]) {
            assert!(names.iter().any(|name| name.starts_with(&format!("kill {role}-"))), "{role}");
        }
        for name in ["no pay for 30 s", "no user for 25 s", "no item for 40 s", "broker wiped"] {
            assert!(names.contains(name), "{name}");
        }
        assert!(names.contains("kill gateway-1"), "the load goes through the first gateway, and must notice");
    }

    #[test]
    fn a_fault_lasts_longer_than_it_is_held() {
        assert!(round().iter().all(|fault| fault.lasts() > fault.held()));
    }
}
