//! `bench pages`: how long the server takes for each page of the storefront and of the console.
//!
//! A few clients look at one page after another, as somebody, as a buyer and as staff. Which pages there are is the
//! shop's to say; a page that nobody planned to look at is an error before anything is measured.

mod plan;
mod ready;
mod report;
mod visit;
mod weigh;

use anyhow::{Context, Result, ensure};
use clap::Args;
use tokio::task::LocalSet;

use crate::api;
use crate::client::{Conn, Target};
use crate::report::{Made, Outputs, publish};
use crate::{progress, users};
use plan::{LOOKS, Look};
use ready::Ready;
use report::Page;
use weigh::Scales;

pub use plan::unplanned;
pub use report::PagesReport;

/// Options of `bench pages`.
#[derive(Clone, Debug, Args)]
pub struct PagesArgs {
    /// Where the shop answers; plain HTTP. Orders must wait there for longer than this takes.
    #[arg(long, default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub url: String,
    /// Where the pages are, if they are a process of their own.
    #[arg(long, value_name = "URL")]
    pub pages_url: Option<String>,
    /// Virtual clients, each with a connection of its own.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub clients: u32,
    /// How often each page is looked at, by all clients together.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub requests: u32,
    /// A page whose p99 is not below so many milliseconds is too slow.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub limit_ms: u64,
    /// How many unpaid orders the buyer has who looks.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub orders: u32,
    /// A staff user, who looks at the console.
    #[arg(long, default_value = "admin", value_name = "NAME")]
    pub staff_user: String,
    /// The staff user's password; without it a staff user is made in the shop's data.
    #[arg(long, env = "SANDGLASS_STAFF_PASSWORD", hide_env_values = true, value_name = "PASSWORD")]
    pub staff_password: Option<String>,
    /// Where the report goes.
    #[command(flatten)]
    pub outputs: Outputs,
}

/// Looks at all `pages` of a shop, prints what came of it, and answers whether each was answered in time.
///
/// An error is a run that could not be done, such as a page that nobody planned to look at.
pub fn pages(args: &PagesArgs, pages: &[String]) -> Result<bool> {
    let (report, made) = (pages_seen(args, pages)?, Made::now());
    publish(&args.outputs, &report.lines(&made.machine), &report, &report.sheet(made))?;
    Ok(report.clean())
}

/// The same without telling anybody.
pub fn pages_seen(args: &PagesArgs, pages: &[String]) -> Result<PagesReport> {
    let unplanned = unplanned(pages);
    ensure!(unplanned.is_empty(), "it is not planned how to look at {}", unplanned.join(", "));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, round(args))
}

async fn round(args: &PagesArgs) -> Result<PagesReport> {
    let target = Target::of(&args.url).await?;
    let mut conn = Conn::new(target.clone());
    let password = args.staff_password.as_deref().context("the console needs --staff-password")?;
    let staff = users::staff(&mut conn, &args.staff_user, password).await?;
    let ready = ready::ready(&target, staff, args.orders).await?;
    let pages = Target::of(args.pages_url.as_ref().unwrap_or(&args.url)).await?;
    let conns = (0..args.clients).map(|_| Conn::new(pages.clone())).collect();
    let conn = Conn::new(pages);
    let mut round = Round { ready, conn, conns, scales: Scales::default(), requests: args.requests };
    let (mut seen, mut failed) = (Vec::new(), Vec::new());
    let bar = progress::bar(LOOKS.len() as u64, "looking at pages");
    for look in LOOKS {
        match round.look(look).await {
            Ok(page) => seen.push(page),
            Err(why) => failed.push(format!("{} ({}): {why:#}", look.path, look.who.name())),
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(PagesReport::of(args, seen, failed))
}

/// A round through the pages.
struct Round {
    ready: Ready,
    /// For what is not measured.
    conn: Conn,
    conns: Vec<Conn>,
    scales: Scales,
    requests: u32,
}

impl Round {
    /// One page: once to see what it loads, once by each client to warm up, and then as often as asked.
    async fn look(&mut self, look: &Look) -> Result<Page> {
        let (path, cookie) = (self.ready.found.fill(look.path)?, self.ready.cookie(look.who));
        let uri = api::uri(self.conn.target(), &path)?;
        let text = weigh::text(&mut self.conn, uri.clone(), cookie).await?;
        let asset_bytes = self.scales.weigh(&mut self.conn, &text).await?;
        let warm_up = u32::try_from(self.conns.len())?;
        visit::visit(&mut self.conns, uri.clone(), cookie, warm_up).await?;
        let visited = visit::visit(&mut self.conns, uri, cookie, self.requests).await?;
        Ok(Page::of(look, &visited, asset_bytes))
    }
}
