//! One process of a shop: started in the background, known by its pid, stopped or killed.

use std::fs::{self, File, OpenOptions};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::config::Replica;
use super::layout::{Layout, write};
use crate::{Result, programs, wall};

/// How long a process may take to listen: its first start makes tables.
const LISTEN: Duration = Duration::from_mins(1);
/// How long a process may take to stop when asked to.
const STOP: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(50);
/// The first line of a process that is ready.
const LISTENING: &str = "listening on http://";

/// Starts `replica` and leaves it running. What it says and logs goes into files.
pub(crate) fn start(binary: &Path, layout: &Layout, replica: &Replica) -> Result<()> {
    let name = replica.name();
    let said = File::create(layout.said(&name));
    let log = OpenOptions::new().append(true).create(true).open(layout.log(&name));
    let (said, log) = said.and_then(|said| Ok((said, log?))).map_err(|error| {
        format!("the files of {name} in {} cannot be opened: {error}", layout.logs().display())
    })?;
    let mut command = programs::sandglass(binary);
    command.args(["serve", &replica.role, "--config"]).arg(layout.config());
    command.args(["--listen", &replica.address().to_string()]);
    command.args(["--ops-listen", &replica.ops_address().to_string()]);
    command.arg("--data").arg(layout.data());
    // A group of its own: Ctrl-C here is not meant for it.
    command.process_group(0).stdin(Stdio::null()).stdout(said).stderr(log);
    let mut child = command.spawn().map_err(|error| format!("{name} cannot be started: {error}"))?;
    write(&layout.pid_file(&name), &child.id().to_string())?;
    // Collects its end, so that it does not stay on as a zombie while we live.
    thread::spawn(move || child.wait());
    Ok(())
}

/// Waits until it listens; the end of its log if it does not.
pub(crate) fn wait_listening(binary: &Path, layout: &Layout, replica: &Replica) -> Result<()> {
    let name = replica.name();
    let said = layout.said(&name);
    let mut died = false;
    let listens = wall::wait_for(LISTEN, STEP, || {
        if fs::read_to_string(&said).is_ok_and(|text| text.contains(LISTENING)) {
            return Ok(true);
        }
        died = pid(binary, layout, replica).is_none();
        if died { Err(String::new()) } else { Ok(false) }
    });
    if listens == Ok(true) {
        return Ok(());
    }
    let how = if died {
        "ended at its start".to_owned()
    } else {
        format!("does not listen after {} s", LISTEN.as_secs())
    };
    let log = layout.log(&name);
    let last = fs::read_to_string(&log).unwrap_or_default();
    let last =
        last.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it logged nothing").trim().to_owned();
    Err(format!("{name} {how}: {last} (see {})", log.display()))
}

/// The process id of `replica` while it runs. A number that became another program's is not taken for it.
pub(crate) fn pid(binary: &Path, layout: &Layout, replica: &Replica) -> Option<u32> {
    let pid: u32 = fs::read_to_string(layout.pid_file(&replica.name())).ok()?.trim().parse().ok()?;
    let runs = fs::read_link(format!("/proc/{pid}/exe")).ok()?;
    let role = fs::read_to_string(format!("/proc/{pid}/cmdline")).ok()?;
    (same_program(&runs, binary) && serves(&role, replica)).then_some(pid)
}

/// A binary that was built anew since is `… (deleted)`.
fn same_program(runs: &Path, binary: &Path) -> bool {
    let runs = runs.to_string_lossy();
    let binary = fs::canonicalize(binary).unwrap_or_else(|_| PathBuf::from(binary));
    runs.strip_suffix(" (deleted)").unwrap_or(&runs) == binary.to_string_lossy()
}

/// Arguments are apart by NUL; there are none yet in the moment in which a program takes a process over.
fn serves(cmdline: &str, replica: &Replica) -> bool {
    let address = replica.address().to_string();
    if cmdline.is_empty() {
        return true;
    }
    let mut words = cmdline.split('\0').skip(1);
    words.next() == Some("serve") && words.next() == Some(&replica.role) && words.any(|word| word == address)
}

/// Sends `signal` to `replica`, if it runs.
pub(crate) fn signal(binary: &Path, layout: &Layout, replica: &Replica, signal: &str) -> Result<()> {
    let Some(pid) = pid(binary, layout, replica) else { return Ok(()) };
    let sent = programs::output(Command::new("kill").args(["-s", signal, &pid.to_string()]));
    // It may have ended in between.
    if sent.is_err() && self::pid(binary, layout, replica).is_none() { Ok(()) } else { sent.map(drop) }
}

/// Waits until `replica` has ended; answers whether it has.
pub(crate) fn wait_ended(binary: &Path, layout: &Layout, replica: &Replica) -> bool {
    let ended = wall::wait_for(STOP, STEP, || Ok(pid(binary, layout, replica).is_none()));
    if ended == Ok(true) {
        // Its file is of no use to anybody any more.
        let _ = fs::remove_file(layout.pid_file(&replica.name()));
    }
    ended == Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replica() -> Replica {
        Replica { role: "trade".to_owned(), number: 1, listen: 20_000, ops: 20_001 }
    }

    #[test]
    fn only_a_process_that_serves_the_role_at_its_address_is_ours() {
        let line = |role: &str, port: u16| {
            format!("/b/sandglass\0serve\0{role}\0--config\0c\0--listen\0127.0.0.1:{port}\0")
        };
        assert!(serves(&line("trade", 20_000), &replica()));
        assert!(!serves(&line("pay", 20_000), &replica()));
        assert!(!serves(&line("trade", 20_002), &replica()));
        assert!(!serves("/b/sandglass\0up\0", &replica()));
        assert!(serves("", &replica()), "it is just starting");
    }

    #[test]
    fn a_rebuilt_binary_is_still_the_same_program() {
        let binary = Path::new("/nowhere/sandglass");
        assert!(same_program(Path::new("/nowhere/sandglass (deleted)"), binary));
        assert!(!same_program(Path::new("/nowhere/other"), binary));
    }
}
