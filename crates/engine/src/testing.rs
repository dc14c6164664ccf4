//! What tests of storage need: a database on the real server, gone afterwards; the tables under a service, whichever
//! engine keeps them; a gate that stops other transactions half-way.

mod gate;
mod tables;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_postgres::{Config, NoTls};

use crate::postgres::{Db, Options};

pub use gate::Gate;
pub use tables::{Tables, TestEngine, test_name};

/// Where tests find the server unless `SANDGLASS_TEST_POSTGRES` says otherwise. Its user may make databases.
const SERVER: &str = "postgres://postgres@127.0.0.1:5432/postgres";
const CONNECT: Duration = Duration::from_secs(2);

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A database of a test's own; dropped with this value.
pub struct PgDatabase {
    server: Config,
    name: String,
    url: String,
}

impl PgDatabase {
    /// Makes an empty database for the test called `test`, or says that it is skipped and why.
    pub async fn create(test: &str) -> Option<Self> {
        let server = server();
        let name = format!("sandglass_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let make = [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
            // No test cuts the server's power; waiting for its disk would be most of a test's time.
            format!("ALTER DATABASE {name} SET synchronous_commit = off"),
        ];
        match run(&server, &make).await {
            Ok(()) => Some(Self { url: url(&server, &name), server, name }),
            Err(error) => {
                skipped(test, &error);
                None
            }
        }
    }

    /// Its address, as the server's owner.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its address as the role `user`.
    pub fn url_as(&self, user: &str) -> String {
        let mut config = self.server.clone();
        config.user(user);
        url(&config, &self.name)
    }

    /// A handle on `schema` in it.
    ///
    /// # Panics
    ///
    /// If the server's address makes no sense.
    pub fn db(&self, schema: &str) -> Db {
        Db::new(&Options { connections: 4, ..Options::new(self.url.clone(), schema) })
            .expect("a usable address")
    }
}

impl Drop for PgDatabase {
    fn drop(&mut self) {
        let (server, sql) =
            (self.server.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // The test's own runtime may be ending, and a drop cannot wait on it.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(run(&server, &[sql])))
        });
        let _ = dropping.join();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where the server is")]
fn server() -> Config {
    let url = std::env::var("SANDGLASS_TEST_POSTGRES").unwrap_or_else(|_| SERVER.into());
    let mut config: Config =
        url.parse().expect("SANDGLASS_TEST_POSTGRES is the address of a PostgreSQL server");
    config.connect_timeout(CONNECT);
    config
}

async fn run(server: &Config, statements: &[String]) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = server.connect(NoTls).await?;
    let running = tokio::spawn(connection);
    for sql in statements {
        client.batch_execute(sql).await?;
    }
    drop(client);
    let _ = running.await;
    Ok(())
}

fn url(server: &Config, database: &str) -> String {
    use tokio_postgres::config::Host;
    let host = server.get_hosts().first().map_or_else(String::new, |host| match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let password =
        server.get_password().map(|secret| format!(" password={}", String::from_utf8_lossy(secret)));
    format!(
        "host={host} port={} user={} dbname={database}{}",
        server.get_ports().first().unwrap_or(&5432),
        server.get_user().unwrap_or("postgres"),
        password.unwrap_or_default(),
    )
}

#[expect(clippy::print_stderr, reason = "a skipped test says so, with its name and reason")]
fn skipped(test: &str, error: &tokio_postgres::Error) {
    eprintln!("skipped: {test}: no PostgreSQL to test with: {error}");
}
