//! What a round through all pages came to.

use serde::Serialize;

use super::PagesArgs;
use super::plan::Look;
use super::visit::Visited;
use crate::machine::Machine;
use crate::report::{Axis, Figure, Made, Plot, Section, Series, Sheet, Table, Verdict};
use crate::stats::float;

/// The report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PagesReport {
    url: String,
    clients: u32,
    /// Of each page.
    requests: u32,
    limit_ms: f64,
    pages: Vec<Page>,
    /// Pages whose p99 is not below the limit.
    slow: Vec<String>,
    /// Pages that were not answered as they should be, each with how they were.
    failed: Vec<String>,
    clean: bool,
}

/// One page. Latencies are in milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page {
    path: &'static str,
    who: &'static str,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// Of the page as it is sent to a browser, with whatever compression there is.
    bytes: u64,
    /// Of the style sheets, scripts and pictures that it loads from the shop the first time.
    asset_bytes: u64,
}

impl Page {
    pub(crate) fn of(look: &Look, visited: &Visited, asset_bytes: u64) -> Self {
        let ms = |us: u64| float(us) / 1_000.0;
        let latency = &visited.latency;
        Self {
            path: look.path,
            who: look.who.name(),
            per_second: float(latency.len()) / visited.took.as_secs_f64(),
            p50_ms: ms(latency.value_at_quantile(0.5)),
            p99_ms: ms(latency.value_at_quantile(0.99)),
            max_ms: ms(latency.max()),
            bytes: visited.bytes,
            asset_bytes,
        }
    }

    fn numbers(&self) -> [f64; 6] {
        let kb = |bytes: u64| float(bytes) / 1_000.0;
        [self.per_second, self.p50_ms, self.p99_ms, self.max_ms, kb(self.bytes), kb(self.asset_bytes)]
    }

    fn is_slow(&self, limit_ms: f64) -> bool {
        self.p99_ms >= limit_ms
    }

    fn line(&self) -> String {
        let [per_second, p50, p99, max, kb, asset_kb] = self.numbers();
        format!(
            "{:<54}{:<8}{per_second:>8.0}{p50:>9.2}{p99:>9.2}{max:>9.2}{kb:>9.1}{asset_kb:>9.1}",
            self.path, self.who
        )
    }
}

impl PagesReport {
    /// The report of `pages`, and of those that `failed`.
    pub(crate) fn of(args: &PagesArgs, pages: Vec<Page>, failed: Vec<String>) -> Self {
        let limit_ms = float(args.limit_ms);
        let slow = pages.iter().filter(|page| page.is_slow(limit_ms));
        let slow: Vec<String> = slow.map(|page| format!("{} ({})", page.path, page.who)).collect();
        Self {
            url: args.url.clone(),
            clients: args.clients,
            requests: args.requests,
            limit_ms,
            clean: slow.is_empty() && failed.is_empty(),
            pages,
            slow,
            failed,
        }
    }

    /// Whether every page was answered as it should be, and in time.
    pub fn clean(&self) -> bool {
        self.clean
    }

    /// For a terminal, a line each.
    pub fn lines(&self, machine: &Machine) -> Vec<String> {
        let head = format!(
            "{:<54}{:<8}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}",
            "page", "who", "/s", "p50 ms", "p99 ms", "max ms", "kB", "files kB"
        );
        let mut lines = vec![self.heading(), machine.line(), String::new(), head];
        lines.extend(self.pages.iter().map(Page::line));
        lines.extend(self.troubles());
        let verdict = if self.clean { "every page's p99 is below" } else { "NOT every page's p99 is below" };
        lines.push(format!("verdict  {verdict} {} ms", self.limit_ms));
        lines
    }

    fn heading(&self) -> String {
        format!("{}: {} looks at each page by {} clients", self.url, self.requests, self.clients)
    }

    fn troubles(&self) -> impl Iterator<Item = String> {
        let failed = self.failed.iter().map(|failed| format!("failed   {failed}"));
        failed.chain(self.slow.iter().map(|slow| format!("slow     {slow}")))
    }

    /// As a page.
    pub fn sheet(&self, made: Made) -> Sheet {
        let name = |page: &Page| format!("{} ({})", page.path, page.who);
        let head = ["page", "/s", "p50 ms", "p99 ms", "max ms", "kB", "files kB"];
        let mut table = Table { wide: true, ..Table::new("Every page", &head) };
        for page in &self.pages {
            let numbers = page.numbers().map(|number| format!("{number:.1}"));
            let cells = std::iter::once(name(page)).chain(numbers);
            table.push_judged(cells, !page.is_slow(self.limit_ms));
        }
        let axis = Axis::plain("pages");
        let slowest_first = |of: fn(&Page) -> f64| {
            let mut values: Vec<f64> = self.pages.iter().map(of).collect();
            values.sort_by(|a, b| b.total_cmp(a));
            values
        };
        let series = vec![
            Series::even("p50", slowest_first(|page| page.p50_ms)),
            Series::even("p99", slowest_first(|page| page.p99_ms)),
        ];
        let plot = Plot::lines("Latency of pages, slowest first", "ms", axis, series).wanting(self.limit_ms);
        let troubles = ("Not as it should be".to_owned(), self.troubles().collect::<Vec<_>>());
        let notes = std::iter::once(troubles).filter(|(_, told)| !told.is_empty()).collect();
        let slowest = self.pages.iter().map(|page| page.p99_ms).fold(0.0, f64::max);
        Sheet {
            title: "Every page of shop and console".to_owned(),
            made,
            setting: vec![self.heading()],
            verdict: Verdict::of(self.clean, "All in time", "Not all in time"),
            figures: vec![
                Figure::new("pages", self.pages.len().to_string(), ""),
                Figure::new("slowest page, p99", format!("{slowest:.1}"), "ms"),
            ],
            sections: vec![Section { plots: vec![plot], tables: vec![table], notes, ..Section::default() }],
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        pages: PagesArgs,
    }

    fn page(path: &'static str, p99_ms: f64) -> Page {
        let (per_second, bytes, asset_bytes) = (100.0, 1_000, 2_000);
        Page { path, who: "buyer", per_second, p50_ms: 1.0, p99_ms, max_ms: 90.0, bytes, asset_bytes }
    }

    #[test]
    fn a_page_at_the_limit_is_named_and_one_below_it_is_not() {
        let args = Cli::parse_from(["pages", "--limit-ms", "20"]).pages;
        let report = PagesReport::of(&args, vec![page("/a", 19.9), page("/b", 20.0)], Vec::new());
        assert!(!report.clean && report.slow == ["/b (buyer)"], "{report:?}");
        let text = report.lines(&Machine::look()).join("\n");
        assert!(text.contains("slow     /b") && text.contains("verdict  NOT every"), "{text}");
        assert!(PagesReport::of(&args, vec![page("/a", 19.9)], Vec::new()).clean);
        assert!(!PagesReport::of(&args, vec![page("/a", 1.0)], vec!["/c: answered 404".into()]).clean);
    }
}
