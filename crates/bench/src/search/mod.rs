//! `bench search`: buyers who look around. They search for words of items that are there, turn pages, and look at
//! single items.

mod report;

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;
use hdrhistogram::Histogram;
use http::Uri;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Deserialize;
use tokio::task::{JoinSet, LocalSet};

use crate::api::{self, Id};
use crate::client::{Conn, Target};
use crate::progress;
use crate::report::{Made, Outputs, publish};
use crate::stats::histogram;
use crate::timeline::Timeline;
use crate::users::answered;
use crate::wall::Wall;

pub use self::report::SearchReport;

/// Pages of the catalogue from which words and items are taken.
const SAMPLED_PAGES: usize = 10;
const PAGE_SIZE: usize = 200;
/// The pages of a search that people turn to.
const PAGES_TURNED: u32 = 3;
/// A shop that has just been started still reads its catalogue: looks begin once so many different searches in a row were
/// answered within that time each, or after so long all the same.
const QUICK_IN_A_ROW: usize = 32;
const QUICK: Duration = Duration::from_millis(5);
const SETTLING_MAX: Duration = Duration::from_secs(30);
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
    /// Where the report goes.
    #[command(flatten)]
    pub outputs: Outputs,
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
    timeline: Timeline,
}

impl Seen {
    fn over(window: Range<Duration>) -> Self {
        Self { latency: histogram(), failed: 0, timeline: Timeline::over(window) }
    }
}

/// Puts looks on the shop and prints what came of it. A look that was not answered with 200 is an error at the end.
pub fn search(args: &SearchArgs) -> Result<()> {
    let report = looks(args)?;
    publish(&args.outputs, &report.lines(), &report, &report.sheet(Made::now()))?;
    ensure!(report.failed() == 0, "{} looks were not answered", report.failed());
    Ok(())
}

/// The same without telling anybody.
pub fn looks(args: &SearchArgs) -> Result<SearchReport> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, measured(args))
}

async fn measured(args: &SearchArgs) -> Result<SearchReport> {
    let target = Target::of(&args.url).await?;
    let (searches, items) = sampled(&target).await?;
    settled(&target, &searches).await?;
    let warmup = Duration::from_secs(args.warmup);
    let end = warmup + Duration::from_secs(args.seconds);
    let seen = [Seen::over(warmup..end), Seen::over(warmup..end)];
    let wall = Wall::start();
    let looks = Rc::new(Looks { wall, searches, items, warmup, end, seen: RefCell::new(seen), target });
    let shown = tokio::task::spawn_local(progress::until(wall, end, "looking around"));
    let mut clients = JoinSet::new();
    for number in 0..args.clients {
        clients.spawn_local(look_around(looks.clone(), number));
    }
    clients.join_all().await;
    shown.abort();
    let mut seen = looks.seen.borrow_mut();
    Ok(SearchReport::of(args, ["search", "item"].into_iter().zip(seen.iter_mut())))
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

/// Searches one after the other until the shop answers quickly.
async fn settled(target: &Target, searches: &[Uri]) -> Result<()> {
    let (mut conn, wall, mut in_a_row) = (Conn::new(target.clone()), Wall::start(), 0);
    // Neighbours are words of one name; a step apart they are of many.
    for uri in searches.iter().cycle().step_by(7) {
        let start = wall.now();
        answered(&mut conn, || api::get(uri.clone(), None)).await?;
        in_a_row = if wall.now().saturating_sub(start) <= QUICK { in_a_row + 1 } else { 0 };
        if in_a_row >= QUICK_IN_A_ROW || wall.now() >= SETTLING_MAX {
            break;
        }
    }
    Ok(())
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
                seen.timeline.record(now, us);
            } else {
                seen.failed += 1;
            }
        }
    }
}
