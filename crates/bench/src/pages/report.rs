//! What a round through all pages came to.

use serde::Serialize;

use super::PagesArgs;
use super::plan::Look;
use super::visit::Visited;
use crate::report::{Figure, Made, Plot, Section, Sheet, Table, Verdict};
use crate::stats::float;

/// The report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
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
    pub(crate) clean: bool,
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

    fn name(&self) -> String {
        format!("{} ({})", self.path, self.who)
    }

    fn is_slow(&self, limit_ms: f64) -> bool {
        self.p99_ms >= limit_ms
    }

    fn line(&self) -> String {
        let kb = |bytes: u64| float(bytes) / 1_000.0;
        format!(
            "{:<54}{:<8}{:>8.0}{:>9.2}{:>9.2}{:>9.2}{:>9.1}{:>9.1}",
            self.path,
            self.who,
            self.per_second,
            self.p50_ms,
            self.p99_ms,
            self.max_ms,
            kb(self.bytes),
            kb(self.asset_bytes)
        )
    }
}

impl Report {
    /// The report of `pages`, and of those that `failed`.
    pub(crate) fn of(args: &PagesArgs, pages: Vec<Page>, failed: Vec<String>) -> Self {
        let limit_ms = float(args.limit_ms);
        let slow = pages.iter().filter(|page| page.is_slow(limit_ms));
        let slow: Vec<String> = slow.map(Page::name).collect();
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

    fn setting(&self) -> String {
        format!("{}: {} looks at each page by {} clients", self.url, self.requests, self.clients)
    }

    /// For a terminal, a line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        let head = format!(
            "{:<54}{:<8}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}",
            "page", "who", "/s", "p50 ms", "p99 ms", "max ms", "kB", "files kB"
        );
        let mut lines = vec![self.setting(), String::new(), head];
        lines.extend(self.pages.iter().map(Page::line));
        lines.extend(self.failed.iter().map(|failed| format!("failed   {failed}")));
        lines.extend(self.slow.iter().map(|slow| format!("slow     {slow}")));
        lines.push(format!("verdict  {}", self.verdict().said));
        lines
    }

    fn verdict(&self) -> Verdict {
        let below = format!("every page's p99 is below {} ms", self.limit_ms);
        Verdict::of(self.clean, &below, &format!("NOT {below}"))
    }

    /// As a page.
    pub(crate) fn sheet(&self, made: Made) -> Sheet {
        let longest = self.pages.iter().map(|page| page.p99_ms).fold(0.0, f64::max);
        let bars = self.pages.iter().map(|page| (page.name(), page.p99_ms));
        let mut notes = Vec::new();
        if !self.failed.is_empty() {
            notes.push(("Not answered as they should be".to_owned(), self.failed.clone()));
        }
        Sheet {
            title: "Every page of the shop and of the console".to_owned(),
            made,
            setting: vec![self.setting()],
            verdict: self.verdict(),
            figures: vec![
                Figure::new("looks at pages", self.pages.len().to_string(), ""),
                Figure::new("longest p99", format!("{longest:.1}"), "ms"),
            ],
            sections: vec![Section {
                plots: vec![Plot::bars("p99 of each page", "ms", bars).wanting(self.limit_ms)],
                tables: vec![self.table()],
                notes,
                ..Section::default()
            }],
        }
    }

    fn table(&self) -> Table {
        let head = ["page", "looks/s", "p50 ms", "p99 ms", "longest ms", "kB", "its files, kB"];
        let mut table = Table::new("Pages", &head);
        for page in &self.pages {
            let kb = |bytes: u64| format!("{:.1}", float(bytes) / 1_000.0);
            let ms = |ms: f64| format!("{ms:.2}");
            let cells = [
                page.name(),
                format!("{:.0}", page.per_second),
                ms(page.p50_ms),
                ms(page.p99_ms),
                ms(page.max_ms),
                kb(page.bytes),
                kb(page.asset_bytes),
            ];
            table.push_judged(cells, !page.is_slow(self.limit_ms));
        }
        table
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
        let report = Report::of(&args, vec![page("/a", 19.9), page("/b", 20.0)], Vec::new());
        assert!(!report.clean && report.slow == ["/b (buyer)"], "{report:?}");
        let text = report.lines().join("\n");
        assert!(text.contains("slow     /b") && text.contains("verdict  NOT every"), "{text}");
        assert!(Report::of(&args, vec![page("/a", 19.9)], Vec::new()).clean);
        assert!(!Report::of(&args, vec![page("/a", 1.0)], vec!["/c: answered 404".into()]).clean);
    }
}
