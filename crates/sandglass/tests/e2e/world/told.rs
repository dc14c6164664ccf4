//! What whoever runs the tests says they shall run on. This is the one place that reads the environment for it.

use std::path::PathBuf;
use std::process::Command;

/// `sqlite` (the default) or `postgres`: the engine under a shop in this process.
const ENGINE: &str = "SANDGLASS_TEST_ENGINE";
/// Where a shop of several processes answers; the cases then run on it.
const URL: &str = "SANDGLASS_TEST_URL";
/// The configuration of that shop: its windows, its operator's tokens, its broker.
const CONFIG: &str = "SANDGLASS_TEST_CONFIG";

/// Where its processes of pages answer, one after the other with commas between.
const PAGES: &str = "SANDGLASS_TEST_PAGES";

/// What the tests run on.
pub(crate) enum Told {
    /// The whole shop in this process, on the embedded database.
    Embedded,
    /// The same on PostgreSQL.
    Postgres,
    /// A running shop of several processes.
    Cluster { url: String, config: PathBuf },
}

impl Told {
    pub(crate) fn read() -> Self {
        match (variable(URL), variable(ENGINE).as_deref()) {
            (Some(url), _) => {
                let config =
                    variable(CONFIG).expect("SANDGLASS_TEST_URL needs SANDGLASS_TEST_CONFIG beside it");
                Self::Cluster { url, config: config.into() }
            }
            (None, Some("postgres")) => Self::Postgres,
            (None, _) => Self::Embedded,
        }
    }
}

/// Where the pages of a shop of several processes are; empty if it has none, or the shop is in this process.
pub(crate) fn pages() -> Vec<String> {
    let told = variable(PAGES).unwrap_or_default();
    told.split(',').filter(|url| !url.is_empty()).map(str::to_owned).collect()
}

/// Whether the test called `name` is to be left out, because the tests run on several processes and it cannot. Says
/// so by name.
#[expect(clippy::print_stdout, reason = "this is how a test says that it did not run")]
pub(crate) fn skipped_on_a_cluster(name: &str, reason: &str) -> bool {
    let left_out = matches!(Told::read(), Told::Cluster { .. });
    if left_out {
        println!("skipped: {name}: {reason}");
    }
    left_out
}

/// The program, not told what only tests are told.
pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sandglass"));
    for name in [ENGINE, URL, CONFIG, PAGES] {
        program.env_remove(name);
    }
    program
}

#[expect(clippy::disallowed_methods, reason = "tests are told by the environment what to test on")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
