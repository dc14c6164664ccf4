//! `cluster status`: what runs, what is ready, what is wrong.

use super::Cluster;
use super::config::Replica;
use crate::http;
use crate::table::table;

/// How one process is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) pid: Option<u32>,
    /// What `/readyz` answered.
    pub(crate) ready: Option<http::Answer>,
}

impl Condition {
    pub(crate) fn is_ready(&self) -> bool {
        self.pid.is_some() && self.ready.as_ref().is_some_and(|answer| answer.status == 200)
    }

    /// What is wrong, in a few words; nothing if it is ready.
    fn wrong(&self) -> String {
        match (self.pid, &self.ready) {
            (None, _) => "does not run".to_owned(),
            (_, None) => "does not answer at its operator's port".to_owned(),
            (_, Some(answer)) if answer.status == 200 => String::new(),
            (_, Some(answer)) => format!("{} {}", answer.status, first_line(&answer.body)),
        }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(100).collect()
}

/// Asks every process; answers the table and whether all is well.
pub(crate) fn status(cluster: &Cluster) -> (String, bool) {
    let conditions: Vec<Condition> =
        cluster.replicas.iter().map(|replica| cluster.condition(replica)).collect();
    let rows: Vec<_> =
        cluster.replicas.iter().zip(&conditions).map(|(replica, it)| row(replica, it)).collect();
    let shown = table(["role", "replica", "pid", "address", "alive", "ready", "what is wrong"], &rows);
    (shown, conditions.iter().all(Condition::is_ready))
}

fn row(replica: &Replica, condition: &Condition) -> [String; 7] {
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    [
        replica.role.clone(),
        replica.number.to_string(),
        condition.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string()),
        replica.url(),
        yes(condition.pid.is_some()),
        yes(condition.is_ready()),
        condition.wrong(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(pid: Option<u32>, status: Option<u16>) -> Condition {
        Condition { pid, ready: status.map(|status| http::Answer { status, body: "away\nmore".to_owned() }) }
    }

    #[test]
    fn what_is_wrong_is_said_in_a_line() {
        assert_eq!(condition(Some(1), Some(200)).wrong(), "");
        assert_eq!(condition(Some(1), Some(503)).wrong(), "503 away");
        assert_eq!(condition(None, Some(200)).wrong(), "does not run");
        assert!(!condition(None, Some(200)).is_ready(), "somebody else answers at its port");
    }
}
