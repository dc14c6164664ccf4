//! What an overload shows, and what is demanded of it.

use bench::report::{Figure, Made, Section, Sheet, Table, Verdict};
use bench::{Loop, Said, float};
use serde::Serialize;

use super::super::closings::Lateness;

/// What must hold.
pub(super) struct Bounds {
    /// Of the maximum, how much is still placed.
    goodput_share_min: f64,
    /// Of what was to be offered, how much the tool must have got out for the run to mean anything.
    offered_share_min: f64,
    /// Within how many milliseconds 99 of 100 refusals are answered: sooner than the longest wait would have been.
    refused_p99_ms_max: f64,
    /// How late 99 of 100 orders may be closed meanwhile, in milliseconds.
    late_p99_ms_max: f64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            goodput_share_min: 0.8,
            offered_share_min: 0.95,
            refused_p99_ms_max: 250.0,
            late_p99_ms_max: 1_000.0,
        }
    }
}

/// What came out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) times: f64,
    pub(super) seconds: u32,
    pub(super) window_seconds: u32,
    pub(super) clients: u32,
    pub(super) crowd: u32,
    pub(super) shares: String,
    pub(super) maximum: Served,
    pub(super) asked_per_second: u32,
    pub(super) offered_per_second: f64,
    /// Due while the crowd was busy, and so never sent.
    pub(super) never_sent: u64,
    pub(super) overloaded: Served,
    pub(super) closing_before: Closing,
    pub(super) closing_meanwhile: Closing,
    /// Neither placed nor told to come back.
    pub(super) other_failures: u64,
    /// Due and never closed.
    pub(super) left_open: u64,
    /// Acknowledged and not in the data after the shop was killed.
    pub(super) lost: u64,
    /// What the auditor finds wrong.
    pub(super) audit: Vec<String>,
    /// The bounds that were missed, a sentence each.
    pub(super) missed: Vec<String>,
}

/// How a loop was served. Latencies in milliseconds.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Served {
    pub(super) placed_per_second: f64,
    pub(super) placed_p50_ms: f64,
    pub(super) placed_p99_ms: f64,
    pub(super) refused: u64,
    pub(super) refused_p50_ms: f64,
    pub(super) refused_p99_ms: f64,
    /// How many of the refusals say when to come back.
    pub(super) refused_with_retry_after: u64,
}

impl Served {
    pub(super) fn of(of: &Loop) -> Self {
        let placed = |said| matches!(said, Said::Placed(_));
        let refused = |said| matches!(said, Said::Later { .. });
        let (took, turned) = (of.took_us(placed), of.took_us(refused));
        Self {
            placed_per_second: of.per_second(placed),
            placed_p50_ms: hundredth_ms(&took, 50),
            placed_p99_ms: hundredth_ms(&took, 99),
            refused: of.count(refused),
            refused_p50_ms: hundredth_ms(&turned, 50),
            refused_p99_ms: hundredth_ms(&turned, 99),
            refused_with_retry_after: of.count(|said| said == Said::Later { when: true }),
        }
    }
}

/// The value that so many of a hundred stay under, of ascending microseconds; 0 of none.
fn hundredth_ms(us: &[u64], hundredth: usize) -> f64 {
    let at = (us.len() * hundredth / 100).min(us.len().saturating_sub(1));
    us.get(at).map_or(0.0, |us| float(*us) / 1_000.0)
}

/// How late orders that fell due were closed.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Closing {
    pub(super) due: u64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

impl Closing {
    pub(super) fn of(late: &Lateness) -> Self {
        let of = &late.latency;
        Self { due: late.due, p50_ms: of.p50_ms, p99_ms: of.p99_ms, max_ms: of.max_ms }
    }
}

impl Report {
    /// Of the maximum, how much was placed while several times as much was offered.
    fn goodput_share(&self) -> f64 {
        self.overloaded.placed_per_second / self.maximum.placed_per_second.max(1.0)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let (usual, crowded) = (&self.maximum, &self.overloaded);
        let closing = |name: &str, Closing { due, p50_ms, p99_ms, max_ms }: &Closing| {
            format!(
                "{name:<11} {due} fell due, closed p50 {p50_ms:.0} ms, p99 {p99_ms:.0} ms, longest {max_ms:.0} ms late"
            )
        };
        let mut lines = vec![
            self.shares.clone(),
            format!(
                "maximum     {:.0} orders/s, {} clients, p50 {:.1} ms, p99 {:.1} ms; each closed after {} s",
                usual.placed_per_second,
                self.clients,
                usual.placed_p50_ms,
                usual.placed_p99_ms,
                self.window_seconds
            ),
            format!(
                "offered     {:.0} orders/s of {} ({} times the maximum) for {} s; {} never sent",
                self.offered_per_second, self.asked_per_second, self.times, self.seconds, self.never_sent
            ),
            format!(
                "goodput     {:.0} orders/s, {:.0} % of the maximum, p50 {:.1} ms, p99 {:.1} ms",
                crowded.placed_per_second,
                self.goodput_share() * 100.0,
                crowded.placed_p50_ms,
                crowded.placed_p99_ms
            ),
            format!(
                "refused     {}, p50 {:.1} ms, p99 {:.1} ms, {} of them with Retry-After; {} other failures",
                crowded.refused,
                crowded.refused_p50_ms,
                crowded.refused_p99_ms,
                crowded.refused_with_retry_after,
                self.other_failures
            ),
            closing("before", &self.closing_before),
            closing("meanwhile", &self.closing_meanwhile),
            format!("left open   {}, acknowledged and lost {}", self.left_open, self.lost),
            format!("audit       {}", if self.audit.is_empty() { "clean" } else { "NOT CLEAN" }),
        ];
        lines.extend(self.missed.iter().map(|missed| format!("missed      {missed}")));
        lines.push(format!("verdict     {}", if self.missed.is_empty() { "met" } else { "NOT MET" }));
        lines
    }
}

impl Report {
    /// As a page.
    pub(super) fn sheet(&self, made: Made) -> Sheet {
        let figure = |name: &str, value: f64, unit: &str| Figure::new(name, format!("{value:.0}"), unit);
        let missed = ("missed".to_owned(), self.missed.clone());
        let notes = if self.missed.is_empty() { Vec::new() } else { vec![missed] };
        Sheet {
            title: format!("{} times as many orders as a shop can take", self.times),
            made,
            setting: vec![self.shares.clone()],
            verdict: Verdict::of(self.missed.is_empty(), "met", "not met"),
            figures: vec![
                figure("maximum", self.maximum.placed_per_second, "orders/s"),
                figure("offered", self.offered_per_second, "orders/s"),
                figure("goodput", self.overloaded.placed_per_second, "orders/s"),
                figure("share of the maximum", self.goodput_share() * 100.0, "%"),
                figure("refusals, p99", self.overloaded.refused_p99_ms, "ms"),
                figure("closed late, p99", self.closing_meanwhile.p99_ms, "ms"),
            ],
            sections: vec![Section { tables: vec![self.table()], notes, ..Section::default() }],
        }
    }

    fn table(&self) -> Table {
        let head =
            ["", "placed/s", "p50", "p99", "refused", "p50", "p99", "fell due", "closed late p50", "p99"];
        let mut table = Table::new("The maximum and beyond it, ms", &head);
        let loops = [
            ("maximum", &self.maximum, &self.closing_before),
            ("overload", &self.overloaded, &self.closing_meanwhile),
        ];
        for (name, served, closing) in loops {
            table.push([
                name.to_owned(),
                format!("{:.0}", served.placed_per_second),
                format!("{:.1}", served.placed_p50_ms),
                format!("{:.1}", served.placed_p99_ms),
                served.refused.to_string(),
                format!("{:.1}", served.refused_p50_ms),
                format!("{:.1}", served.refused_p99_ms),
                closing.due.to_string(),
                format!("{:.0}", closing.p50_ms),
                format!("{:.0}", closing.p99_ms),
            ]);
        }
        table
    }
}

impl Bounds {
    /// What was missed, a sentence each.
    pub(super) fn missed(&self, report: &Report) -> Vec<String> {
        let (goodput, offered) = (report.goodput_share(), report.offered_per_second);
        let served = &report.overloaded;
        let demands = [
            (
                goodput >= self.goodput_share_min,
                format!(
                    "goodput is {:.0} % of the maximum, not {:.0} %",
                    goodput * 100.0,
                    self.goodput_share_min * 100.0
                ),
            ),
            (
                offered >= self.offered_share_min * f64::from(report.asked_per_second),
                "the tool did not get out what it was to offer; give it a larger --crowd, or a processor"
                    .into(),
            ),
            (
                served.refused_p99_ms <= self.refused_p99_ms_max,
                format!(
                    "refusals took p99 {:.1} ms, not {:.0} ms",
                    served.refused_p99_ms, self.refused_p99_ms_max
                ),
            ),
            (
                served.refused_with_retry_after == served.refused,
                "some refusals did not say when to come back".into(),
            ),
            (report.other_failures == 0, "some orders were neither placed nor told to come back".into()),
            (
                report.closing_meanwhile.p99_ms <= self.late_p99_ms_max,
                format!(
                    "orders were closed p99 {:.0} ms late, not {:.0} ms",
                    report.closing_meanwhile.p99_ms, self.late_p99_ms_max
                ),
            ),
            (report.left_open == 0, "orders that fell due were left open".into()),
            (report.lost == 0, "acknowledged orders were lost".into()),
        ];
        let missed = demands.into_iter().filter(|(met, _)| !met).map(|(_, sentence)| sentence);
        missed.chain(report.audit.iter().cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Report {
        Report {
            times: 3.0,
            seconds: 1,
            window_seconds: 1,
            clients: 1,
            crowd: 1,
            shares: String::new(),
            maximum: Served { placed_per_second: 1_000.0, ..Served::default() },
            asked_per_second: 3_000,
            offered_per_second: 2_990.0,
            never_sent: 0,
            overloaded: Served {
                placed_per_second: 900.0,
                refused: 2_000,
                refused_with_retry_after: 2_000,
                ..Served::default()
            },
            closing_before: Closing::default(),
            closing_meanwhile: Closing::default(),
            other_failures: 0,
            left_open: 0,
            lost: 0,
            audit: Vec::new(),
            missed: Vec::new(),
        }
    }

    #[test]
    fn each_demand_is_missed_by_itself_and_by_nothing_else() {
        assert_eq!(Bounds::default().missed(&good()), Vec::<String>::new());
        let spoils: [fn(&mut Report); 9] = [
            |report| report.overloaded.placed_per_second = 799.0,
            |report| report.offered_per_second = 2_000.0,
            |report| report.overloaded.refused_p99_ms = 251.0,
            |report| report.overloaded.refused_with_retry_after -= 1,
            |report| report.other_failures = 1,
            |report| report.closing_meanwhile.p99_ms = 1_001.0,
            |report| report.left_open = 1,
            |report| report.lost = 1,
            |report| report.audit.push("2 times violated: no oversell".into()),
        ];
        for spoil in spoils {
            let mut report = good();
            spoil(&mut report);
            assert_eq!(Bounds::default().missed(&report).len(), 1, "{report:?}");
        }
    }

    #[test]
    fn the_ninety_ninth_of_a_hundred_is_the_last_but_none() {
        let us: Vec<u64> = (1..=100).map(|ms| ms * 1_000).collect();
        assert!((hundredth_ms(&us, 99) - 100.0).abs() < f64::EPSILON);
        assert!((hundredth_ms(&us, 50) - 51.0).abs() < f64::EPSILON);
        assert!(hundredth_ms(&[], 99).abs() < f64::EPSILON);
    }
}
