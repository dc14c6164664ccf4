//! What a shop of the tool's own is given before it is measured: items, and somebody who may pay out money.

use std::sync::Arc;

use anyhow::{Result, anyhow};
use auth::password::Password;
use clock::SystemClock;
use edge::Role;
use indicatif::ProgressBar;
use item::import::{Progress, generate};
use item::store::Row;
use model::UserId;
use rand::Rng;

use super::own::Ground;
use crate::config::Config;
use crate::secrets::hex;
use crate::shop::Shop;
use crate::up::system_rng;

/// Pieces of each item where they must not run out.
pub(super) const PLENTY: i64 = 1_000_000;
/// The one staff user.
pub(super) const STAFF: &str = "bench-staff";
/// Makes the same items every time.
const SEED: u64 = 1;
/// The window with which the data is opened; nothing is ordered meanwhile.
const ANY_WINDOW: &str = "30m";

/// What there is to be had in a shop.
pub(super) struct Supply {
    /// The password of [`STAFF`].
    pub(super) password: String,
}

impl Ground {
    /// Makes `items` items here, with `stock` pieces of each, and a staff user.
    pub(super) fn supplied(&self, items: u64, stock: i64) -> Result<Supply> {
        crate::commands::runtime()?.block_on(supply(self.config(ANY_WINDOW)?, items, stock))
    }
}

async fn supply(config: Config, items: u64, stock: i64) -> Result<Supply> {
    let shop = Shop::open(config, Arc::new(SystemClock), &mut system_rng()).await?;
    let bar = ProgressBar::new(items).with_message("making items");
    let rows = generate(items, SEED).map(|mut row: Row| {
        row.draft.stock = stock;
        row
    });
    let mut shown = |progress: Progress| {
        if let Progress::Written(written, _) = progress {
            bar.set_position(written);
        }
    };
    let put = shop.items()?.put_rows(rows, items, &mut shown).await;
    put.map_err(|error| anyhow!("the items cannot be made: {error}"))?;
    bar.finish_and_clear();
    let mut bytes = [0; 9];
    system_rng().fill_bytes(&mut bytes);
    let password = hex(&bytes);
    let hired =
        shop.users()?.hire(STAFF, Password::new(password.clone()), Role::Staff, UserId(0), None).await;
    hired.map_err(|error| anyhow!("a staff user cannot be made: {error:?}"))?;
    Ok(Supply { password })
}
