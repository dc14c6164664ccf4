//! What a shop is made of, and the configuration file that says so to its processes.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::str::FromStr;

use super::layout::Layout;
use crate::Result;
use crate::programs::Build;
use crate::services::Place;

/// The services, in the order in which they are started and listed. The gateway comes after them.
pub(crate) const SERVICES: [&str; 5] = ["user", "item", "cart", "trade", "pay"];
/// The one door.
pub(crate) const GATEWAY: &str = "gateway";
/// The pages, which know the shop by its door.
pub(crate) const PAGES: &str = "web";
/// Whoever reads everything, for the audit.
pub(crate) const AUDITOR: &str = "auditor";
/// Processes of each role.
const REPLICAS: u8 = 2;
/// Database connections of each process: all together stay below the hundred of a server as it is installed.
const CONNECTIONS: &str = "6";
/// As many requests from one address as it likes: here every client is at the same one.
const REQUESTS_PER_ADDRESS: &str = "0";
/// Ports are looked for from here on: below those the system gives to outgoing connections, so that a process that
/// was killed finds its port free again.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// Where messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Over `RabbitMQ`, delays in queues with a time to live.
    Ttl,
    /// Over `RabbitMQ`, delays in the plugin's exchange.
    Plugin,
    /// Over the database alone.
    Postgres,
}

impl Mode {
    /// Whether there is a broker.
    pub(crate) fn has_broker(self) -> bool {
        self != Mode::Postgres
    }

    fn broker_mode(self) -> &'static str {
        if self == Mode::Plugin { "plugin" } else { "ttl" }
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "ttl" => Ok(Mode::Ttl),
            "plugin" => Ok(Mode::Plugin),
            "postgres" => Ok(Mode::Postgres),
            _ => Err(format!("`--mode` is ttl, plugin or postgres, not `{text}`")),
        }
    }
}

/// What whoever brings a shop up may choose.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    /// How long an order waits for its payment.
    pub(crate) window: String,
    /// Open the fault switches.
    pub(crate) chaos: bool,
    /// Fill the shop with the demo's catalogue and users.
    pub(crate) demo: bool,
    pub(crate) build: Build,
    /// Drop what there was before.
    pub(crate) fresh: bool,
    /// Roles beside the services and the gateway, such as [`PAGES`].
    pub(crate) beside: &'static [&'static str],
    /// Further lines of the configuration.
    pub(crate) more: &'static [(&'static str, &'static str)],
}

/// One process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replica {
    pub(crate) role: String,
    /// From 1 on.
    pub(crate) number: u8,
    /// Its port for requests.
    pub(crate) listen: u16,
    /// Its port for the operator.
    pub(crate) ops: u16,
}

impl Replica {
    /// Such as `trade-1`.
    pub(crate) fn name(&self) -> String {
        format!("{}-{}", self.role, self.number)
    }

    /// Where requests go.
    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.listen).into()
    }

    /// Where the operator's calls go.
    pub(crate) fn ops_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ops).into()
    }

    /// Where requests go, as a URL.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}

/// The replicas of the services, of the gateway and of the roles beside them, at ports nobody uses.
pub(crate) fn plan(beside: &'static [&'static str]) -> Result<Vec<Replica>> {
    let roles = || {
        let roles = SERVICES.into_iter().chain([GATEWAY]).chain(beside.iter().copied());
        roles.flat_map(|role| (1..=REPLICAS).map(move |n| (role, n)))
    };
    let mut ports = free_ports(roles().count() * 2)?.into_iter();
    let mut next = || ports.next().ok_or("there are fewer ports than processes");
    roles()
        .map(|(role, number)| Ok(Replica { role: role.to_owned(), number, listen: next()?, ops: next()? }))
        .collect()
}

/// Ports that are all free at the same moment. Different shops start looking at different places.
fn free_ports(count: usize) -> Result<Vec<u16>> {
    let spread = u16::try_from(std::process::id() % u32::from(PORTS.end - PORTS.start)).unwrap_or(0);
    let from_there = (PORTS.start + spread..PORTS.end).chain(PORTS.start..PORTS.start + spread);
    let bound = from_there.filter_map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok());
    // All are held until the last is found.
    let held: Vec<TcpListener> = bound.take(count).collect();
    let ports: Vec<u16> =
        held.iter().filter_map(|socket| socket.local_addr().ok()).map(|at| at.port()).collect();
    if ports.len() < count {
        return Err(format!("there are not {count} free ports from {} to {} here", PORTS.start, PORTS.end));
    }
    Ok(ports)
}

/// The replicas as lines of a file.
pub(crate) fn write_replicas(replicas: &[Replica]) -> String {
    let line = |one: &Replica| format!("{} {} {} {}\n", one.role, one.number, one.listen, one.ops);
    replicas.iter().map(line).collect()
}

/// What [`write_replicas`] wrote.
pub(crate) fn read_replicas(text: &str) -> Option<Vec<Replica>> {
    let replica = |line: &str| {
        let mut words = line.split(' ');
        let role = words.next()?.to_owned();
        let number = words.next()?.parse().ok()?;
        let (listen, ops) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some(Replica { role, number, listen, ops })
    };
    text.lines().map(replica).collect()
}

/// The configuration of all processes.
pub(crate) fn toml(settings: &Settings, layout: &Layout, database: &Place, replicas: &[Replica]) -> String {
    let Place { host, port } = database;
    let name = layout.database();
    let mut lines = vec![
        "# Written by `cargo xtask`: the shop on this machine.".to_owned(),
        text("database", &format!("host={host} port={port} dbname={name} user=sandglass_{{role}}")),
        text("database_password_file", &layout.password_file("{role}").display().to_string()),
        text("database_connections", CONNECTIONS),
        text("requests_per_address", REQUESTS_PER_ADDRESS),
        text("keys", &layout.keys().display().to_string()),
        text("data", &layout.data().display().to_string()),
        text("payment_window", &settings.window),
        format!("demo = {}", settings.demo),
        format!("chaos = {}", settings.chaos),
    ];
    if settings.mode.has_broker() {
        lines.push(text("broker_file", &layout.broker_file().display().to_string()));
        lines.push(text("broker_mode", settings.mode.broker_mode()));
    }
    let reached = SERVICES.into_iter().chain([GATEWAY]);
    lines.extend(reached.map(|role| format!("{role}_at = [{}]", quoted_urls(role, replicas))));
    lines.extend(settings.more.iter().map(|(key, value)| format!("{key} = {value}")));
    lines.join("\n") + "\n"
}

fn quoted_urls(role: &str, replicas: &[Replica]) -> String {
    let of_role = replicas.iter().filter(|replica| replica.role == role);
    of_role.map(|replica| format!("\"{}\"", replica.url())).collect::<Vec<_>>().join(", ")
}

fn text(key: &str, value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("{key} = \"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn settings(mode: Mode) -> Settings {
        let more = &[("check_delays", r#"["2s"]"#)];
        Settings {
            mode,
            window: "15s".to_owned(),
            chaos: true,
            demo: false,
            build: Build::Release,
            fresh: true,
            beside: &[],
            more,
        }
    }

    fn replica(role: &str, number: u8, listen: u16) -> Replica {
        Replica { role: role.to_owned(), number, listen, ops: listen + 1 }
    }

    fn written(mode: Mode) -> String {
        let place = Place { host: "127.0.0.1".to_owned(), port: 5432 };
        let replicas =
            [replica("trade", 1, 20_000), replica("trade", 2, 20_002), replica("gateway", 1, 20_004)];
        toml(&settings(mode), &Layout::of("chaos"), &place, &replicas)
    }

    #[test]
    fn the_configuration_lists_the_replicas_of_each_service() {
        let text = written(Mode::Ttl);
        assert!(
            text.contains("trade_at = [\"http://127.0.0.1:20000\", \"http://127.0.0.1:20002\"]\n"),
            "{text}"
        );
        assert!(text.contains("pay_at = []\n"), "{text}");
        assert!(text.contains("gateway_at = [\"http://127.0.0.1:20004\"]\n"), "{text}");
        assert!(text.contains("dbname=sandglass_chaos user=sandglass_{role}\"\n"), "{text}");
        assert!(
            text.contains("payment_window = \"15s\"\n") && text.contains("check_delays = [\"2s\"]\n"),
            "{text}"
        );
    }

    #[test]
    fn without_a_broker_none_is_named() {
        assert!(written(Mode::Plugin).contains("broker_mode = \"plugin\"\n"));
        assert!(!written(Mode::Postgres).contains("broker"));
    }

    #[test]
    fn no_password_is_in_the_configuration() {
        assert!(
            written(Mode::Ttl).lines().all(|line| !line.contains("password=") && !line.contains("amqp:"))
        );
    }

    #[test]
    fn replicas_are_read_as_they_were_written() {
        let replicas = [replica("user", 1, 21_000), replica("gateway", 2, 21_004)];
        assert_eq!(read_replicas(&write_replicas(&replicas)).unwrap(), replicas);
        assert_eq!(read_replicas("user one 1 2"), None);
    }

    #[test]
    fn every_role_is_planned_twice_with_ports_of_its_own() {
        for (beside, processes) in [(&[] as &[&str], 12), (&[PAGES], 14)] {
            let replicas = plan(beside).unwrap();
            assert_eq!(replicas.len(), processes);
            assert_eq!(replicas.iter().filter(|one| one.role == GATEWAY).count(), 2);
            let ports: BTreeSet<u16> = replicas.iter().flat_map(|one| [one.listen, one.ops]).collect();
            assert_eq!(ports.len(), 2 * processes);
            assert!(ports.iter().all(|port| PORTS.contains(port)));
        }
    }

    #[test]
    fn quotes_in_a_path_do_not_end_the_text() {
        assert_eq!(text("keys", r#"/a"b\c"#), r#"keys = "/a\"b\\c""#);
    }
}
