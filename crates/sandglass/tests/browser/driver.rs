//! `ChromeDriver`: found, started on a free port, and ended by its process id.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Where the programs are looked for beside the path, by name.
const NAMES: [(&str, &[&str]); 2] =
    [("Chromium", &["chromium", "chromium-browser", "google-chrome"]), ("ChromeDriver", &["chromedriver"])];

/// The browser and its driver, if they are there; else which is not.
pub(crate) fn programs() -> Result<(PathBuf, PathBuf), String> {
    let [chromium, driver] = NAMES.map(|(what, names)| {
        names.iter().find_map(|name| on_path(name)).ok_or_else(|| format!("there is no {what} on the path"))
    });
    Ok((chromium?, driver?))
}

#[expect(clippy::disallowed_methods, reason = "the path is where programs are")]
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var("PATH").ok()?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// A running `ChromeDriver`.
pub(crate) struct Driver {
    child: Child,
    pub(crate) port: u16,
}

impl Driver {
    /// Starts one on a port that is free.
    pub(crate) fn start(program: &PathBuf) -> Self {
        let mut command = Command::new(program);
        command.args(["--port=0", "--log-level=WARNING"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.stdin(Stdio::null()).spawn().expect("ChromeDriver can be run");
        let said = BufReader::new(child.stdout.take().expect("its output is ours"));
        let port = said.lines().map_while(Result::ok).find_map(|line| {
            let number = line.strip_suffix('.')?.rsplit_once("successfully on port ")?.1;
            number.parse().ok()
        });
        Self { port: port.expect("ChromeDriver says its port"), child }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
