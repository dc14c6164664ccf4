//! What filling came to.

use bench::report::{Axis, Figure, Made, Plot, Section, Series, Sheet, Verdict};
use clock::{Ms, SECOND};
use serde::Serialize;

/// How fast orders were made.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::commands::bench) struct Fill {
    orders: u64,
    seconds: f64,
    orders_per_second: f64,
    /// In each second.
    made: Vec<u64>,
}

/// Counts orders in the seconds in which they are made.
pub(super) struct Watched {
    begun: Ms,
    made: Vec<u64>,
}

impl Watched {
    pub(super) fn since(begun: Ms) -> Self {
        Self { begun, made: Vec::new() }
    }

    pub(super) fn made(&mut self, some: u64, now: Ms) {
        let second = usize::try_from((now.0 - self.begun.0) / SECOND).unwrap_or(0);
        if self.made.len() <= second {
            self.made.resize(second + 1, 0);
        }
        self.made[second] += some;
    }

    pub(super) fn finished(self, now: Ms) -> Fill {
        let seconds = bench::float(u64::try_from(now.0 - self.begun.0).unwrap_or(0).max(1)) / 1_000.0;
        let orders = self.made.iter().sum();
        Fill { orders, seconds, orders_per_second: bench::float(orders) / seconds, made: self.made }
    }
}

impl Fill {
    /// For a terminal.
    pub(super) fn line(&self) -> String {
        let Self { orders, seconds, orders_per_second, .. } = self;
        format!("{orders} orders in {seconds:.1} s, {orders_per_second:.0}/s")
    }

    /// As a page.
    pub(super) fn sheet(&self, made: Made) -> Sheet {
        let rate = Series::even("made", self.made.iter().map(|count| bench::float(*count)));
        let plots = vec![Plot::lines("Orders made a second", "orders/s", Axis::plain("s"), vec![rate])];
        Sheet {
            title: "Many orders at once".to_owned(),
            made,
            setting: vec![self.line()],
            verdict: Verdict::measured(),
            figures: vec![
                Figure::new("orders", self.orders.to_string(), ""),
                Figure::new("made", format!("{:.0}", self.orders_per_second), "/s"),
            ],
            sections: vec![Section { plots, ..Section::default() }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_counted_in_their_second_and_silent_seconds_too() {
        let mut watched = Watched::since(Ms(5_000));
        for (some, now) in [(1, 5_000), (2, 5_999), (4, 8_000)] {
            watched.made(some, Ms(now));
        }
        let fill = watched.finished(Ms(8_500));
        assert_eq!(fill.made, [3, 0, 0, 4]);
        assert_eq!(fill.line(), "7 orders in 3.5 s, 2/s");
    }
}
