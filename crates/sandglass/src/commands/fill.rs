//! `sandglass bench fill`: makes many orders through the services themselves, to measure what they cost.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use clock::SystemClock;
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
/// Buyers the orders are spread over; they have no accounts.
const BUYERS: u64 = 10_000;
const FIRST_BUYER: u64 = 8_000_000;

/// Makes the orders in a data directory that nobody serves.
pub(super) async fn fill(config: Config, args: &FillArgs) -> Result<ExitCode> {
    let shop = Arc::new(Shop::open(config, Arc::new(SystemClock), &mut system_rng()).await?);
    stock(&shop, args.orders).await?;
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    shop.start(&tasks, &stop);
    make(&shop, args).await?;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    Ok(ExitCode::SUCCESS)
}

/// Makes sure that there is enough to order.
async fn stock(shop: &Shop, orders: u64) -> Result<()> {
    let each = orders.div_ceil(ITEMS) + 1;
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

async fn make(shop: &Arc<Shop>, args: &FillArgs) -> Result<()> {
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len} orders {per_sec} {eta}")?;
    let progress = ProgressBar::new(args.orders).with_style(style);
    let mut running = JoinSet::new();
    for n in 0..args.orders {
        if running.len() as u64 >= AT_ONCE {
            done(running.join_next().await, &progress)?;
        }
        running.spawn(one(shop.clone(), n, args.state));
    }
    while let Some(finished) = running.join_next().await {
        done(Some(finished), &progress)?;
    }
    progress.finish();
    Ok(())
}

fn done(finished: Option<Result<Result<()>, tokio::task::JoinError>>, progress: &ProgressBar) -> Result<()> {
    progress.inc(1);
    finished.context("an order was not made")??
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
