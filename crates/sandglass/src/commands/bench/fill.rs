//! `sandglass bench fill`: makes many orders through the services themselves, to measure what they cost.

use std::ops::Range;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
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

/// Orders being made at once.
const AT_ONCE: u64 = 512;
/// Items the orders are spread over.
const ITEMS: u64 = 1_000;
const FIRST_ITEM: u64 = 8_000_000;
/// Pieces of each item beyond those ordered here, for whoever orders while the orders are watched.
const SPARE: u64 = 1_000_000;
/// Buyers the orders are spread over; they have no accounts.
const BUYERS: u64 = 10_000;
const FIRST_BUYER: u64 = 8_000_000;

/// Makes the orders in a data directory that nobody serves.
pub(super) async fn fill(config: Config, args: &FillArgs) -> Result<ExitCode> {
    let shop = Filled::open(config, Arc::new(SystemClock), args.orders).await?;
    let made = shop.make(0..args.orders, args.state).await;
    shop.close().await;
    made?;
    Ok(ExitCode::SUCCESS)
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

/// Has the items in the data that orders are for, and no orders.
pub(super) async fn stocked(config: Config) -> Result<()> {
    Filled::open(config, Arc::new(SystemClock), 0).await?.close().await;
    Ok(())
}

/// A shop that is being filled.
struct Filled {
    shop: Arc<Shop>,
    tasks: TaskTracker,
    stop: CancellationToken,
    progress: ProgressBar,
}

impl Filled {
    /// Opens it, with enough to order for `orders`.
    async fn open(config: Config, clock: Arc<dyn Clock>, orders: u64) -> Result<Self> {
        let shop = Arc::new(Shop::open(config, clock, &mut system_rng()).await?);
        stock(&shop, orders).await?;
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        shop.start(&tasks, &stop);
        let style = ProgressStyle::with_template("{bar:32} {pos}/{len} orders {per_sec} {eta}")?;
        let progress = ProgressBar::new(orders).with_style(style);
        Ok(Self { shop, tasks, stop, progress })
    }

    async fn make(&self, numbers: Range<u64>, state: FillState) -> Result<()> {
        let mut running = JoinSet::new();
        for number in numbers {
            if running.len() as u64 >= AT_ONCE {
                self.done(running.join_next().await)?;
            }
            running.spawn(one(self.shop.clone(), number, state));
        }
        while let Some(finished) = running.join_next().await {
            self.done(Some(finished))?;
        }
        Ok(())
    }

    fn done(&self, finished: Option<Result<Result<()>, tokio::task::JoinError>>) -> Result<()> {
        self.progress.inc(1);
        finished.context("an order was not made")??
    }

    async fn close(self) {
        self.progress.finish();
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

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

async fn one(shop: Arc<Shop>, n: u64, state: FillState) -> Result<()> {
    let wish = Wish {
        owner: UserId(FIRST_BUYER + n % BUYERS),
        address: None,
        payment_type: 3,
        lines: vec![(ItemId(FIRST_ITEM + n % ITEMS), 1)],
        trace: String::new(),
    };
    let order = shop
        .trade()?
        .place(wish, None)
        .await
        .map_err(|error| anyhow!("an order was not placed: {error:?}"))?;
    match state {
        FillState::Open => Ok(()),
        FillState::Ended => end(&shop, order).await,
    }
}

async fn end(shop: &Shop, order: OrderId) -> Result<()> {
    let closed = shop.trade()?.close(order, CloseReason::Buyer, Cause::of(Actor::Buyer), None).await;
    closed.map(drop).map_err(|error| anyhow!("an order was not closed: {error:?}"))
}
