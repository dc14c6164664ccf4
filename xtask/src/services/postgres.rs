//! `PostgreSQL`: there, and ours to make databases in.

use std::collections::BTreeMap;
use std::process::Command;

use super::{Place, install};
use crate::{Result, environment, programs};

/// Says where the server is and as whom to make databases there, in place of the default.
const VARIABLE: &str = "SANDGLASS_CLUSTER_POSTGRES";
const DEFAULT: &str = "host=127.0.0.1 port=5432 user=postgres";
/// The role made where the server's own superuser has no way in over TCP.
const OWNER: &str = "sandglass_owner";

/// A server, and as whom databases are made there.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    pub(crate) place: Place,
    user: String,
    password: Option<String>,
}

/// Who owns a shop's database, and how to come in as them.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    /// The role.
    pub(crate) user: String,
    /// Its password, where one is needed.
    pub(crate) password: Option<String>,
}

/// A cluster of Debian's tools, as `pg_lsclusters` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DebianCluster {
    pub(crate) version: String,
    pub(crate) name: String,
}

impl DebianCluster {
    /// `pg_ctlcluster`, not by way of systemd, which a container does not have.
    pub(crate) fn control(&self, action: &[&str]) -> Result<()> {
        let mut command = Command::new("pg_ctlcluster");
        command.args(["--skip-systemctl-redirect", &self.version, &self.name]).args(action);
        programs::leaves_a_server(&mut command)
    }
}

impl Postgres {
    /// The one that `SANDGLASS_CLUSTER_POSTGRES` names, or this machine's.
    pub(crate) fn from_environment() -> Result<Self> {
        Self::parse(&environment::variable(VARIABLE).unwrap_or_else(|| DEFAULT.to_owned()))
    }

    fn parse(address: &str) -> Result<Self> {
        let wrong = |what: &str| format!("`{VARIABLE}` is like `{DEFAULT}`, and {what} is not understood");
        let mut pairs = BTreeMap::new();
        for word in address.split_whitespace() {
            let (key, value) = word.split_once('=').ok_or_else(|| wrong("a word of it without `=`"))?;
            if !["host", "port", "user", "password"].contains(&key) {
                return Err(wrong(&format!("`{key}`")));
            }
            pairs.insert(key, value.to_owned());
        }
        let port = pairs.get("port").map_or(Ok(5432), |port| port.parse());
        Ok(Self {
            place: Place {
                host: pairs.remove("host").unwrap_or_else(|| "127.0.0.1".to_owned()),
                port: port.map_err(|_| wrong("the port"))?,
            },
            user: pairs.remove("user").unwrap_or_else(|| "postgres".to_owned()),
            password: pairs.remove("password"),
        })
    }

    /// Makes sure that it answers, installing and starting it if need be.
    pub(crate) fn ensure(&self) -> Result<()> {
        if self.place.answers() {
            return Ok(());
        }
        if !environment::is_root_on_debian() || !self.place.is_here() {
            return Err(format!(
                "PostgreSQL does not answer at {}: install and start it (on Debian as root `apt-get install postgresql` \
                 and `pg_ctlcluster VERSION main start`), or say in {VARIABLE} where there is one",
                self.place
            ));
        }
        if self.debian_cluster().is_err() {
            install("postgresql")?;
        }
        if !self.place.answers() {
            let cluster = self.debian_cluster()?;
            println!("starting PostgreSQL {}", cluster.version);
            cluster.control(&["start"])?;
        }
        self.place.wait("PostgreSQL", true)
    }

    /// The Debian cluster that listens at our port of this machine.
    pub(crate) fn debian_cluster(&self) -> Result<DebianCluster> {
        let listed = programs::output(Command::new("pg_lsclusters").arg("--no-header"))?;
        let found = self.place.is_here().then(|| cluster_at(&listed, self.place.port)).flatten();
        found.ok_or_else(|| {
            format!("no PostgreSQL cluster of this machine is set up for port {}", self.place.port)
        })
    }

    /// Runs `statements` in `database` as whoever may make databases, and answers what they answer, columns apart
    /// by `|`.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> Result<String> {
        match self.over_tcp(&self.user, self.password.as_deref(), database, statements) {
            Err(refused) if is_no_way_in(&refused) && environment::is_root() => {
                self.over_socket(database, statements)
            }
            outcome => outcome,
        }
    }

    /// Whoever shall own the shop's database, with a way in over TCP. That is the user we were told of; where it has
    /// no way in, a role of our own with `password`.
    pub(crate) fn owner(&self, password: &str) -> Result<Owner> {
        let given = Owner { user: self.user.clone(), password: self.password.clone() };
        match self.over_tcp(&given.user, given.password.as_deref(), "postgres", "SELECT 1") {
            Ok(_) => return Ok(given),
            Err(refused) if is_no_way_in(&refused) && environment::is_root() => {}
            Err(refused) => return Err(refused),
        }
        let exists =
            self.over_socket("postgres", &format!("SELECT 1 FROM pg_roles WHERE rolname = '{OWNER}'"))?;
        if exists.is_empty() {
            self.over_socket("postgres", &format!("CREATE ROLE {OWNER} LOGIN CREATEROLE CREATEDB"))?;
        }
        // Hexadecimal digits need no quoting.
        self.over_socket("postgres", &format!("ALTER ROLE {OWNER} PASSWORD '{password}'"))?;
        Ok(Owner { user: OWNER.to_owned(), password: Some(password.to_owned()) })
    }

    /// The address of `database` as its owner.
    pub(crate) fn address(&self, owner: &Owner, database: &str) -> String {
        let password = owner.password.as_ref().map(|password| format!(" password={password}"));
        let Place { host, port } = &self.place;
        format!(
            "host={host} port={port} dbname={database} user={}{}",
            owner.user,
            password.unwrap_or_default()
        )
    }

    /// Makes `database`, belonging to `owner`, unless it is there.
    pub(crate) fn create(&self, database: &str, owner: &Owner) -> Result<()> {
        let known = format!("SELECT 1 FROM pg_database WHERE datname = '{database}'");
        if self.sql("postgres", &known)?.is_empty() {
            self.sql("postgres", &format!("CREATE DATABASE {database} OWNER {}", owner.user))?;
        }
        Ok(())
    }

    /// Drops `database` if it is there, whoever is connected.
    pub(crate) fn drop(&self, database: &str) -> Result<()> {
        self.sql("postgres", &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).map(drop)
    }

    fn over_tcp(
        &self,
        user: &str,
        password: Option<&str>,
        database: &str,
        statements: &str,
    ) -> Result<String> {
        let Place { host, port } = &self.place;
        let mut command = Command::new("psql");
        command
            .args(QUIET)
            .arg(format!("host={host} port={port} user={user} dbname={database} connect_timeout=5"));
        // Otherwise psql would ask on the terminal.
        command.arg("--no-password");
        if let Some(password) = password {
            command.env("PGPASSWORD", password);
        }
        programs::output_given(statements, &mut command)
    }

    /// As the system's user `postgres`, which the server knows by the socket.
    fn over_socket(&self, database: &str, statements: &str) -> Result<String> {
        let port = self.place.port;
        let mut command = Command::new("runuser");
        command
            .args(["-u", "postgres", "--", "psql"])
            .args(QUIET)
            .arg(format!("port={port} dbname={database}"));
        programs::output_given(statements, command.current_dir("/"))
    }
}

/// No start-up file, bare values, and an end at the first error.
const QUIET: [&str; 4] = ["--no-psqlrc", "-Atq", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse"];

fn is_no_way_in(refused: &str) -> bool {
    ["password", "authentication", "pg_hba"].iter().any(|word| refused.contains(word))
}

/// Lines of `pg_lsclusters` are version, name, port, …
fn cluster_at(listed: &str, port: u16) -> Option<DebianCluster> {
    listed.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        let (version, name, at) = (words.next()?, words.next()?, words.next()?);
        let found = DebianCluster { version: version.to_owned(), name: name.to_owned() };
        (at.parse() == Ok(port)).then_some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_has_defaults_and_no_surprises() {
        let postgres = Postgres::parse("port=5433 password=x").unwrap();
        assert_eq!(postgres.place, Place { host: "127.0.0.1".to_owned(), port: 5433 });
        assert_eq!((postgres.user.as_str(), postgres.password.as_deref()), ("postgres", Some("x")));
        assert!(Postgres::parse("dbname=x").unwrap_err().contains("`dbname`"));
        assert!(Postgres::parse("postgres://h/d").is_err());
    }

    #[test]
    fn the_owners_address_is_what_migrate_takes() {
        let postgres = Postgres::parse(DEFAULT).unwrap();
        let owner = Owner { user: "o".to_owned(), password: Some("p".to_owned()) };
        let address = postgres.address(&owner, "d");
        assert_eq!(address, "host=127.0.0.1 port=5432 dbname=d user=o password=p");
    }

    #[test]
    fn a_database_is_made_for_its_owner_and_dropped() {
        let postgres = Postgres::from_environment().unwrap();
        if !postgres.place.answers() {
            println!(
                "skipped: a_database_is_made_for_its_owner_and_dropped: {} does not answer",
                postgres.place
            );
            return;
        }
        let database = format!("sandglass_xtask_{}", std::process::id());
        let owner = postgres.owner(&environment::secret().unwrap()).unwrap();
        postgres.create(&database, &owner).unwrap();
        postgres.create(&database, &owner).unwrap();
        let asked = "SELECT current_user, current_database()";
        let answer = postgres.over_tcp(&owner.user, owner.password.as_deref(), &database, asked).unwrap();
        assert_eq!(answer, format!("{}|{database}", owner.user));
        assert_eq!(postgres.sql(&database, "SELECT 1, 2"), Ok("1|2".to_owned()));
        let wrong = postgres.sql(&database, "SELECT nothing").unwrap_err();
        assert!(wrong.contains("nothing"), "{wrong}");
        postgres.drop(&database).unwrap();
        assert!(postgres.sql(&database, "SELECT 1").is_err());
    }

    #[test]
    fn a_cluster_is_known_by_its_port() {
        let listed = "15 main  5432 online postgres /var/lib\n16 other 5433 down postgres /var/lib2";
        let other = DebianCluster { version: "16".to_owned(), name: "other".to_owned() };
        assert_eq!(cluster_at(listed, 5433), Some(other));
        assert_eq!(cluster_at(listed, 5434), None);
        assert_eq!(cluster_at("", 5432), None);
    }
}
