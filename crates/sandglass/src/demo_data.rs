//! The catalogue an empty shop is filled with.

use std::io::Cursor;

use anyhow::{Context, Result, anyhow};
use api::calls::Items;
use item::import::{Format, Options};
use model::ItemId;

use crate::shop::Shop;

/// The first item of the demo catalogue: where it is, the catalogue was imported.
const FIRST: ItemId = ItemId(100_001);

/// Imports the demo catalogue unless it was imported before: what staff made of it since stays.
pub async fn fill(shop: &Shop) -> Result<()> {
    let items = shop.items()?;
    if !items.quote(&[FIRST]).await?.is_empty() {
        return Ok(());
    }
    let catalogue = item::pictures::demo().context("the demo catalogue is not part of this build")?;
    let options = Options { format: Format::JsonLines, set_stock: false, skip_bad: false };
    let report = items.import(Cursor::new(catalogue), options, &mut |_| {}).await;
    let report = report.map_err(|error| anyhow!("the demo catalogue cannot be imported: {error}"))?;
    tracing::info!(?report.counts, "the demo catalogue is there");
    Ok(())
}
