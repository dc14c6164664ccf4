//! `bench search`: buyers who look around. They search for words of items that are there, turn pages, and look at
//! single items.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Args;
use hdrhistogram::Histogram;
use http::Uri;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};
use tokio::task::{JoinSet, LocalSet};

use crate::api::{self, Id};
use crate::client::{Conn, Target};
use crate::machine::Machine;
use crate::stats::{float, histogram};
use crate::users::answered;
use crate::wall::Wall;

/// Pages of the catalogue from which words and items are taken.
const SAMPLED_PAGES: usize = 10;
const PAGE_SIZE: usize = 200;
/// The pages of a search that people turn to.
const PAGES_TURNED: u32 = 3;
/// Of a hundred looks, how many are searches.
const SEARCHES_OF_HUNDRED: u32 = 50;

/// Options of `bench search`.
#[derive(Clone, Debug, Args)]
pub struct SearchArgs {
    /// Where the shop answers; plain HTTP.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub url: String,
    /// Virtual clients, each with a connection of its own.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub clients: u32,
    /// How long to measure, after the warm-up.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u64).range(1..=1_200))]
    pub seconds: u64,
    /// How long to run before measuring.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=120))]
    pub warmup: u64,
    /// Also write the report as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Page {
    list: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    id: Id,
    name: String,
}

/// What people look at.
struct Looks {
    target: Target,
    wall: Wall,
    searches: Vec<Uri>,
    items: Vec<Uri>,
    warmup: Duration,
    end: Duration,
    seen: RefCell<[Seen; 2]>,
}

struct Seen {
    latency: Histogram<u64>,
    failed: u64,
}

impl Default for Seen {
    fn default() -> Self {
        Self { latency: histogram(), failed: 0 }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    machine: Machine,
    clients: u32,
    seconds: u64,
    looks_per_second: f64,
    kinds: Vec<Kind>,
}

/// One kind of look, latencies in milliseconds.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Kind {
    name: &'static str,
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    failed: u64,
}

/// Puts looks on the shop and prints what came of it. A look that was not answered with 200 is an error at the end.
pub fn search(args: &SearchArgs) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let report = LocalSet::new().block_on(&runtime, measured(args))?;
    publish(args, &report)?;
    let failed: u64 = report.kinds.iter().map(|kind| kind.failed).sum();
    ensure!(failed == 0, "{failed} looks were not answered");
    Ok(())
}

async fn measured(args: &SearchArgs) -> Result<Report> {
    let target = Target::of(&args.url).await?;
    let (searches, items) = sampled(&target).await?;
    let warmup = Duration::from_secs(args.warmup);
    let looks = Rc::new(Looks {
        wall: Wall::start(),
        searches,
        items,
        warmup,
        end: warmup + Duration::from_secs(args.seconds),
        seen: RefCell::default(),
        target,
    });
    let mut clients = JoinSet::new();
    for number in 0..args.clients {
        clients.spawn_local(look_around(looks.clone(), number));
    }
    clients.join_all().await;
    let seen = looks.seen.take();
    let kinds: Vec<Kind> = ["search", "item"]
        .into_iter()
        .zip(&seen)
        .map(|(name, seen)| kind(name, seen, args.seconds))
        .collect();
    Ok(Report {
        machine: Machine::look(),
        clients: args.clients,
        seconds: args.seconds,
        looks_per_second: kinds.iter().map(|kind| kind.per_second).sum(),
        kinds,
    })
}

fn kind(name: &'static str, seen: &Seen, seconds: u64) -> Kind {
    let ms = |us: u64| float(us) / 1_000.0;
    Kind {
        name,
        per_second: float(seen.latency.len()) / float(seconds),
        p50_ms: ms(seen.latency.value_at_quantile(0.5)),
        p99_ms: ms(seen.latency.value_at_quantile(0.99)),
        max_ms: ms(seen.latency.max()),
        failed: seen.failed,
    }
}

/// Searches for words of names from all over the catalogue, and the pages of those items.
async fn sampled(target: &Target) -> Result<(Vec<Uri>, Vec<Uri>)> {
    let mut conn = Conn::new(target.clone());
    let (mut searches, mut items) = (Vec::new(), Vec::new());
    for number in 1..=SAMPLED_PAGES {
        let path = api::uri(target, &format!("/items/page?pageNo={number}&pageSize={PAGE_SIZE}"))?;
        let answer = answered(&mut conn, || api::get(path.clone(), None)).await?;
        let page: Page = api::body(&answer, "GET /items/page")?;
        for listed in &page.list {
            items.push(api::uri(target, &format!("/items/{}", listed.id.0))?);
            let words = listed.name.split_whitespace().filter(|word| word.chars().count() > 1);
            for (word, page) in words.zip((1..=PAGES_TURNED).cycle()) {
                let path = format!("/search/list?key={}&pageNo={page}&pageSize=20", encoded(word));
                searches.push(api::uri(target, &path)?);
            }
        }
        if page.list.len() < PAGE_SIZE {
            break;
        }
    }
    ensure!(!searches.is_empty(), "there are no items: start the server with --demo, or import some");
    Ok((searches, items))
}

fn encoded(word: &str) -> String {
    word.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

async fn look_around(looks: Rc<Looks>, number: u32) {
    let mut conn = Conn::new(looks.target.clone());
    let mut rng = StdRng::seed_from_u64(number.into());
    loop {
        let start = looks.wall.now();
        if start >= looks.end {
            return;
        }
        let kind = usize::from(rng.random_range(0..100) >= SEARCHES_OF_HUNDRED);
        let uris = if kind == 0 { &looks.searches } else { &looks.items };
        let uri = uris[rng.random_range(0..uris.len())].clone();
        let answered = conn.send(api::get(uri, None)).await.is_ok_and(|answer| answer.status == 200);
        let now = looks.wall.now();
        if (looks.warmup..looks.end).contains(&now) {
            let seen = &mut looks.seen.borrow_mut()[kind];
            if answered {
                let us = u64::try_from(now.saturating_sub(start).as_micros()).unwrap_or(u64::MAX);
                seen.latency.saturating_record(us);
            } else {
                seen.failed += 1;
            }
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
fn publish(args: &SearchArgs, report: &Report) -> Result<()> {
    println!(
        "{:.0} looks/s by {} clients over {} s",
        report.looks_per_second, report.clients, report.seconds
    );
    for kind in &report.kinds {
        let Kind { name, per_second, p50_ms, p99_ms, max_ms, failed } = kind;
        println!(
            "{name:<8}{per_second:>8.0}/s   p50 {p50_ms:.2} ms   p99 {p99_ms:.2} ms   longest {max_ms:.2} ms   {failed} failed"
        );
    }
    let Some(file) = &args.json else { return Ok(()) };
    let text = serde_json::to_string_pretty(report)? + "\n";
    std::fs::write(file, text).with_context(|| format!("the report cannot be written to {}", file.display()))
}
