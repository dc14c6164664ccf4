//! From nothing to a shop that takes orders.

use std::fs;
use std::path::{Path, PathBuf};

use super::Cluster;
use super::config::{self, AUDITOR, Mode, SERVICES, Settings};
use super::layout::{Layout, kept_secret, write, write_private};
use crate::services::{Broker, Login, Postgres};
use crate::{Result, programs};

/// The broker's user of all our shops.
const BROKER_USER: &str = "sandglass";
/// Who the staff user of a shop without the demo is.
const STAFF: &str = "admin";

/// Brings the shop called `name` up.
pub(super) fn up(name: &'static str, settings: &Settings) -> Result<Cluster> {
    make_way(name, settings)?;
    let (postgres, layout) = (Postgres::from_environment()?, Layout::of(name));
    postgres.ensure()?;
    let broker = broker(settings)?;
    let binary = programs::build_sandglass(settings.build)?;
    if settings.fresh {
        layout.remove()?;
    }
    layout.make()?;
    if let Some(broker) = broker {
        make_vhost(&layout, &broker, settings.fresh)?;
    }
    let cluster = Cluster { layout, replicas: config::plan(settings.beside)?, binary };
    let text = config::toml(settings, &cluster.layout, &postgres.place, &cluster.replicas);
    write(&cluster.layout.config(), &text)?;
    cluster.note()?;
    make_database(&cluster, &postgres, settings.fresh)?;
    start(&cluster).inspect_err(|_| {
        // A shop that is half there helps nobody.
        cluster.down();
    })?;
    keep_staff_password(&cluster)?;
    Ok(cluster)
}

/// A shop that shall be fresh takes the place of what an earlier chore left running; another is left in peace.
fn make_way(name: &'static str, settings: &Settings) -> Result<()> {
    let Some(cluster) = Cluster::find(name) else { return Ok(()) };
    match cluster.replicas.iter().filter(|replica| cluster.pid(replica).is_some()).count() {
        0 => Ok(()),
        _ if settings.fresh => {
            cluster.down().then_some(()).ok_or_else(|| "an earlier shop does not stop".to_owned())
        }
        running => Err(format!(
            "{running} processes of the shop in {} run already; stop them first (`cargo xtask cluster down`)",
            cluster.layout.dir().display()
        )),
    }
}

/// The virtual host and login of the shop at the broker.
pub(super) fn login(layout: &Layout) -> Result<Login> {
    let password = kept_secret(&layout.secrets().join("broker.password"))?;
    Ok(Login { vhost: layout.database(), user: BROKER_USER.to_owned(), password })
}

/// The broker, in the modes that have one, able to do what the mode needs.
fn broker(settings: &Settings) -> Result<Option<Broker>> {
    if !settings.mode.has_broker() {
        return Ok(None);
    }
    let broker = Broker::from_environment()?;
    broker.ensure()?;
    if settings.mode == Mode::Plugin {
        broker.ensure_plugin()?;
    }
    Ok(Some(broker))
}

fn make_vhost(layout: &Layout, broker: &Broker, fresh: bool) -> Result<()> {
    let login = login(layout)?;
    if fresh {
        broker.drop_vhost(&login.vhost)?;
    }
    broker.make(&login)?;
    write_private(&layout.broker_file(), &broker.address(&login))
}

/// The database, its roles and its tables.
fn make_database(cluster: &Cluster, postgres: &Postgres, fresh: bool) -> Result<()> {
    let layout = &cluster.layout;
    for role in SERVICES.into_iter().chain([AUDITOR]) {
        kept_secret(&layout.password_file(role))?;
    }
    let database = layout.database();
    if fresh {
        postgres.drop(&database)?;
    }
    let owner = postgres.owner(&kept_secret(&layout.password_file("owner"))?)?;
    postgres.create(&database, &owner)?;
    println!("making the tables in the database {database}");
    let address = layout.owner_file();
    write_private(&address, &postgres.address(&owner, &database))?;
    cluster.ask(&["migrate", "--provision-file", &address.display().to_string()]).map(drop)
}

fn start(cluster: &Cluster) -> Result<()> {
    let mut started = 0;
    for replicas in cluster.replicas.chunk_by(|one, next| one.role == next.role) {
        let role = replicas.first().map(|replica| replica.role.as_str()).unwrap_or_default();
        cluster.start(replicas)?;
        started += replicas.len();
        println!("{role} listens ({started} of {} processes)", cluster.replicas.len());
    }
    cluster.wait_ready(&cluster.replicas)
}

/// The first process to fill a shop with the demo says the staff user's password once; without the demo, a staff user
/// is made. Either way it is kept, so that it can be said again.
fn keep_staff_password(cluster: &Cluster) -> Result<()> {
    let layout = &cluster.layout;
    let said = cluster.of("user").into_iter();
    let mut said = said.filter_map(|replica| fs::read_to_string(layout.said(&replica.name())).ok());
    let mut password = said.find_map(|text| password_in(&text));
    if password.is_none() && cluster.staff_password().is_none() {
        password = cluster.ask(&["user", "staff", STAFF]).ok().and_then(|text| password_in(&text));
    }
    password.map_or(Ok(()), |password| write_private(&layout.staff_file(), &password))
}

fn password_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once(", password ")?;
    rest.split_whitespace().next().map(str::to_owned)
}

/// What to know about a shop that has just come up.
pub(super) fn summary(cluster: &Cluster) -> Result<String> {
    let layout = &cluster.layout;
    let staff = match cluster.staff_password() {
        Some(password) => format!("{STAFF}, password {password}"),
        None => "there is one; its password was shown when it was made".to_owned(),
    };
    let urls = |role| cluster.of(role).iter().map(config::Replica::url).collect::<Vec<_>>().join("  ");
    let config = shown(&layout.config())?;
    Ok([
        format!("gateway      {}", cluster.url()),
        format!("staff user   {staff}"),
        format!("gateways     {}", urls(config::GATEWAY)),
        format!("pages        {}", urls(config::PAGES)),
        format!("database     {}", layout.database()),
        format!("config       {config}"),
        format!("logs         {}", shown(&layout.logs())?),
        "what runs    cargo xtask cluster status".to_owned(),
        format!("audit        sandglass audit --config {config}"),
        "stop         cargo xtask cluster down [--wipe]".to_owned(),
    ]
    .join("\n"))
}

/// Relative to where we are, where that is shorter.
fn shown(path: &Path) -> Result<String> {
    let here = std::env::current_dir().map_err(|error| format!("there is no current directory: {error}"))?;
    Ok(path.strip_prefix(here).map_or_else(|_| path.to_owned(), PathBuf::from).display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_found_in_what_was_said() {
        let said =
            "listening on http://127.0.0.1:1\n  staff user       admin, password 00ff (shown only now)\n";
        assert_eq!(password_in(said).as_deref(), Some("00ff"));
        assert_eq!(password_in("admin, password 12ab (shown only now)").as_deref(), Some("12ab"));
        assert_eq!(password_in("listening on http://127.0.0.1:1"), None);
    }
}
