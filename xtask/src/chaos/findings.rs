//! Every promise, looked at once everything is back.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::faults::World;
use crate::load::Verdict;
use crate::{Result, programs, wall};

/// How long the shop may take to finish what the faults delayed.
const QUIET: Duration = Duration::from_mins(3);
const STEP: Duration = Duration::from_secs(2);

/// Open orders past their deadline; holds of orders that are over or that nobody knows; payments under way; orders
/// that still owe something. A row of four numbers.
const LEFT: &str = "
    SELECT (SELECT count(*) FROM trade.trade_orders
             WHERE state IN (0, 1) AND deadline < extract(epoch FROM now()) * 1000),
           (SELECT count(*) FROM item.item_holds held LEFT JOIN trade.trade_orders placed ON placed.id = held.order_id
             WHERE held.state = 0 AND (placed.id IS NULL OR placed.state NOT IN (0, 1))),
           (SELECT count(*) FROM pay.pay_orders WHERE in_flight IS NOT NULL OR refund = 1),
           (SELECT count(*) FROM trade.trade_orders WHERE next_sweep_at IS NOT NULL)";

/// What must come to nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Left {
    overdue: u64,
    holds: u64,
    payments: u64,
    owing: u64,
}

/// What was found.
pub(super) struct Findings {
    left: Left,
    verdict: Verdict,
    /// What the shop's own audit found, a sentence each.
    audit: Result<Vec<String>>,
}

/// Waits until the shop is quiet, or long enough, and looks at everything.
pub(super) fn of(world: &World, verdict: Verdict) -> Result<Findings> {
    println!("waiting until nothing is left to do");
    let mut left = left(world)?;
    wall::wait_for(QUIET, STEP, || {
        left = self::left(world)?;
        Ok(left == Left::default())
    })?;
    println!("auditing");
    Ok(Findings { left, verdict, audit: audit(world) })
}

fn left(world: &World) -> Result<Left> {
    let answer = world.postgres.sql(&world.cluster.layout.database(), LEFT)?;
    parse(&answer).ok_or_else(|| format!("the database answered `{answer}` where four numbers are due"))
}

fn parse(answer: &str) -> Option<Left> {
    let numbers: Option<Vec<u64>> = answer.trim().split('|').map(|number| number.parse().ok()).collect();
    let [overdue, holds, payments, owing] = numbers?.try_into().ok()?;
    Some(Left { overdue, holds, payments, owing })
}

/// Its exit code says whether it is clean, its answer what is not.
fn audit(world: &World) -> Result<Vec<String>> {
    let output = programs::run_given("", &mut world.cluster.sandglass(&["audit", "--json"]))?;
    let report: Value = serde_json::from_slice(&output.stdout).map_err(|_| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("the audit came to no end: {}", said.lines().last().unwrap_or("it said nothing"))
    })?;
    let violated = violations(&report);
    if violated.is_empty() && !output.status.success() {
        return Err("the audit is not clean and does not say why".to_owned());
    }
    Ok(violated)
}

fn violations(report: &Value) -> Vec<String> {
    let checks = report["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
    let violated = checks.iter().filter(|check| check["violated"].as_u64() != Some(0));
    violated
        .map(|check| {
            let first = &check["offenders"][0];
            format!(
                "invariant {} ({}), violated {} times; first: {} {}",
                check["invariant"],
                check["name"].as_str().unwrap_or_default(),
                check["violated"],
                first["subject"].as_str().unwrap_or_default(),
                first["why"].as_str().unwrap_or_default(),
            )
        })
        .collect()
}

impl Findings {
    /// Whether every promise was kept.
    pub(super) fn is_clean(&self) -> bool {
        let audited = self.audit.as_ref().is_ok_and(Vec::is_empty);
        self.left == Left::default() && self.verdict.clean && audited
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Left { overdue, holds, payments, owing } = self.left;
        let verdict = &self.verdict;
        writeln!(f, "orders open past their deadline          {overdue}")?;
        writeln!(f, "holds of orders that are over            {holds}")?;
        writeln!(f, "payments and refunds under way           {payments}")?;
        writeln!(f, "orders that still owe something          {owing}")?;
        writeln!(f, "acknowledged orders, in the load's book  {}", verdict.orders)?;
        writeln!(f, "  lost, or at the wrong end              {}", verdict.lost)?;
        writeln!(f, "  doubled                                {}", verdict.doubled)?;
        writeln!(f, "  wallets that do not add up             {}", verdict.wallets)?;
        writeln!(f, "  due and never sent: no client was free {}", verdict.never_sent)?;
        for (operation, outcome, count) in &verdict.outcomes {
            writeln!(f, "  {operation}: {outcome}: {count}")?;
        }
        let told = if verdict.clean { &[][..] } else { &verdict.told };
        told.iter().try_for_each(|sentence| writeln!(f, "  ✘ {sentence}"))?;
        match &self.audit {
            Err(sentence) => writeln!(f, "✘ {sentence}")?,
            Ok(violated) if violated.is_empty() => writeln!(f, "the shop's own audit is clean")?,
            Ok(violated) => violated.iter().try_for_each(|sentence| writeln!(f, "✘ {sentence}"))?,
        }
        let last = if self.is_clean() { "every promise was kept" } else { "a promise was BROKEN" };
        writeln!(f, "{last}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn findings() -> Findings {
        let verdict = Verdict { clean: true, ..Verdict::default() };
        Findings { left: Left::default(), verdict, audit: Ok(Vec::new()) }
    }

    #[test]
    fn one_broken_promise_is_enough() {
        assert!(findings().is_clean());
        let overdue = Left { overdue: 1, ..Left::default() };
        assert!(!Findings { left: overdue, ..findings() }.is_clean());
        assert!(!Findings { verdict: Verdict::default(), ..findings() }.is_clean());
        assert!(!Findings { audit: Ok(vec!["invariant 1".to_owned()]), ..findings() }.is_clean());
        assert!(
            !Findings { audit: Err("no end".to_owned()), ..findings() }.is_clean(),
            "no audit vouches for nothing"
        );
    }

    #[test]
    fn the_numbers_are_read_in_their_order() {
        assert_eq!(parse("1|2|3|4\n"), Some(Left { overdue: 1, holds: 2, payments: 3, owing: 4 }));
        assert_eq!(parse("1|2"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn violations_are_told_with_the_first_offender() {
        let report = json!({"checks": [
            {"invariant": 1, "name": "stock", "violated": 0, "offenders": []},
            {"invariant": 5, "name": "paid", "violated": 2,
             "offenders": [{"subject": "order 42", "why": "is paid and nobody paid"}]},
        ]});
        let told = violations(&report);
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("order 42 is paid and nobody paid"), "{told:?}");
    }
}
