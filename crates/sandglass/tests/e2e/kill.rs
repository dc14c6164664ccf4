//! A real process, killed for real.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use http::StatusCode;
use user::DEMO_PASSWORD;

use crate::world::told::{program, skipped_on_a_cluster};
use crate::world::{Door, Person, until};

/// Of the demo's catalogue.
const ITEM: &str = "100001";
/// Tells the next start that staff's password was said already.
const STAFF_KNOWN: &str = "staff-known";
pub(crate) const A_PROCESS_OF_ITS_OWN: &str = "it starts and kills a process of its own";

/// A running `sandglass up`; killed when dropped.
pub(crate) struct Up {
    child: Child,
    pub(crate) url: String,
    /// The staff user's password; empty unless this was the first start.
    pub(crate) staff_password: String,
}

impl Up {
    pub(crate) fn start(data: &Path) -> Self {
        let mut child = program()
            .args(["up", "--demo", "--listen", "127.0.0.1:0", "--payment-window", "2s", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let first = lines.next().unwrap_or_default();
        let url = first.strip_prefix("listening on ").unwrap_or_else(|| panic!("{first:?}")).to_owned();
        // Said after where everything is, at the first start alone.
        let known = data.join(STAFF_KNOWN).exists();
        let said = if known { None } else { lines.find(|line| line.contains("staff user")) };
        let staff_password = said.as_deref().map(password).unwrap_or_default();
        std::fs::write(data.join(STAFF_KNOWN), "").unwrap();
        Self { child, url, staff_password }
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// The password in the line about the staff user.
fn password(line: &str) -> String {
    let rest = line.split_once("password ").unwrap_or_else(|| panic!("{line:?}")).1;
    rest.split_whitespace().next().unwrap().to_owned()
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn jack(up: &Up) -> Person {
    Person::login(Door::at(&up.url), "jack", DEMO_PASSWORD, ITEM).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill_and_ends_after_it() {
    if skipped_on_a_cluster("what_was_acknowledged_survives_a_kill_and_ends_after_it", A_PROCESS_OF_ITS_OWN) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let up = Up::start(dir.path());
    let buyer = jack(&up).await.hurried();
    let before = buyer.available().await;
    let mut acknowledged = Vec::new();
    for _ in 0..200 {
        let (status, id) = buyer.order(None).await;
        assert_eq!(status, StatusCode::OK);
        acknowledged.push(id.as_str().unwrap().to_owned());
    }
    up.kill();

    let up = Up::start(dir.path());
    let buyer = jack(&up).await;
    for order in &acknowledged {
        until(async || buyer.status_of(order).await == 5).await;
    }
    until(async || buyer.available().await == before).await;
    drop(up);
    let audit = program().args(["audit", "--data"]).arg(dir.path()).output().unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}

#[tokio::test]
async fn a_second_process_on_the_same_data_is_refused_with_a_sentence() {
    let name = "a_second_process_on_the_same_data_is_refused_with_a_sentence";
    if skipped_on_a_cluster(name, A_PROCESS_OF_ITS_OWN) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let _up = Up::start(dir.path());
    let args = ["up", "--listen", "127.0.0.1:0", "--data"];
    let second = program().args(args).arg(dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(!second.status.success() && said.contains("in use by another process"), "{said}");
}

#[test]
fn operators_mistakes_get_one_sentence_that_says_what_to_do() {
    if skipped_on_a_cluster("operators_mistakes_get_one_sentence_that_says_what_to_do", A_PROCESS_OF_ITS_OWN)
    {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    std::fs::write(&file, "payment_widow = \"3s\"").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let (file, data) = (file.to_str().unwrap(), dir.path().to_str().unwrap());
    let cases: [(&[&str], i32, &str); 6] = [
        (&["up", "--config", file], 2, "unknown key `payment_widow`; did you mean `payment_window`?"),
        (&["up", "--payment-window", "soon"], 2, "payment_window"),
        (&["up", "--chaos", "--listen", "0.0.0.0:0", "--data", data], 2, "`chaos` is refused"),
        (&["up", "--data", file, "--listen", "127.0.0.1:0"], 1, "give a writable directory with --data"),
        (&["up", "--data", data, "--listen", &taken], 1, "is another program using the port?"),
        (&["audit", "--data", "/nonexistent"], 1, "start one with `sandglass up`"),
    ];
    for (args, code, sentence) in cases {
        let run = program().args(args).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(code), "{args:?}: {said}");
        assert!(said.contains(sentence), "{args:?}: {said}");
        assert_eq!(said.trim().lines().count(), 1, "{args:?}: {said}");
    }
}
