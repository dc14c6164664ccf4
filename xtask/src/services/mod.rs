//! The servers a shop of several processes leans on, `PostgreSQL` and `RabbitMQ`, and the browser that looks at its
//! pages. Where one is not there and we may, it is installed and started; otherwise one sentence says what to do.

mod broker;
pub(crate) mod browser;
mod postgres;

pub(crate) use broker::{Broker, Login};
pub(crate) use postgres::{DebianCluster, Postgres};

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::process::Command;
use std::time::Duration;

use crate::{Result, programs, wall};

/// How long a server may take to take a connection.
const CONNECT: Duration = Duration::from_secs(2);
/// How long a server may take to start.
const START: Duration = Duration::from_secs(90);
const STEP: Duration = Duration::from_millis(300);

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Place {
    /// Whether somebody answers there.
    pub(crate) fn answers(&self) -> bool {
        self.addresses().iter().any(|address| TcpStream::connect_timeout(address, CONNECT).is_ok())
    }

    /// Whether it is this machine.
    fn is_here(&self) -> bool {
        let addresses = self.addresses();
        !addresses.is_empty() && addresses.iter().all(|address| address.ip().is_loopback())
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        (self.host.as_str(), self.port).to_socket_addrs().map(Iterator::collect).unwrap_or_default()
    }

    /// Waits until it answers (or no longer does); `what` names the server in the sentence if it takes too long.
    pub(crate) fn wait(&self, what: &str, answering: bool) -> Result<()> {
        let reached = wall::wait_for(START, STEP, || Ok(self.answers() == answering))?;
        let state = if answering { "does not answer" } else { "still answers" };
        let late = || format!("{what} {state} at {self} after {} s; its log says why", START.as_secs());
        reached.then_some(()).ok_or_else(late)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Installs a Debian package.
fn install(package: &str) -> Result<()> {
    println!("installing {package}");
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
        programs::output(&mut command).map(drop)
    };
    apt(&["update", "--quiet"])?;
    apt(&["install", "--quiet", "--yes", package])
}
