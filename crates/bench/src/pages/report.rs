//! What a round through all pages came to.

use std::fmt::Write;

use serde::Serialize;

use super::PagesArgs;
use super::plan::Look;
use super::visit::Visited;
use crate::machine::Machine;
use crate::stats::float;

/// The report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    machine: Machine,
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
        let slow: Vec<String> = slow.map(|page| format!("{} ({})", page.path, page.who)).collect();
        Self {
            machine: Machine::look(),
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

    /// The report for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut text = format!(
            "{}: {} looks at each page by {} clients; {} cores, {}, Linux {}\n\n",
            self.url, self.requests, self.clients, self.machine.cores, self.machine.cpu, self.machine.kernel
        );
        let _ = writeln!(
            text,
            "{:<54}{:<8}{:>8}{:>9}{:>9}{:>9}{:>9}{:>9}",
            "page", "who", "/s", "p50 ms", "p99 ms", "max ms", "kB", "files kB"
        );
        for page in &self.pages {
            let _ = writeln!(text, "{}", page.line());
        }
        for failed in &self.failed {
            let _ = writeln!(text, "failed   {failed}");
        }
        for slow in &self.slow {
            let _ = writeln!(text, "slow     {slow}");
        }
        let verdict = if self.clean { "every page's p99 is below" } else { "NOT every page's p99 is below" };
        let _ = writeln!(text, "verdict  {verdict} {} ms", self.limit_ms);
        text
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
        let text = report.text();
        assert!(text.contains("slow     /b") && text.contains("verdict  NOT every"), "{text}");
        assert!(Report::of(&args, vec![page("/a", 19.9)], Vec::new()).clean);
        assert!(!Report::of(&args, vec![page("/a", 1.0)], vec!["/c: answered 404".into()]).clean);
    }
}
