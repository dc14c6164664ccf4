//! Stock as staff look at it.

use api::body::Page;
use api::{Problem, Time};
use axum::extract::State;
use clock::Ms;
use edge::{Failure, Json, Paging, Path, Query, StaffRead};
use model::{ItemId, OrderId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Service;
use crate::ledger::{Entry, Hold};
use crate::watch::{Counters, OpenHold, OrderEntry, Orphan, Record};

/// How an item's stock stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CountersBody {
    /// All stock that ever came in.
    added: i64,
    /// What can be bought.
    available: i64,
    /// What open orders hold.
    held: i64,
    /// What was sold here.
    sold: i64,
    /// Whether counters and ledger differ; none if the ledger is too long to be added up for a look.
    drifted: Option<bool>,
    /// Held by the ledger.
    ledger_held: Option<i64>,
    /// Sold by the ledger.
    ledger_sold: Option<i64>,
    /// All that came in by the ledger.
    ledger_added: Option<i64>,
}

impl From<Counters> for CountersBody {
    fn from(counters: Counters) -> Self {
        let Counters { added, available, held, sold, by_ledger } = counters;
        Self {
            added,
            available,
            held,
            sold,
            drifted: counters.drifted(),
            ledger_held: by_ledger.map(|sums| sums.held),
            ledger_sold: by_ledger.map(|sums| sums.sold),
            ledger_added: by_ledger.map(|sums| sums.added),
        }
    }
}

/// An item's counters, checked against its ledger.
#[utoipa::path(get, path = "/staff/stock/items/{id}", tag = "item", security(("token" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = CountersBody), (status = 401), (status = 403), (status = 404)))]
pub(super) async fn counters(
    State(service): State<Service>,
    _: StaffRead,
    Path(id): Path<ItemId>,
) -> Result<Json<CountersBody>, Failure> {
    let counters = service.store().counters(id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(counters.into()))
}

/// Where a list of open holds goes on.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct HoldsQuery {
    /// The `cursor` of the last hold of the page before.
    after: Option<String>,
}

/// An open hold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OpenHoldBody {
    #[schema(value_type = String)]
    order_id: OrderId,
    created: Time,
    /// When the sweep asks about it, should nobody have ended it by then.
    asked_at: Time,
    sweeps: u32,
    /// For the next page.
    cursor: String,
}

impl From<OpenHold> for OpenHoldBody {
    fn from(OpenHold { order, created, asked_at, sweeps }: OpenHold) -> Self {
        let cursor = format!("{}-{}", asked_at.0, order.0);
        Self { order_id: order, created: Time(created), asked_at: Time(asked_at), sweeps, cursor }
    }
}

fn position(after: Option<&str>) -> Result<(Ms, OrderId), Failure> {
    let Some(text) = after else { return Ok((Ms(i64::MIN), OrderId(0))) };
    let position =
        text.split_once('-').and_then(|(at, order)| Some((at.parse().ok()?, order.parse::<i64>().ok()?)));
    let (at, order) = position.ok_or_else(|| Problem::malformed("after must be the cursor of a hold"))?;
    Ok((Ms(at), OrderId::from_i64(order)))
}

/// Open holds, those that the sweep comes to first at the head.
#[utoipa::path(get, path = "/staff/stock/holds", tag = "item", security(("token" = [])),
    params(HoldsQuery, ("pageSize" = Option<u64>, Query)),
    responses((status = 200, body = Vec<OpenHoldBody>), (status = 400), (status = 401), (status = 403)))]
pub(super) async fn holds(
    State(service): State<Service>,
    _: StaffRead,
    Query(query): Query<HoldsQuery>,
    paging: Paging,
) -> Result<Json<Vec<OpenHoldBody>>, Failure> {
    let after = position(query.after.as_deref())?;
    let holds = service.store().open_holds(after, paging.page_size).await?;
    Ok(Json(holds.into_iter().map(OpenHoldBody::from).collect()))
}

/// A hold whose order nobody knows.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrphanBody {
    #[schema(value_type = String)]
    order_id: OrderId,
    created: Time,
    /// When `trade` was asked last.
    seen: Time,
}

impl From<Orphan> for OrphanBody {
    fn from(Orphan { order, created, seen }: Orphan) -> Self {
        Self { order_id: order, created: Time(created), seen: Time(seen) }
    }
}

/// Holds without an order that this process's sweep met, the oldest first. They are released when they are old.
#[utoipa::path(get, path = "/staff/stock/attention", tag = "item", security(("token" = [])),
    params(("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query)),
    responses((status = 200, body = Page<OrphanBody>), (status = 400), (status = 401), (status = 403)))]
pub(super) async fn attention(
    State(service): State<Service>,
    _: StaffRead,
    paging: Paging,
) -> Result<Json<Page<OrphanBody>>, Failure> {
    let orphans = service.orphans().await?;
    let skip = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
    let take = usize::try_from(paging.page_size).unwrap_or(0);
    let list = orphans.iter().copied().skip(skip).take(take).map(OrphanBody::from).collect();
    Ok(Json(Page::new(orphans.len() as u64, paging.page_size, list)))
}

/// What stock knows of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StoryBody {
    hold: Hold,
    movements: Vec<OrderEntryBody>,
}

/// A movement of stock for an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderEntryBody {
    #[schema(value_type = String)]
    item_id: ItemId,
    #[serde(flatten)]
    entry: Entry,
}

impl From<OrderEntry> for OrderEntryBody {
    fn from(OrderEntry { item, entry }: OrderEntry) -> Self {
        Self { item_id: item, entry }
    }
}

/// The hold of an order and all its movements of stock, oldest first.
#[utoipa::path(get, path = "/staff/stock/orders/{id}", tag = "item", security(("token" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = StoryBody), (status = 401), (status = 403), (status = 404)))]
pub(super) async fn story(
    State(service): State<Service>,
    _: StaffRead,
    Path(order): Path<OrderId>,
) -> Result<Json<StoryBody>, Failure> {
    let hold = service.store().find_hold(order).await?.ok_or_else(Problem::not_found)?;
    let mut items: Vec<ItemId> = hold.lines.iter().map(|line| line.item_id).collect();
    items.sort_unstable();
    items.dedup();
    let mut movements = service.store().movements(order, items).await?;
    movements
        .sort_by_key(|movement| (movement.entry.at, movement.entry.line, movement.entry.movement.step()));
    Ok(Json(StoryBody { hold, movements: movements.into_iter().map(OrderEntryBody::from).collect() }))
}

/// Where a list of records goes on.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct RecordsQuery {
    /// The `cursor` of the last record of the page before; the newest first if not given.
    before: Option<i64>,
}

/// Something staff did.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RecordBody {
    at: Time,
    #[schema(value_type = String)]
    by: UserId,
    /// `create`, `edit`, `on sale`, `off sale`, `delete`, or `stock +5`.
    action: String,
    #[schema(value_type = String)]
    item_id: ItemId,
    reason: String,
    /// For the next page.
    cursor: String,
}

impl From<Record> for RecordBody {
    fn from(Record { id, at, by, item, action, reason }: Record) -> Self {
        Self { at: Time(at), by, action, item_id: item, reason, cursor: id.to_string() }
    }
}

/// What staff did to the catalogue and its stock, the newest first.
#[utoipa::path(get, path = "/staff/stock/records", tag = "item", security(("token" = [])),
    params(RecordsQuery, ("pageSize" = Option<u64>, Query)),
    responses((status = 200, body = Vec<RecordBody>), (status = 400), (status = 401), (status = 403)))]
pub(super) async fn records(
    State(service): State<Service>,
    _: StaffRead,
    Query(query): Query<RecordsQuery>,
    paging: Paging,
) -> Result<Json<Vec<RecordBody>>, Failure> {
    let records = service.store().records(query.before.unwrap_or(i64::MAX), paging.page_size).await?;
    Ok(Json(records.into_iter().map(RecordBody::from).collect()))
}
