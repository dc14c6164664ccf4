//! Orders that pour in while a chore does its work: `sandglass bench orders` in the background, and its verdict.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::cluster::Cluster;
use crate::{Result, wall};

/// The load tool runs no longer than this.
pub(crate) const SECONDS_MAX: u64 = 1_200;
/// How long the load tool may take after its orders are placed: registering buyers before, looking at each order after.
const AROUND: Duration = Duration::from_mins(10);
const STEP: Duration = Duration::from_millis(500);
const WARMUP_S: u64 = 2;
/// Half of the orders are paid; the others must be closed in time.
const PAID: &str = "50";
/// The catalogue that is made up for it: more stock than a run can sell.
const CATALOGUE: &str = "5000";

/// What kind of load.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) url: String,
    /// Orders a second.
    pub(crate) rate: u32,
    pub(crate) seconds: u64,
    pub(crate) clients: u32,
}

/// A load that is on.
pub(crate) struct Load {
    child: Child,
    report: PathBuf,
    log: PathBuf,
    limit: Duration,
}

/// What the load tool's own book says of the shop, and how requests ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) clean: bool,
    /// Acknowledged orders that are gone or at the wrong end.
    pub(crate) lost: u64,
    pub(crate) doubled: u64,
    /// Wallets that do not add up.
    pub(crate) wallets: u64,
    /// How many acknowledged orders there were.
    pub(crate) orders: u64,
    /// Due, and no client was free to send it.
    pub(crate) never_sent: u64,
    /// What was wrong, a sentence each.
    pub(crate) told: Vec<String>,
    /// Operation, outcome, how often.
    pub(crate) outcomes: Vec<(String, String, u64)>,
}

/// Gives the shop a catalogue to order from.
pub(crate) fn stock(cluster: &Cluster) -> Result<()> {
    println!("making up {CATALOGUE} items");
    cluster.ask(&["import", "--items", CATALOGUE]).map(drop)
}

impl Load {
    /// Starts it.
    pub(crate) fn start(cluster: &Cluster, wanted: &Wanted) -> Result<Self> {
        let (report, log) = (cluster.layout.dir().join("load.json"), cluster.layout.log("load"));
        let files =
            File::create(cluster.layout.said("load")).and_then(|said| Ok((said, File::create(&log)?)));
        let (said, errors) = files.map_err(|error| format!("the load's log cannot be written: {error}"))?;
        let (rate, seconds, clients) =
            (wanted.rate.to_string(), wanted.seconds.to_string(), wanted.clients.to_string());
        let warmup = WARMUP_S.to_string();
        let mut command = cluster.program();
        command.args(["bench", "orders", "--mode", "open", "--mix", "lifecycle", "--paid", PAID]);
        command.args(["--url", &wanted.url, "--rate", &rate, "--seconds", &seconds, "--warmup", &warmup]);
        command.args(["--clients", &clients, "--items", "1000", "--users", "64", "--patience", "180"]);
        command.arg("--json").arg(&report);
        if let Some(password) = cluster.staff_password() {
            command.env("SANDGLASS_STAFF_PASSWORD", password);
        }
        let child = command.stdin(Stdio::null()).stdout(said).stderr(errors).spawn();
        let child = child.map_err(|error| format!("the load cannot be started: {error}"))?;
        Ok(Self { child, report, log, limit: Duration::from_secs(wanted.seconds + WARMUP_S) + AROUND })
    }

    /// Whether it has ended.
    pub(crate) fn is_over(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end and answers its verdict.
    pub(crate) fn verdict(mut self) -> Result<Verdict> {
        let limit = self.limit;
        if !wall::wait_for(limit, STEP, || Ok(self.is_over()))? {
            return Err(format!(
                "the load did not end within {} s (see {})",
                limit.as_secs(),
                self.log.display()
            ));
        }
        let report = fs::read_to_string(&self.report).ok().and_then(|text| serde_json::from_str(&text).ok());
        report.as_ref().and_then(read).ok_or_else(|| {
            let said = fs::read_to_string(&self.log).unwrap_or_default();
            let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
            format!("the load came to no verdict: {last}")
        })
    }
}

/// A load does not outlive the chore that wanted it.
impl Drop for Load {
    fn drop(&mut self) {
        if !self.is_over() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Verdict {
    /// Requests that did not get what a healthy shop answers: errors, overload, no answer.
    pub(crate) fn failed(&self) -> u64 {
        self.failures().map(|(_, _, count)| count).sum()
    }

    /// Those requests by operation and outcome.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &(String, String, u64)> {
        let failed = |outcome: &str| {
            !["acknowledged", "refused", "taken"].iter().any(|good| outcome.starts_with(good))
        };
        self.outcomes.iter().filter(move |(_, outcome, _)| failed(outcome))
    }
}

/// Reads the load tool's report; `None` if it is not like one.
fn read(report: &Value) -> Option<Verdict> {
    let verdict = &report["verdict"];
    let violated = |part: &str| verdict[part]["violated"].as_u64();
    let outcomes = report["operations"].as_array()?.iter().flat_map(outcomes_of).collect();
    Some(Verdict {
        clean: verdict["clean"].as_bool()?,
        lost: violated("lost")?,
        doubled: violated("doubled")?,
        wallets: violated("wallets")?,
        orders: verdict["lost"]["of"].as_u64()?,
        never_sent: report["neverSent"].as_u64()?,
        told: ["lost", "doubled", "wallets", "audit"].iter().flat_map(|part| told(&verdict[part])).collect(),
        outcomes,
    })
}

fn told(part: &Value) -> Vec<String> {
    let sentences = part["told"].as_array().map(Vec::as_slice).unwrap_or_default();
    sentences.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn outcomes_of(operation: &Value) -> Vec<(String, String, u64)> {
    let name = operation["name"].as_str().unwrap_or_default();
    let counted = operation["outcomes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let one = |it: &Value| Some((name.to_owned(), it["outcome"].as_str()?.to_owned(), it["count"].as_u64()?));
    counted.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report() -> Value {
        let part =
            |violated: u64| json!({"checked": 9, "of": 10, "violated": violated, "told": ["it is so"]});
        json!({
            "neverSent": 4,
            "operations": [{"name": "place", "outcomes": [
                {"outcome": "acknowledged", "count": 10},
                {"outcome": "refused 409 out_of_stock", "count": 2},
                {"outcome": "connection broken", "count": 3},
            ]}],
            "verdict": {"clean": false, "lost": part(1), "doubled": part(0), "wallets": part(0)},
        })
    }

    #[test]
    fn the_verdict_is_read() {
        let verdict = read(&report()).unwrap();
        assert_eq!((verdict.lost, verdict.doubled, verdict.orders, verdict.never_sent), (1, 0, 10, 4));
        assert_eq!(verdict.told.len(), 3);
        assert!(!verdict.clean);
        assert_eq!(read(&json!({})), None);
    }

    #[test]
    fn a_refusal_is_an_answer_and_a_broken_connection_is_none() {
        let verdict = read(&report()).unwrap();
        assert_eq!(verdict.failed(), 3);
    }
}
