//! `sandglass bench fill`: makes many orders, to measure what they cost. The first are made by the services themselves,
//! one for each buyer; of more, the others are copies of those, row by row ([`copies`]).

mod copies;
mod report;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use bench::report::Made;
use clock::{Clock, ManualClock, Ms, SystemClock};
use indicatif::{ProgressBar, ProgressStyle};
use item::import::{Format, Options};
use model::order::CloseReason;
use model::{Actor, Cause, ItemId, OrderId, UserId};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use trade::place::Wish;

use crate::cli::{FillArgs, FillState};
use crate::config::Config;
use crate::shop::Shop;
use crate::up::system_rng;

use self::copies::Patterns;
use self::report::{Fill, Watched};

/// Orders being made at once.
const AT_ONCE: u64 = 512;
/// What is made within a second on a slow machine, by the services and by copying.
const PLACED_A_SECOND: u64 = 2_000;
const COPIED_A_SECOND: u64 = 8_000;
/// Items the orders are spread over.
const ITEMS: u64 = 1_000;
const FIRST_ITEM: u64 = 8_000_000;
/// Pieces of each item beyond those ordered here, for whoever orders while the orders are watched.
const SPARE: u64 = 1_000_000;
/// Buyers the orders are spread over; they have no accounts.
const BUYERS: u64 = 10_000;
/// Orders of one moment made by the services; more are copies of them.
const PATTERNS: u64 = BUYERS;
const FIRST_BUYER: u64 = 8_000_000;

/// Makes the orders in a data directory that nobody serves.
pub(super) async fn fill(config: Config, args: &FillArgs) -> Result<ExitCode> {
    let fill = fill_now(config, args.orders, args.state).await?;
    bench::report::publish(&args.outputs, &[fill.line()], &fill, &fill.sheet(Made::now()))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes `orders` orders as of now, and enough items for them even if they are none.
pub(super) async fn fill_now(config: Config, orders: u64, state: FillState) -> Result<Fill> {
    let shop = Filled::open(config, Arc::new(SystemClock), orders).await?;
    let made = shop.make(0..orders, state).await;
    let fill = shop.close().await;
    made?;
    Ok(fill)
}

/// Makes `orders` open orders one payment window before the moment that `due` gives for each number, in ascending
/// order. Those of one moment are made at once, so moments should be fewer than orders.
pub(super) async fn fill_due(config: Config, orders: u64, due: impl Fn(u64) -> Ms) -> Result<()> {
    let window_ms = config.payment_window.ms();
    let clock = ManualClock::at(due(0) - window_ms);
    let shop = Filled::open(config, Arc::new(clock.clone()), orders).await?;
    let mut from = 0;
    while from < orders {
        let moment = due(from);
        let to = (from..orders).find(|number| due(*number) != moment).unwrap_or(orders);
        clock.set(moment - window_ms);
        shop.make(from..to, FillState::Open).await?;
        from = to;
    }
    shop.close().await;
    Ok(())
}

/// How long making `orders` orders due at one moment takes at most on a slow machine, in milliseconds.
pub(super) fn making_ms(orders: u64) -> u64 {
    let placed = orders.min(PATTERNS);
    placed * 1_000 / PLACED_A_SECOND + (orders - placed) * 1_000 / COPIED_A_SECOND
}

/// A shop that is being filled.
struct Filled {
    shop: Arc<Shop>,
    clock: Arc<dyn Clock>,
    tasks: TaskTracker,
    stop: CancellationToken,
    progress: ProgressBar,
    watched: RefCell<Watched>,
    /// How many orders of one moment the services make; more are copies of them.
    patterns: u64,
}

impl Filled {
    /// Opens it, with enough to order for `orders`.
    async fn open(config: Config, clock: Arc<dyn Clock>, orders: u64) -> Result<Self> {
        let shop = Arc::new(Shop::open(config, clock.clone(), &mut system_rng()).await?);
        stock(&shop, orders).await?;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        shop.start(&tasks, &stop);
        let style = ProgressStyle::with_template("{bar:32} {pos}/{len} orders {per_sec} {eta}")?;
        let progress = ProgressBar::new(orders).with_style(style);
        let watched = RefCell::new(Watched::since(SystemClock.now()));
        Ok(Self { shop, clock, tasks, stop, progress, watched, patterns: PATTERNS })
    }

    /// Makes those of one moment.
    async fn make(&self, numbers: Range<u64>, state: FillState) -> Result<()> {
        let placed = numbers.start..numbers.end.min(numbers.start + self.patterns);
        let copies = numbers.end - placed.end;
        let placed = self.place(placed, state).await?;
        if copies > 0 {
            let patterns = Patterns::read(&self.shop, placed).await?;
            patterns.copy(&self.shop, copies, self.clock.now(), |some| self.made(some)).await?;
        }
        Ok(())
    }

    async fn place(&self, numbers: Range<u64>, state: FillState) -> Result<Vec<(OrderId, ItemId)>> {
        let (mut running, mut placed) = (JoinSet::new(), Vec::new());
        for number in numbers {
            if running.len() as u64 >= AT_ONCE {
                placed.extend(self.done(running.join_next().await)?);
            }
            running.spawn(one(self.shop.clone(), number, state));
        }
        while let Some(finished) = running.join_next().await {
            placed.extend(self.done(Some(finished))?);
        }
        Ok(placed)
    }

    fn done(&self, finished: Option<Finished>) -> Result<Option<(OrderId, ItemId)>> {
        let order = finished.transpose().context("an order was not made")?.transpose()?;
        self.made(1);
        Ok(order)
    }

    fn made(&self, some: u64) {
        self.progress.inc(some);
        self.watched.borrow_mut().made(some, SystemClock.now());
    }

    async fn close(self) -> Fill {
        self.progress.finish_and_clear();
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
        self.watched.into_inner().finished(SystemClock.now())
    }
}

/// An order that was made, with its item.
type Finished = Result<Result<(OrderId, ItemId)>, tokio::task::JoinError>;

/// Makes sure that there is enough to order.
async fn stock(shop: &Shop, orders: u64) -> Result<()> {
    let each = orders.div_ceil(ITEMS) + SPARE;
    let rows = (FIRST_ITEM..FIRST_ITEM + ITEMS).map(|id| {
        json!({
            "id": id.to_string(), "name": format!("填充品 Filler {id}"), "price": 1_000, "stock": each,
            "image": "/pictures/box.svg", "category": "填充 Filler", "brand": "沙漏 Sandglass", "spec": null, "status": 1,
        })
        .to_string()
    });
    let input = rows.collect::<Vec<_>>().join("\n");
    let options = Options { format: Format::JsonLines, set_stock: true, skip_bad: false };
    let imported = shop.items()?.import(std::io::Cursor::new(input), options, &mut |_| {}).await;
    imported.map(drop).map_err(|error| anyhow!("the filler items cannot be made: {error}"))
}

async fn one(shop: Arc<Shop>, n: u64, state: FillState) -> Result<(OrderId, ItemId)> {
    let item = ItemId(FIRST_ITEM + n % ITEMS);
    let wish = Wish {
        owner: UserId(FIRST_BUYER + n % BUYERS),
        address: None,
        payment_type: 3,
        lines: vec![(item, 1)],
        trace: String::new(),
    };
    let order = shop
        .trade()?
        .place(wish, None)
        .await
        .map_err(|error| anyhow!("an order was not placed: {error:?}"))?;
    if state == FillState::Ended {
        end(&shop, order).await?;
    }
    Ok((order, item))
}

async fn end(shop: &Shop, order: OrderId) -> Result<()> {
    let closed = shop.trade()?.close(order, CloseReason::Buyer, Cause::of(Actor::Buyer), None).await;
    closed.map(drop).map_err(|error| anyhow!("an order was not closed: {error:?}"))
}
