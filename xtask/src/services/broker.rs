//! `RabbitMQ`: there, and ours to make virtual hosts in.

use std::process::Command;

use super::{Place, install};
use crate::{Result, environment, programs};

/// Says where the broker is, in place of the default, and after a space its node's name where that is not the one
/// `rabbitmqctl` talks to by itself.
const VARIABLE: &str = "SANDGLASS_CLUSTER_BROKER";
const DEFAULT: &str = "127.0.0.1:5672";
const PLUGIN: &str = "rabbitmq_delayed_message_exchange";

/// A broker of this machine.
#[derive(Clone, Debug)]
pub(crate) struct Broker {
    pub(crate) place: Place,
    node: Option<String>,
}

/// A user and the virtual host that is its own.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) vhost: String,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Broker {
    /// The one that `SANDGLASS_CLUSTER_BROKER` names, or this machine's.
    pub(crate) fn from_environment() -> Result<Self> {
        Self::parse(&environment::variable(VARIABLE).unwrap_or_else(|| DEFAULT.to_owned()))
    }

    fn parse(address: &str) -> Result<Self> {
        let (at, node) =
            address.split_once(' ').map_or((address, None), |(at, node)| (at, Some(node.to_owned())));
        let split = at.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
        let (host, port) =
            split.ok_or_else(|| format!("`{VARIABLE}` is like `{DEFAULT}`, not `{address}`"))?;
        Ok(Self { place: Place { host: host.to_owned(), port }, node })
    }

    /// Makes sure that it answers, installing and starting it if need be.
    pub(crate) fn ensure(&self) -> Result<()> {
        if self.place.answers() {
            return Ok(());
        }
        if !environment::is_root_on_debian() || !self.place.is_here() {
            return Err(format!(
                "RabbitMQ does not answer at {}: install and start it (on Debian as root `apt-get install \
                 rabbitmq-server` and `rabbitmq-server -detached`), or say in {VARIABLE} where there is one",
                self.place
            ));
        }
        if !programs::exists("rabbitmq-server") {
            install("rabbitmq-server")?;
        }
        self.start()
    }

    /// Starts the node unless it answers; clients reach it at our own address alone.
    pub(crate) fn start(&self) -> Result<()> {
        if !self.place.answers() {
            println!("starting RabbitMQ");
            let mut command = self.tool("rabbitmq-server");
            command.arg("-detached").env("RABBITMQ_NODE_IP_ADDRESS", &self.place.host);
            command
                .env("RABBITMQ_NODE_PORT", self.place.port.to_string())
                .env("ERL_EPMD_ADDRESS", "127.0.0.1");
            programs::leaves_a_server(&mut command)?;
        }
        self.place.wait("RabbitMQ", true)?;
        self.control(&["await_startup"])
    }

    /// Stops the node, all of it.
    pub(crate) fn stop(&self) -> Result<()> {
        self.control(&["shutdown"])?;
        self.place.wait("RabbitMQ", false)
    }

    /// Closes the broker within the node.
    pub(crate) fn stop_app(&self) -> Result<()> {
        self.control(&["stop_app"])?;
        self.place.wait("RabbitMQ", false)
    }

    /// Opens it again.
    pub(crate) fn start_app(&self) -> Result<()> {
        self.control(&["start_app"])?;
        self.place.wait("RabbitMQ", true)
    }

    /// Makes the login's virtual host and user, with this password, where they are missing.
    pub(crate) fn make(&self, login: &Login) -> Result<()> {
        if !self.listed(&["list_vhosts", "name"])?.contains(&login.vhost) {
            self.make_vhost(login)?;
        }
        let known =
            self.listed(&["list_users"])?.iter().any(|line| line.split('\t').next() == Some(&login.user));
        let chore = if known { "change_password" } else { "add_user" };
        // Without a password among its arguments, it reads one.
        programs::output_given(
            &format!("{}\n", login.password),
            self.tool("rabbitmqctl").args([chore, &login.user]),
        )?;
        self.permit(login)
    }

    fn make_vhost(&self, login: &Login) -> Result<()> {
        self.control(&["add_vhost", &login.vhost])
    }

    fn permit(&self, login: &Login) -> Result<()> {
        self.control(&["set_permissions", "-p", &login.vhost, &login.user, ".*", ".*", ".*"])
    }

    /// Drops the virtual host with everything in it and makes an empty one in its place.
    pub(crate) fn wipe(&self, login: &Login) -> Result<()> {
        self.control(&["delete_vhost", &login.vhost])?;
        self.make_vhost(login)?;
        self.permit(login)
    }

    /// Drops the virtual host if it is there.
    pub(crate) fn drop_vhost(&self, vhost: &str) -> Result<()> {
        let known = self.listed(&["list_vhosts", "name"])?.iter().any(|name| name == vhost);
        if known { self.control(&["delete_vhost", vhost]) } else { Ok(()) }
    }

    /// An error unless the plugin for delayed messages runs.
    pub(crate) fn ensure_plugin(&self) -> Result<()> {
        let enabled = programs::output(self.tool("rabbitmq-plugins").args([
            "list",
            "--silent",
            "--minimal",
            "--enabled",
        ]))?;
        if enabled.lines().any(|name| name.trim() == PLUGIN) {
            return Ok(());
        }
        Err(format!(
            "the broker has no plugin {PLUGIN}: install and enable it, or use --mode ttl, which needs none"
        ))
    }

    /// The login's address, with its password.
    pub(crate) fn address(&self, login: &Login) -> String {
        let Login { vhost, user, password } = login;
        format!("amqp://{user}:{password}@{}/{vhost}", self.place)
    }

    fn control(&self, args: &[&str]) -> Result<()> {
        programs::output(self.tool("rabbitmqctl").args(args)).map(drop)
    }

    fn listed(&self, args: &[&str]) -> Result<Vec<String>> {
        let mut command = self.tool("rabbitmqctl");
        let text = programs::output(command.args(args).args(["--silent", "--no-table-headers"]))?;
        Ok(text.lines().map(|line| line.trim().to_owned()).collect())
    }

    /// One of the broker's tools, told which node is ours.
    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        if let Some(node) = &self.node {
            command.env("RABBITMQ_NODENAME", node);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_host_and_port() {
        assert_eq!(Broker::parse("localhost:5673").unwrap().place.to_string(), "localhost:5673");
        let other = Broker::parse("127.0.0.1:5673 other@localhost").unwrap();
        assert_eq!((other.place.port, other.node.as_deref()), (5_673, Some("other@localhost")));
        assert!(Broker::parse("localhost").unwrap_err().contains("SANDGLASS_CLUSTER_BROKER"));
    }

    #[test]
    fn a_virtual_host_is_made_emptied_and_dropped() {
        let broker = Broker::from_environment().unwrap();
        if !broker.place.answers() || !environment::is_root() {
            println!(
                "skipped: a_virtual_host_is_made_emptied_and_dropped: no broker that we may change answers"
            );
            return;
        }
        let name = format!("sandglass_xtask_{}", std::process::id());
        let login =
            Login { vhost: name.clone(), user: name.clone(), password: environment::secret().unwrap() };
        let is_there = || broker.listed(&["list_vhosts", "name"]).unwrap().contains(&name);
        broker.make(&login).unwrap();
        broker.make(&login).unwrap();
        broker.wipe(&login).unwrap();
        assert!(is_there());
        broker.control(&["authenticate_user", &login.user, &login.password]).unwrap();
        broker.drop_vhost(&name).unwrap();
        broker.control(&["delete_user", &login.user]).unwrap();
        assert!(!is_there());
    }

    #[test]
    fn the_login_is_in_the_address() {
        let login = Login { vhost: "v".to_owned(), user: "u".to_owned(), password: "p".to_owned() };
        assert_eq!(Broker::parse(DEFAULT).unwrap().address(&login), "amqp://u:p@127.0.0.1:5672/v");
    }
}
