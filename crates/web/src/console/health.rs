//! The verdict: are all open orders on course, and if not, which promises are broken, how many times, since when.

use api::Time;
use clock::Ms;

use super::data::{OrderHealth, PayHealth, ProcessState};

/// How late a queue may be before it is said, in milliseconds.
const LAG_MS_MAX: i64 = 10_000;
/// How old a count may be before it proves nothing, in milliseconds: some of the pauses between two counts.
const AGE_MS_MAX: i64 = 30_000;

/// What one look at the shop found. Whoever did not answer is `Err` with the reason.
pub(crate) struct Sight {
    pub(crate) orders: Result<OrderHealth, String>,
    pub(crate) payments: Result<PayHealth, String>,
    /// Holds without an order, and when the oldest was made.
    pub(crate) orphans: Result<(u64, Option<Time>), String>,
    pub(crate) processes: Vec<(String, Result<ProcessState, String>)>,
}

/// A broken promise, or something that could not be seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What, as a key of the word table.
    pub(crate) key: &'static str,
    /// How often; none where it cannot be counted.
    pub(crate) count: Option<u64>,
    /// What it is about, such as a service or a check's name.
    pub(crate) about: String,
    /// Since when the oldest is.
    pub(crate) since: Option<Ms>,
    /// Where it is listed.
    pub(crate) href: String,
    /// Whether nobody knows, rather than that something is wrong.
    pub(crate) unknown: bool,
}

/// The verdict with its age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Open orders, if `trade` answered.
    pub(crate) open: Option<i64>,
    /// The oldest of the counts it is made of; none if there is none yet.
    pub(crate) at: Option<Ms>,
    pub(crate) findings: Vec<Finding>,
}

impl Verdict {
    /// Whether everything is known and nothing is wrong.
    pub(crate) fn is_good(&self) -> bool {
        self.findings.is_empty() && self.open.is_some()
    }
}

/// What `sight` comes to at `now`.
pub(crate) fn verdict(sight: &Sight, now: Ms) -> Verdict {
    let mut findings = Vec::new();
    match &sight.orders {
        Ok(orders) => findings.extend(of_orders(orders)),
        Err(why) => findings.push(silent("trade", why)),
    }
    match &sight.payments {
        Ok(payments) => findings.extend(of_payments(payments)),
        Err(why) => findings.push(silent("pay", why)),
    }
    match &sight.orphans {
        Ok((count, oldest)) => {
            findings.extend(counted("orphans", *count, *oldest, "/console/attention?kind=orphans"));
        }
        Err(why) => findings.push(silent("item", why)),
    }
    if sight.processes.is_empty() {
        findings.push(silent("console", "no operator's port is known"));
    }
    for (name, state) in &sight.processes {
        match state {
            Ok(state) => findings.extend(of_process(name, state)),
            Err(why) => findings.push(silent(name, why)),
        }
    }
    let pictures = [sight.orders.as_ref().ok().map(|it| it.at), sight.payments.as_ref().ok().map(|it| it.at)];
    findings.extend(pictures.iter().flatten().filter(|at| is_old(**at, now)).map(|at| old(*at)));
    let at = pictures.into_iter().flatten().flatten().map(|time| time.0).min();
    Verdict { open: sight.orders.as_ref().ok().map(|orders| orders.open), at, findings }
}

fn of_orders(orders: &OrderHealth) -> impl Iterator<Item = Finding> {
    orders.troubles.iter().filter_map(|trouble| {
        let key = match trouble.kind.as_str() {
            "overdue" => "overdue",
            "closing" => "closingLong",
            "placing" => "placingLong",
            "refunding" => "refundingLong",
            _ => "unsettled",
        };
        counted(key, trouble.count, trouble.oldest, &format!("/console/attention?kind={}", trouble.kind))
    })
}

fn of_payments(payments: &PayHealth) -> impl Iterator<Item = Finding> {
    let unknown =
        counted("unknownAtPay", payments.unknown, payments.oldest, "/console/attention?kind=unknown");
    let refunds =
        counted("refundFailing", payments.refunds_late, payments.oldest, "/console/attention?kind=refund");
    [unknown, refunds].into_iter().flatten()
}

fn of_process(name: &str, state: &ProcessState) -> Vec<Finding> {
    let mut findings = Vec::new();
    let queues =
        state.lanes.iter().map(|lane| lane.dead).chain(state.broker_dead.iter().map(|dead| dead.dead));
    let dead: i64 = queues.flatten().sum();
    findings.extend(about(counted("deadLetters", dead.unsigned_abs(), None, "/console/messages#dead"), name));
    for lane in state.lanes.iter().filter(|lane| lane.lag_ms >= LAG_MS_MAX) {
        let since = Some(Time(state.now.0 - lane.lag_ms));
        let ready = lane.ready.unwrap_or(1).max(1).unsigned_abs();
        findings.extend(about(counted("queueLate", ready, since, "/console/messages"), &lane.service));
    }
    for lane in state.lanes.iter().filter(|lane| lane.paused) {
        findings.extend(about(counted("queuePaused", 1, None, "/console/messages"), &lane.service));
    }
    for sweep in state.sweeps.iter().filter(|sweep| sweep.paused) {
        findings.extend(about(counted("sweepPaused", 1, None, "/console/messages#sweeps"), &sweep.service));
    }
    if state.broker.is_some_and(|broker| !broker.connected || broker.blocked) {
        findings.extend(about(counted("brokerAway", 1, None, "/console/messages"), name));
    }
    for check in state.audit.iter().flat_map(|audit| &audit.violated) {
        let at = state.audit.as_ref().map(|audit| audit.at);
        findings.extend(about(
            counted("drift", check.violated, at, "/console/attention?kind=drift"),
            &check.name,
        ));
    }
    findings
}

fn counted(key: &'static str, count: u64, since: Option<Time>, href: &str) -> Option<Finding> {
    let finding = Finding {
        key,
        count: Some(count),
        about: String::new(),
        since: since.map(|time| time.0),
        href: href.to_owned(),
        unknown: false,
    };
    (count > 0).then_some(finding)
}

fn about(finding: Option<Finding>, about: &str) -> Option<Finding> {
    finding.map(|finding| Finding { about: about.to_owned(), ..finding })
}

/// Whether a count says nothing of the present, or was never made.
fn is_old(at: Option<Time>, now: Ms) -> bool {
    at.is_none_or(|at| now.since(at.0) > AGE_MS_MAX)
}

fn old(at: Option<Time>) -> Finding {
    let (about, href) = (String::new(), "/console/messages".into());
    Finding { key: "stale", count: None, about, since: at.map(|at| at.0), href, unknown: true }
}

fn silent(service: &str, why: &str) -> Finding {
    Finding {
        key: "silent",
        count: None,
        about: format!("{service}: {why}"),
        since: None,
        href: "/console/messages".into(),
        unknown: true,
    }
}

#[cfg(test)]
mod tests {
    use super::super::data::TroubleCount;
    use super::*;

    fn sight() -> Sight {
        Sight {
            orders: Ok(OrderHealth { at: Some(Time(Ms(20))), open: 7, ..OrderHealth::default() }),
            payments: Ok(PayHealth { at: Some(Time(Ms(10))), ..PayHealth::default() }),
            orphans: Ok((0, None)),
            processes: vec![("shop".into(), Ok(process()))],
        }
    }

    fn process() -> ProcessState {
        serde_json::from_str(r#"{"now":"1970-01-01T00:00:00.020+00:00","broker":null,"audit":null}"#).unwrap()
    }

    #[test]
    fn all_is_well_only_if_everybody_says_so_and_the_verdict_is_as_old_as_its_oldest_part() {
        let verdict = |sight: &Sight| verdict(sight, Ms(25));
        let good = verdict(&sight());
        assert!(good.is_good() && good.open == Some(7) && good.at == Some(Ms(10)));
        let away = verdict(&Sight { payments: Err("down".into()), ..sight() });
        assert!(!away.is_good() && away.findings[0].unknown);
        let away = verdict(&Sight { processes: vec![("shop".into(), Err("gone".into()))], ..sight() });
        assert!(!away.is_good());
        assert!(!verdict(&Sight { processes: Vec::new(), ..sight() }).is_good(), "nobody was asked");
    }

    #[test]
    fn an_old_count_or_none_proves_nothing() {
        assert!(verdict(&sight(), Ms(AGE_MS_MAX)).is_good());
        let old = verdict(&sight(), Ms(AGE_MS_MAX + 15));
        assert!(
            !old.is_good() && old.findings.iter().all(|finding| finding.key == "stale" && finding.unknown)
        );
        let never = Sight { orders: Ok(OrderHealth::default()), ..sight() };
        assert_eq!(verdict(&never, Ms(20)).findings[0].key, "stale");
    }

    #[test]
    fn each_broken_promise_is_counted_and_leads_to_its_list() {
        let troubles = vec![
            TroubleCount { kind: "overdue".into(), count: 2, oldest: Some(Time(Ms(5))) },
            TroubleCount { kind: "closing".into(), count: 0, oldest: None },
        ];
        let at = Some(Time(Ms(20)));
        let orders = OrderHealth { troubles, open: 9, at, ..OrderHealth::default() };
        let payments = PayHealth { unknown: 1, refunds_late: 3, at, ..PayHealth::default() };
        let sight = Sight { orders: Ok(orders), payments: Ok(payments), orphans: Ok((4, None)), ..sight() };
        let found = verdict(&sight, Ms(25));
        let counts: Vec<_> = found.findings.iter().map(|finding| (finding.key, finding.count)).collect();
        let all = [("overdue", 2), ("unknownAtPay", 1), ("refundFailing", 3), ("orphans", 4)];
        assert_eq!(counts, all.map(|(key, count)| (key, Some(count))));
        assert!(found.findings.iter().all(|finding| finding.href.starts_with("/console/")));
    }
}
