//! A shop of the tool's own: a data directory that nobody else uses, and a process that serves it.
//!
//! The process is the same binary, started as anybody would start it, so that its memory and its start are measured
//! and not those of the tool. It is stopped by a kill: what was acknowledged is on disk, and the next start proves it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use clock::{Clock, Ms, SystemClock};

use crate::config::{Config, Layers};

/// How the first line of a shop that is ready begins.
const READY: &str = "listening on ";

/// The data directory of a bench. Made new, and removed at the end.
pub(super) struct Ground {
    dir: tempfile::TempDir,
}

impl Ground {
    /// Made below `parent`, which should be on the disk that is to be measured.
    pub(super) fn below(parent: &Path) -> Result<Self> {
        let made = tempfile::Builder::new().prefix("sandglass-bench-").tempdir_in(parent);
        let dir = made.with_context(|| format!("no directory can be made in {}", parent.display()))?;
        Ok(Self { dir })
    }

    /// Where the data lies.
    pub(super) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The configuration of the data here, with orders that wait for `window`.
    pub(super) fn config(&self, window: &str) -> Result<Config> {
        let layers = Layers::defaults().set("data", &self.data().display().to_string());
        Ok(layers.set("payment_window", window).config()?)
    }

    /// Starts a process over the data, and waits until it is ready.
    pub(super) fn serve(&self) -> Result<Own> {
        self.serve_with(&[])
    }

    /// The same with more options of `up`.
    pub(super) fn serve_with(&self, options: &[&str]) -> Result<Own> {
        let program = std::env::current_exe().context("this program's own file is not known")?;
        let started = SystemClock.now();
        let data = self.data();
        let child = Command::new(program)
            .args(["up", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("the shop's process does not start")?;
        Own { child, url: String::new(), started, ready: started }.once_ready()
    }
}

/// The process that serves a bench's data. Killed when dropped.
pub(super) struct Own {
    child: Child,
    /// Where it answers.
    pub(super) url: String,
    /// When it was started.
    pub(super) started: Ms,
    /// When it said that it was ready.
    pub(super) ready: Ms,
}

impl Own {
    fn once_ready(mut self) -> Result<Self> {
        let out = self.child.stdout.take().context("the shop's first line cannot be read")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let Some(url) = line.trim().strip_prefix(READY) else {
            bail!("the shop did not come up; try `sandglass up` to see why");
        };
        url.clone_into(&mut self.url);
        self.ready = SystemClock.now();
        Ok(self)
    }

    /// Its resident memory, in KiB.
    pub(super) fn resident_kib(&self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// The most it ever was, in KiB.
    pub(super) fn resident_most_kib(&self) -> Result<u64> {
        self.status("VmHWM:")
    }

    fn status(&self, name: &str) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        kib.with_context(|| format!("{path} has no `{name}`"))
    }

    /// Ends it as a machine that fails would.
    pub(super) fn kill(mut self) -> Result<()> {
        self.child.kill().context("the shop's process cannot be ended")?;
        let ended = self.child.wait()?;
        ensure!(!ended.success(), "the shop ended by itself");
        Ok(())
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until the wall clock shows `at`, with a bar that says what for.
pub(super) fn wait_until(at: Ms, what: &'static str) {
    let left = |now: Ms| u64::try_from(at.0 - now.0).unwrap_or(0);
    let bar = indicatif::ProgressBar::new(left(SystemClock.now())).with_message(what);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:32} {msg}, {eta} left") {
        bar.set_style(style);
    }
    let total = left(SystemClock.now());
    while left(SystemClock.now()) > 0 {
        std::thread::sleep(Duration::from_millis(left(SystemClock.now()).min(200)));
        bar.set_position(total - left(SystemClock.now()).min(total));
    }
    bar.finish_and_clear();
}
