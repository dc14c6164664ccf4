//! Payments as staff look at them.

use api::body::Page;
use api::{Problem, Time};
use axum::extract::State;
use edge::{Failure, Json, Language, Paging, Path, StaffRead};
use model::pay_order::Bill;
use model::wallet::Outcome;
use model::{AttemptId, Cents, OrderId, PayOrderId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use super::body::PayOrderBody;
use crate::Service;
use crate::meter::outcome_code;
use crate::record::{Press, Record};
use crate::watch::{Trouble, Troubled};

/// How much is owed, and how much of it is late.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Health {
    /// When this was counted; none if nobody has yet.
    at: Option<Time>,
    now: Time,
    /// Attempts in flight, and bills to be made or closed at a provider.
    in_flight: u64,
    /// Of these, so for long.
    unknown: u64,
    /// Refunds asked for and not acknowledged, by the wallet or a provider.
    refunding: u64,
    /// Of these, owed for long.
    refunds_late: u64,
    /// Since when the one longest in trouble is.
    oldest: Option<Time>,
}

/// What payments owe, counted some seconds ago.
#[utoipa::path(get, path = "/staff/payments/health", tag = "pay", security(("token" = [])),
    responses((status = 200, body = Health, description = "the counts and their age"),
        (status = 401, description = "not logged in"), (status = 403, description = "for staff only")))]
pub(super) async fn health(State(service): State<Service>, _: StaffRead) -> Json<Health> {
    let picture = service.picture();
    let all = picture.troubled.len() as u64;
    let unknown = picture.troubled.iter().filter(|troubled| troubled.trouble.is_unknown()).count() as u64;
    Json(Health {
        at: picture.at.map(Time),
        now: Time(service.now()),
        in_flight: picture.owed.in_flight + picture.owed.bills,
        unknown,
        refunding: picture.owed.refunding + picture.owed.returning,
        refunds_late: all - unknown,
        oldest: picture.troubled.first().map(|troubled| Time(troubled.since)),
    })
}

/// A payment in trouble.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TroubledBody {
    #[schema(value_type = String)]
    order_id: OrderId,
    #[schema(value_type = String)]
    pay_order_no: PayOrderId,
    #[schema(value_type = String)]
    user_id: UserId,
    #[schema(value_type = i64)]
    amount: Cents,
    kind: Trouble,
    since: Time,
    /// How often a sweep took it up.
    sweeps: u32,
}

impl From<&Troubled> for TroubledBody {
    fn from(troubled: &Troubled) -> Self {
        let pay_order = &troubled.record.pay_order;
        Self {
            order_id: pay_order.order,
            pay_order_no: pay_order.id,
            user_id: pay_order.owner,
            amount: pay_order.amount,
            kind: troubled.trouble,
            since: Time(troubled.since),
            sweeps: troubled.sweeps,
        }
    }
}

/// Payments that somebody should look at, the longest in trouble first, as of some seconds ago.
#[utoipa::path(get, path = "/staff/payments/attention", tag = "pay", security(("token" = [])),
    params(("pageNo" = Option<u64>, Query), ("pageSize" = Option<u64>, Query)),
    responses((status = 200, body = Page<TroubledBody>, description = "a page of payments in trouble"),
        (status = 400, description = "malformed"), (status = 401, description = "not logged in"),
        (status = 403, description = "for staff only")))]
pub(super) async fn attention(
    State(service): State<Service>,
    _: StaffRead,
    paging: Paging,
) -> Json<Page<TroubledBody>> {
    let picture = service.picture();
    let skip = usize::try_from(paging.offset()).unwrap_or(usize::MAX);
    let take = usize::try_from(paging.page_size).unwrap_or(0);
    let list = picture.troubled.iter().skip(skip).take(take).map(TroubledBody::from).collect();
    Json(Page::new(picture.troubled.len() as u64, paging.page_size, list))
}

/// An order's payment with everything.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Story {
    pay_order: PayOrderBody,
    /// An attempt is in flight.
    in_flight: bool,
    /// No new attempt may start; closed as soon as the present one has failed.
    closing: bool,
    /// `none`, `refunding` or `refunded`.
    refund: &'static str,
    close_time: Option<Time>,
    attempts: Vec<AttemptBody>,
    /// The payment at a provider, if there is one.
    bill: Option<BillBody>,
}

/// A payment at a provider, as it stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct BillBody {
    /// The channel to the provider.
    channel: String,
    /// `opening`, `open`, `closing`, `closed`, `paid`, `returning` or `returned`.
    state: &'static str,
    since: Time,
    /// What the provider got for it, in cents.
    #[schema(value_type = Option<i64>)]
    paid: Option<Cents>,
    /// The provider's reference of the refund; empty before there is one.
    refund: String,
}

impl BillBody {
    fn of(record: &Record) -> Option<Self> {
        let state = match record.pay_order.bill {
            Bill::None => return None,
            Bill::Opening => "opening",
            Bill::Open => "open",
            Bill::Closing => "closing",
            Bill::Closed => "closed",
            Bill::Paid => "paid",
            Bill::Returning => "returning",
            Bill::Returned => "returned",
        };
        let bill = record.bill.as_ref()?;
        let (channel, refund) = (bill.channel.clone(), bill.refund.clone());
        Some(Self { channel, state, since: Time(bill.since), paid: bill.paid, refund })
    }
}

/// One press of *pay* that was let through.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AttemptBody {
    #[schema(value_type = String)]
    attempt_id: AttemptId,
    started: Time,
    ended: Option<Time>,
    /// How it ended, such as `success` or `wrong_password`; none while in flight.
    outcome: Option<&'static str>,
}

impl From<Press> for AttemptBody {
    fn from(press: Press) -> Self {
        let Press { id, started, ended, outcome } = press;
        let outcome: Option<Outcome> = outcome;
        Self {
            attempt_id: id,
            started: Time(started),
            ended: ended.map(Time),
            outcome: outcome.map(outcome_code),
        }
    }
}

/// The payment of an order and all attempts at it.
#[utoipa::path(get, path = "/staff/payments/orders/{id}", tag = "pay", security(("token" = [])),
    params(("id" = String, Path, description = "the order")),
    responses((status = 200, body = Story), (status = 401, description = "not logged in"),
        (status = 403, description = "for staff only"), (status = 404, description = "nobody applied to pay it")))]
pub(super) async fn story(
    State(service): State<Service>,
    _: StaffRead,
    Path(order): Path<OrderId>,
    language: Language,
) -> Result<Json<Story>, Failure> {
    use model::pay_order::{Refund, State};
    let (record, presses) = service.story(order).await?.ok_or_else(Problem::not_found)?;
    let (in_flight, closing, refund) = match record.pay_order.state {
        State::Waiting { in_flight, closing } => (in_flight.is_some(), closing, "none"),
        State::Closed | State::Success { refund: Refund::None } => (false, false, "none"),
        State::Success { refund: Refund::Refunding } => (false, false, "refunding"),
        State::Success { refund: Refund::Refunded } => (false, false, "refunded"),
    };
    let close_time = record.closed_at.map(Time);
    let attempts = presses.into_iter().map(AttemptBody::from).collect();
    let (pay_order, bill) = (PayOrderBody::of(&record, language), BillBody::of(&record));
    Ok(Json(Story { pay_order, in_flight, closing, refund, close_time, attempts, bill }))
}
