//! How the orders stand, for staff. Everything here is read from the last picture, or found by an index.

use api::Time;
use api::body::Page;
use axum::extract::State;
use clock::Ms;
use edge::{Failure, Json, Paging, Query, StaffRead};
use model::order::State as OrderState;
use model::{Cents, OrderId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::Service;
use crate::watch::{BUCKET_MAX, Bucket, Deed, Picture, Trouble, Troubled};

/// The most records one page has.
const RECORDS_MAX: u64 = 200;

/// How many orders stand where, and how many are in trouble.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Health {
    /// When this was counted; none if nobody has yet.
    at: Option<Time>,
    now: Time,
    /// Placing or unpaid.
    open: i64,
    placing: i64,
    unpaid: i64,
    paid: i64,
    shipped: i64,
    received: i64,
    closed: i64,
    reviewed: i64,
    troubles: Vec<TroubleCount>,
}

/// How many orders have one kind of trouble.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TroubleCount {
    kind: Trouble,
    /// At least so many: a bounded number of rows is looked at.
    count: u64,
    /// Since when the one longest in trouble is.
    oldest: Option<Time>,
}

impl Health {
    fn of(picture: &Picture, now: Ms) -> Self {
        let count = |state| picture.tally.iter().filter(|(of, _)| *of == state).map(|(_, n)| *n).sum::<i64>();
        let kinds =
            [Trouble::Overdue, Trouble::Closing, Trouble::Placing, Trouble::Refunding, Trouble::Unsettled];
        let trouble = |kind| {
            let mut of_kind = picture.troubled.iter().filter(|troubled| troubled.trouble == kind);
            let oldest = of_kind.next().map(|troubled| Time(troubled.since));
            TroubleCount { kind, count: u64::from(oldest.is_some()) + of_kind.count() as u64, oldest }
        };
        Self {
            at: picture.at.map(Time),
            now: Time(now),
            open: count(OrderState::Placing) + count(OrderState::Unpaid),
            placing: count(OrderState::Placing),
            unpaid: count(OrderState::Unpaid),
            paid: count(OrderState::Paid),
            shipped: count(OrderState::Shipped),
            received: count(OrderState::Received),
            closed: count(OrderState::Closed),
            reviewed: count(OrderState::Reviewed),
            troubles: kinds.into_iter().map(trouble).collect(),
        }
    }
}

/// How the orders stand, counted some seconds ago.
#[utoipa::path(
    get, path = "/staff/orders/health", tag = "trade", security(("token" = [])),
    responses(
        (status = 200, description = "The counts and their age", body = Health),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
    )
)]
pub(crate) async fn health(State(service): State<Service>, StaffRead(_staff): StaffRead) -> Json<Health> {
    Json(Health::of(&service.watch().last(), service.clock.now()))
}

/// Which orders in trouble to list.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct AttentionQuery {
    /// Only this kind: `overdue`, `closing`, `placing`, `refunding` or `unsettled`.
    #[param(value_type = Option<String>)]
    kind: Option<Trouble>,
}

/// An order in trouble.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TroubledBody {
    #[schema(value_type = String)]
    id: OrderId,
    #[schema(value_type = String)]
    user_id: UserId,
    #[schema(value_type = i64)]
    total_fee: Cents,
    status: i64,
    kind: Trouble,
    since: Time,
    deadline: Time,
    /// How often a sweep had to leave it for later.
    sweeps: u32,
}

impl TroubledBody {
    fn of(troubled: &Troubled) -> Self {
        let order = &troubled.order;
        Self {
            id: order.id,
            user_id: order.owner,
            total_fee: order.total,
            status: order.state.code(),
            kind: troubled.trouble,
            since: Time(troubled.since),
            deadline: Time(order.deadline),
            sweeps: troubled.sweeps,
        }
    }
}

/// Orders that somebody should look at, the longest in trouble first, as of some seconds ago.
#[utoipa::path(
    get, path = "/staff/orders/attention", tag = "trade", security(("token" = [])),
    params(AttentionQuery, ("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query)),
    responses(
        (status = 200, description = "A page of orders in trouble", body = Page<TroubledBody>),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for staff"),
    )
)]
pub(crate) async fn attention(
    State(service): State<Service>,
    StaffRead(_staff): StaffRead,
    Query(query): Query<AttentionQuery>,
    paging: Paging,
) -> Json<Page<TroubledBody>> {
    let (total, troubled) = service.troubled(query.kind, paging.offset(), paging.page_size);
    Json(Page::new(total, paging.page_size, troubled.iter().map(TroubledBody::of).collect()))
}

/// What falls due when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deadlines {
    at: Option<Time>,
    now: Time,
    /// Still open a minute or more after their deadline.
    overdue: u64,
    unpaid: i64,
    /// A bucket counts no further than this.
    bucket_max: i64,
    buckets: Vec<BucketBody>,
}

/// Orders that fall due within a span.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BucketBody {
    from: Time,
    until: Time,
    count: i64,
}

impl From<&Bucket> for BucketBody {
    fn from(bucket: &Bucket) -> Self {
        Self { from: Time(bucket.from), until: Time(bucket.until), count: bucket.count }
    }
}

/// When the open orders fall due, as of some seconds ago.
#[utoipa::path(
    get, path = "/staff/orders/deadlines", tag = "trade", security(("token" = [])),
    responses(
        (status = 200, description = "A histogram in bounded buckets", body = Deadlines),
        (status = 401, description = "Not logged in"), (status = 403, description = "Only for staff"),
    )
)]
pub(crate) async fn deadlines(
    State(service): State<Service>,
    StaffRead(_staff): StaffRead,
) -> Json<Deadlines> {
    let picture = service.watch().last();
    let overdue = picture.troubled.iter().filter(|troubled| troubled.trouble == Trouble::Overdue).count();
    let unpaid =
        picture.tally.iter().filter(|(state, _)| *state == OrderState::Unpaid).map(|(_, n)| *n).sum();
    Json(Deadlines {
        at: picture.at.map(Time),
        now: Time(service.clock.now()),
        overdue: overdue as u64,
        unpaid,
        bucket_max: BUCKET_MAX,
        buckets: picture.due.iter().map(BucketBody::from).collect(),
    })
}

/// Where a list of records goes on.
#[derive(Debug, Deserialize, IntoParams)]
pub(crate) struct RecordsQuery {
    /// The `cursor` of the last record of the page before; the newest first if not given.
    before: Option<String>,
}

/// Something staff did to an order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordBody {
    at: Time,
    #[schema(value_type = String)]
    by: UserId,
    /// Such as `shipped`, `closeAsked`, `extended`, `refundAsked`.
    action: String,
    #[schema(value_type = String)]
    order_id: OrderId,
    reason: String,
    /// For the next page.
    cursor: String,
}

impl From<Deed> for RecordBody {
    fn from(Deed { order, seq, entry }: Deed) -> Self {
        Self {
            at: Time(entry.at),
            by: UserId(entry.cause.by),
            action: entry.name,
            order_id: order,
            reason: entry.cause.note,
            cursor: format!("{}-{}-{seq}", entry.at.0, order.0),
        }
    }
}

fn position(before: Option<&str>) -> Result<(Ms, OrderId, i64), Failure> {
    let Some(text) = before else { return Ok((Ms(i64::MAX), OrderId(i64::MAX.cast_unsigned()), i64::MAX)) };
    let mut parts = text.splitn(3, '-').map(str::parse::<i64>);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(at)), Some(Ok(order)), Some(Ok(seq))) => Ok((Ms(at), OrderId::from_i64(order), seq)),
        _ => Err(api::Problem::malformed("before must be the cursor of a record").into()),
    }
}

/// What staff did to orders, the newest first.
#[utoipa::path(
    get, path = "/staff/orders/records", tag = "trade", security(("token" = [])),
    params(RecordsQuery, ("pageSize" = Option<u64>, Query)),
    responses(
        (status = 200, description = "Some records", body = Vec<RecordBody>),
        (status = 400, description = "Malformed"), (status = 401, description = "Not logged in"),
        (status = 403, description = "Only for staff"),
    )
)]
pub(crate) async fn records(
    State(service): State<Service>,
    StaffRead(_staff): StaffRead,
    Query(query): Query<RecordsQuery>,
    paging: Paging,
) -> Result<Json<Vec<RecordBody>>, Failure> {
    let before = position(query.before.as_deref())?;
    let deeds = service.store.deeds(before, paging.page_size.min(RECORDS_MAX)).await?;
    Ok(Json(deeds.into_iter().map(RecordBody::from).collect()))
}
