//! What growing came to.

use bench::report::{Axis, Figure, Made, OrdersReport, Plot, Section, Series, Sheet, Table, Verdict};
use serde::Serialize;

/// The curves.
#[derive(Debug, Serialize)]
pub(in crate::commands::bench) struct Growth {
    pub(super) curves: Vec<Curve>,
}

/// How placing goes as one thing grows.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    pub(super) points: Vec<Point>,
}

/// One point of a curve.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Point {
    /// How many there were of what grows; as text it names the point.
    name: String,
    placed_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    clean: bool,
}

impl Point {
    pub(super) fn of(at: u64, report: &OrdersReport) -> Self {
        let latency = report.placing();
        Self {
            name: at.to_string(),
            placed_per_second: report.placed_per_second(),
            p50_ms: latency.map_or(0.0, |latency| latency.p50_ms),
            p99_ms: latency.map_or(0.0, |latency| latency.p99_ms),
            clean: report.clean(),
        }
    }

    fn cells(&self) -> [String; 4] {
        let Self { placed_per_second, p50_ms, p99_ms, .. } = self;
        [self.short(), format!("{placed_per_second:.0}"), format!("{p50_ms:.1}"), format!("{p99_ms:.1}")]
    }

    /// Its number, as short as it can be told.
    fn short(&self) -> String {
        let thousands = self.name.strip_suffix("000");
        let millions = thousands.and_then(|rest| rest.strip_suffix("000"));
        match (millions, thousands) {
            (Some(millions), _) => format!("{millions} M"),
            (None, Some(thousands)) => format!("{thousands} k"),
            (None, None) => self.name.clone(),
        }
    }
}

impl Curve {
    /// The rate of the last point as a share of the first one's; 0 if nothing was placed there.
    fn last_to_first(&self) -> f64 {
        let rate = |point: Option<&Point>| point.map_or(0.0, |point| point.placed_per_second);
        let first = rate(self.points.first());
        if first > 0.0 { rate(self.points.last()) / first } else { 0.0 }
    }

    fn ratio(&self) -> String {
        format!("{:.0} % of the first", self.last_to_first() * 100.0)
    }

    fn lines(&self) -> Vec<String> {
        let head = format!("{:<28}{:>12}{:>12}{:>12}", self.what, "placed/s", "p50 ms", "p99 ms");
        let row = |point: &Point| {
            let [name, rate, p50, p99] = point.cells();
            let verdict = if point.clean { "" } else { "   NOT CLEAN" };
            format!("{name:<28}{rate:>12}{p50:>12}{p99:>12}{verdict}")
        };
        let last = format!("the last places {}", self.ratio());
        std::iter::once(head).chain(self.points.iter().map(row)).chain([last, String::new()]).collect()
    }

    fn section(&self) -> Section {
        let axis = || Axis::named(self.points.iter().map(Point::short));
        let along = |name, of: fn(&Point) -> f64| Series::even(name, self.points.iter().map(of));
        let rate = vec![along("placed", |point| point.placed_per_second)];
        let latency = vec![along("p50", |point| point.p50_ms), along("p99", |point| point.p99_ms)];
        let mut table =
            Table::new(&format!("By {}", self.what), &["", "placed/s", "p50 ms", "p99 ms", "verdict"]);
        for point in &self.points {
            let verdict = if point.clean { "clean" } else { "not clean" };
            table.push_judged(point.cells().into_iter().chain([verdict.to_owned()]), point.clean);
        }
        Section {
            title: format!("By {}", self.what),
            plots: vec![
                Plot::lines("Orders placed a second", "orders/s", axis(), rate),
                Plot::lines("Latency of placing", "ms", axis(), latency),
            ],
            tables: vec![table],
            ..Section::default()
        }
    }
}

impl Growth {
    /// Whether every point's verdict is clean.
    pub(in crate::commands::bench) fn clean(&self) -> bool {
        self.curves.iter().flat_map(|curve| &curve.points).all(|point| point.clean)
    }

    /// The rate with the most of what grows, as a share of that with the least; `None` if that curve was not measured.
    pub(in crate::commands::bench) fn last_to_first(&self, name: &str) -> Option<f64> {
        self.curves.iter().find(|curve| curve.name == name).map(Curve::last_to_first)
    }

    /// For a terminal.
    pub(in crate::commands::bench) fn lines(&self) -> Vec<String> {
        self.curves.iter().flat_map(Curve::lines).collect()
    }

    /// As a page.
    pub(in crate::commands::bench) fn sheet(&self, made: Made) -> Sheet {
        let figure = |curve: &Curve| {
            let ratio = format!("{:.0}", curve.last_to_first() * 100.0);
            Figure::new(format!("last to first, by {}", curve.what), ratio, "%")
        };
        Sheet {
            title: "How placing goes as a shop grows".to_owned(),
            made,
            setting: vec!["Every point on a shop of its own.".to_owned()],
            verdict: Verdict::of(self.clean(), "Clean", "Not clean"),
            figures: self.curves.iter().map(figure).collect(),
            sections: self.curves.iter().map(Curve::section).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(name: &str, placed_per_second: f64, clean: bool) -> Point {
        Point { name: name.to_owned(), placed_per_second, p50_ms: 1.0, p99_ms: 2.0, clean }
    }

    fn growth(points: Vec<Point>) -> Growth {
        Growth { curves: vec![Curve { name: "orders", what: "orders", points }] }
    }

    #[test]
    fn the_last_is_told_as_a_share_of_the_first() {
        let grown = growth(vec![
            point("0", 4_000.0, true),
            point("10000", 1.0, true),
            point("1000000", 3_000.0, true),
        ]);
        assert_eq!(grown.last_to_first("orders"), Some(0.75));
        assert_eq!(grown.last_to_first("items"), None);
        assert!(grown.lines().iter().any(|line| line.contains("75 %")), "{:?}", grown.lines());
        assert_eq!(growth(vec![point("0", 0.0, true)]).last_to_first("orders"), Some(0.0));
    }

    #[test]
    fn one_point_that_is_not_clean_spoils_the_verdict() {
        let spoiled = growth(vec![point("0", 4_000.0, true), point("10", 4_000.0, false)]);
        assert!(!spoiled.clean());
        assert_eq!(spoiled.sheet(Made::now()).verdict.good, Some(false));
    }

    #[test]
    fn numbers_are_told_shortly() {
        let names =
            ["0", "64", "1024", "10000", "100000", "10000000"].map(|name| point(name, 1.0, true).short());
        assert_eq!(names, ["0", "64", "1024", "10 k", "100 k", "10 M"]);
    }
}
