//! Ended orders leave the tables for files.
//!
//! What leaves is `trade`'s row and history of an order that has ended in every service; its header stays
//! (`trade_archived`), and everything that other services keep. One [`step`] is one file: it looks for orders over one
//! snapshot, writes them, and only when the file is on disk and was read again are they taken from the tables, some at
//! a time, each only if it still is as it was written. Wherever that stops, every order is in the tables, in a file, or
//! in both; the header names the file that counts.

pub mod file;

use std::path::PathBuf;
use std::time::Duration;

use api::{Kind, Problem, Time};
use audit::Times;
use books::ended::{Found, Staying, Wanted};
use clock::{HOUR, Ms};
use edge::Failure;
use model::OrderId;
use trade::store::archive::{File, Leaving, Whole};

use crate::shop::{Absent, Role, Shop, Storage};

/// How long ago an order must have changed last, in milliseconds. It is beyond every span within which somebody may
/// still come back to an order that is at rest: a request repeated under its idempotency key, a message on its way
/// through the broker's steps, a hold that is asked about, a closed bill that is looked at, a notice of a provider.
pub const AGE_MIN_MS: i64 = 7 * DAY;
const DAY: i64 = 24 * HOUR;
/// A message that climbs down from the broker's longest step and is then put off again.
const ON_ITS_WAY_MS: i64 = 2 * DAY;
const _: () = assert!(AGE_MIN_MS > engine::KEEP_KEYS_MS + ON_ITS_WAY_MS);

/// How many orders go into a file, or up to a page more.
const ORDERS_A_FILE: usize = 2_000;
/// How many orders one commit takes away.
const ORDERS_A_COMMIT: usize = 250;
/// The pause between two such commits, in which others have the database to themselves.
const PAUSE: Duration = Duration::from_millis(20);

/// What is to be archived.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Orders that ended before this.
    pub before: Ms,
    /// Also those that were received and never reviewed.
    pub received: bool,
    /// The folder of the files, as an absolute path.
    pub folder: PathBuf,
    /// Only orders with an id above this.
    pub after: OrderId,
}

/// What one step did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stepped {
    /// How many orders left the tables.
    pub archived: usize,
    /// The file they are in.
    pub file: Option<PathBuf>,
    /// How many orders were looked at.
    pub looked: u64,
    /// Why the others stay.
    pub staying: Staying,
    /// The last order looked at.
    pub last: OrderId,
    /// Whether nothing is left to do.
    pub complete: bool,
}

/// A file with orders that are still in the tables.
pub struct Filled {
    file: File,
    leaving: Vec<Leaving>,
}

/// Why nothing more was archived. What was stays so.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// The time wanted is too near, or not understood by the folder: a sentence.
    #[error("{0:#}")]
    Refused(anyhow::Error),
    /// The tables could not be read or written.
    #[error(transparent)]
    Storage(#[from] engine::Error),
    /// The services' facts could not be read.
    #[error(transparent)]
    Facts(#[from] audit::Error),
    /// Not all services are here.
    #[error(transparent)]
    Absent(#[from] Absent),
}

impl From<Failed> for Failure {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(why) => {
                Problem::new(Kind::Refused, "not_archived", format!("{why:#}"), "未能归档。").into()
            }
            Failed::Storage(error) => error.into(),
            Failed::Absent(absent) => absent.into(),
            Failed::Facts(error) => {
                tracing::error!(%error, "the facts for an archive could not be read");
                Problem::internal().into()
            }
        }
    }
}

/// Archives up to a file full of orders. Steps must not run at once over one shop in this process; other processes
/// wait for each other.
pub async fn step(shop: &Shop, wish: &Wish) -> Result<Stepped, Failed> {
    old_enough(wish.before, shop.clock.now())?;
    match &shop.storage {
        Storage::Embedded { .. } => step_alone(shop, wish).await,
        Storage::Schemas(schemas) => {
            let trade = schemas.get(&Role::Trade).ok_or(Absent("trade"))?;
            trade.alone("archive", step_alone(shop, wish)).await?
        }
    }
}

async fn step_alone(shop: &Shop, wish: &Wish) -> Result<Stepped, Failed> {
    let Found { ended, looked, staying, last, complete } = look(shop, wish).await?;
    let mut stepped = Stepped { looked, staying, last, complete, ..Stepped::default() };
    if let Some(filled) = fill(shop, wish, &ended).await? {
        stepped.file = Some(PathBuf::from(&filled.file.folder).join(&filled.file.name));
        let chosen = filled.leaving.len();
        stepped.archived = empty(shop, filled).await?;
        // They changed while they were written.
        stepped.staying.young += u64::try_from(chosen - stepped.archived).unwrap_or(0);
    }
    Ok(stepped)
}

/// Refuses a time that is too near to `now`.
fn old_enough(before: Ms, now: Ms) -> Result<(), Failed> {
    let latest = now - AGE_MIN_MS;
    if before <= latest {
        return Ok(());
    }
    let (before, latest, days) = (Time(before).text(), Time(latest).text(), AGE_MIN_MS / DAY);
    Err(Failed::Refused(anyhow::anyhow!(
        "orders that ended less than {days} days ago cannot be archived, for messages and repeated requests may still \
         come back to them: --before is {before}, and may be {latest} at the latest"
    )))
}

/// Looks for orders that have ended.
pub async fn look(shop: &Shop, wish: &Wish) -> Result<Found, Failed> {
    let Wish { before, received, after, .. } = *wish;
    let wanted = Wanted { before, received, after, most: ORDERS_A_FILE };
    let times = Times { now: shop.clock.now(), grace_ms: books::GRACE_MS };
    shop.storage.ended(&shop.config, wanted, times).await.map_err(Failed::Refused)?.map_err(Failed::Facts)
}

/// Writes those of the `ended` orders that have not changed since they were found to a file.
pub async fn fill(shop: &Shop, wish: &Wish, ended: &[(OrderId, usize)]) -> Result<Option<Filled>, Failed> {
    let ids: Vec<OrderId> = ended.iter().map(|(order, _)| *order).collect();
    let mut orders = shop.trade()?.store.whole(&ids).await?;
    let seen = |whole: &Whole| ended.contains(&(whole.row.order.id, whole.history.len()));
    orders.retain(seen);
    if orders.is_empty() {
        return Ok(None);
    }
    let leaving = orders.iter().map(Whole::leaving).collect();
    let folder = wish.folder.clone();
    let written = tokio::task::spawn_blocking(move || file::write(&folder, &orders)).await;
    let name = written.map_err(|stopped| Failed::Refused(stopped.into()))?.map_err(Failed::Refused)?;
    let folder = wish.folder.display().to_string();
    Ok(Some(Filled { file: File { folder, name, at: shop.clock.now() }, leaving }))
}

/// Takes the orders of a file from the tables; answers how many went.
pub async fn empty(shop: &Shop, filled: Filled) -> Result<usize, Failed> {
    let store = &shop.trade()?.store;
    let number = store.note_file(filled.file).await?;
    let mut gone = 0;
    for some in filled.leaving.chunks(ORDERS_A_COMMIT) {
        gone += store.put_away(some.to_vec(), number).await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(gone)
}

/// An archived order and the file it is in: where it was written, or under the same name in the data directory.
pub async fn find(shop: &Shop, order: OrderId) -> Result<Option<(Whole, PathBuf, Ms)>, Failed> {
    let Some(file) = shop.trade()?.store.file_of(order).await? else { return Ok(None) };
    let (written, moved) =
        (PathBuf::from(&file.folder).join(&file.name), folder_in(&shop.config.data).join(&file.name));
    let path = if written.exists() { written } else { moved };
    let here = path.clone();
    let found = tokio::task::spawn_blocking(move || file::find(&here, order)).await;
    let whole = found.map_err(|stopped| Failed::Refused(stopped.into()))?.map_err(Failed::Refused)?;
    Ok(Some((whole, path, file.at)))
}

/// The folder of the files, unless another is named.
pub fn folder_in(data: &std::path::Path) -> PathBuf {
    data.join("archive")
}
