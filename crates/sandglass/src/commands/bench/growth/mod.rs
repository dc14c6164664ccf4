//! `bench growth`: how placing goes as the data, the catalogue and the crowd grow. Every point is measured on a shop of
//! its own, made for it in a temporary folder.

mod report;

use std::process::ExitCode;

use anyhow::Result;
use bench::report::{Made, OrdersReport, publish};

pub(super) use self::report::Growth;
use self::report::{Curve, Point};
use super::own::Ground;
use super::supply::PLENTY;
use super::{fill, load};
use crate::cli::{FillState, Grows, GrowthArgs};

/// Where curves begin, beside nothing at all.
const ORDERS_FROM: u64 = 10_000;
const ITEMS_FROM: u64 = 1_000;
const CLIENTS_FROM: u64 = 1;
/// By how much each point is more than the one before.
const ORDERS_STEP: u64 = 10;
const ITEMS_STEP: u64 = 10;
const CLIENTS_STEP: u64 = 4;
/// Clients where it is not them that grow.
const CLIENTS: u32 = 256;
/// Items that are bought, at most, and how many there are where it is not them that grow.
const BOUGHT: u64 = 5_000;
/// Buyers, at most; the clients share them.
const BUYERS: u64 = 64;
/// Orders of the fill wait longer than any run lasts.
const WINDOW: &str = "6h";

/// Measures what is asked for, and tells.
pub(super) fn run(args: &GrowthArgs) -> Result<ExitCode> {
    let growth = measure(args)?;
    publish(&args.outputs, &growth.lines(), &growth, &growth.sheet(Made::now()))?;
    Ok(if growth.clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The same without telling anybody.
pub(super) fn measure(args: &GrowthArgs) -> Result<Growth> {
    let wanted = |what| args.only.is_empty() || args.only.contains(&what);
    let mut curves = Vec::new();
    if wanted(Grows::Orders) {
        let points = std::iter::once(0).chain(steps(ORDERS_FROM, ORDERS_STEP, args.orders_up_to));
        curves.push(curve("orders", "orders already in the data", points, |at| with_orders(args, at))?);
    }
    if wanted(Grows::Items) {
        let points = steps(ITEMS_FROM, ITEMS_STEP, args.items_up_to);
        curves.push(curve("items", "items in the catalogue", points, |at| with_items(args, at))?);
    }
    if wanted(Grows::Clients) {
        let points = steps(CLIENTS_FROM, CLIENTS_STEP, args.clients_up_to);
        curves.push(curve("clients", "clients", points, |at| with_clients(args, at))?);
    }
    Ok(Growth { curves })
}

/// From `first` on, each so many `times` the one before, and `last` at the end.
fn steps(first: u64, times: u64, last: u64) -> impl Iterator<Item = u64> {
    let before = std::iter::successors(Some(first), move |at| at.checked_mul(times));
    before.take_while(move |at| *at < last).chain(std::iter::once(last))
}

fn curve(
    name: &'static str,
    what: &'static str,
    points: impl Iterator<Item = u64>,
    measure: impl Fn(u64) -> Result<OrdersReport>,
) -> Result<Curve> {
    let measured = |at: u64| {
        super::say(&format!("{what}: {at}"));
        measure(at).map(|report| Point::of(at, &report))
    };
    Ok(Curve { name, what, points: points.map(measured).collect::<Result<_>>()? })
}

fn with_orders(args: &GrowthArgs, orders: u64) -> Result<OrdersReport> {
    let ground = Ground::below(&args.below)?;
    let filling = fill::fill_now(ground.config(WINDOW)?, orders, args.state.unwrap_or(FillState::Ended));
    crate::commands::runtime()?.block_on(filling)?;
    place(args, &ground, BOUGHT, CLIENTS)
}

fn with_items(args: &GrowthArgs, items: u64) -> Result<OrdersReport> {
    let ground = Ground::below(&args.below)?;
    ground.supplied(items, PLENTY)?;
    place(args, &ground, items.min(BOUGHT), CLIENTS)
}

fn with_clients(args: &GrowthArgs, clients: u64) -> Result<OrdersReport> {
    let ground = Ground::below(&args.below)?;
    ground.supplied(BOUGHT, PLENTY)?;
    place(args, &ground, BOUGHT, u32::try_from(clients)?)
}

fn place(args: &GrowthArgs, ground: &Ground, items: u64, clients: u32) -> Result<OrdersReport> {
    let own = ground.serve()?;
    let users = u64::from(clients).min(BUYERS);
    let (seconds, warmup) = (args.seconds, args.warmup);
    let line =
        format!("--clients {clients} --users {users} --items {items} --seconds {seconds} --warmup {warmup}");
    let report = load::place(ground, &own, &load::words(&line))?;
    own.kill()?;
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(first: u64, times: u64, last: u64) -> Vec<u64> {
        steps(first, times, last).collect()
    }

    #[test]
    fn points_grow_by_steps_and_end_with_what_was_asked_for() {
        assert_eq!(of(10_000, 10, 10_000_000), [10_000, 100_000, 1_000_000, 10_000_000]);
        assert_eq!(of(1, 4, 1_024), [1, 4, 16, 64, 256, 1_024]);
        assert_eq!(of(1_000, 10, 50_000), [1_000, 10_000, 50_000]);
        assert_eq!(of(10_000, 10, 500), [500]);
    }
}
