//! Placing orders in a shop of the tool's own, with the options of `bench orders`.

use anyhow::Result;
use bench::OrdersArgs;
use bench::report::OrdersReport;
use clap::Parser;

use super::own::{Ground, Own};

/// The options of `bench orders`, as words.
#[derive(Parser)]
struct Words {
    #[command(flatten)]
    load: OrdersArgs,
}

/// What `sandglass bench orders` would do with `words`, against the shop that serves `ground`.
pub(super) fn place(ground: &Ground, own: &Own, words: &[String]) -> Result<OrdersReport> {
    let mut load = parsed(words)?;
    load.url.clone_from(&own.url);
    load.data = Some(ground.data());
    bench::orders(&load, None)
}

/// The command that does the same on a shop that is running.
pub(super) fn command(words: &[String]) -> String {
    format!("sandglass bench orders {}", words.join(" "))
}

fn parsed(words: &[String]) -> Result<OrdersArgs> {
    let program = "sandglass bench orders".to_owned();
    let words = std::iter::once(&program).chain(words);
    Ok(Words::try_parse_from(words)?.load)
}

/// Words out of a line without quotes.
pub(super) fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}
