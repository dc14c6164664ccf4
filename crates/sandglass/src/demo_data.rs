//! The catalogue an empty shop is filled with.

use std::io::Cursor;

use anyhow::{Result, anyhow};
use item::import::{Format, Options};

use crate::shop::Shop;

/// The demo catalogue, as `sandglass import` reads it.
pub const CATALOGUE: &str = include_str!("../../item/catalogue/demo.jsonl");

/// Imports the demo catalogue. Safe to repeat: items that are there keep their stock.
pub async fn fill(shop: &Shop) -> Result<()> {
    let options = Options { format: Format::JsonLines, set_stock: false, skip_bad: false };
    let report = shop.items.import(Cursor::new(CATALOGUE), options, &mut |_| {}).await;
    let report = report.map_err(|error| anyhow!("the demo catalogue cannot be imported: {error}"))?;
    tracing::info!(?report.counts, "the demo catalogue is there");
    Ok(())
}
