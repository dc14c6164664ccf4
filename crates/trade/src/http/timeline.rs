//! An order's timeline: what happened, and what happens next.

use api::{Problem, Time};
use axum::extract::State;
use clock::Ms;
use edge::{Caller, Failure, Json, Language, Path, Role};
use model::order::{Order, Step, Wake, next_step};
use model::{Actor, OrderId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Service;
use crate::store::Entry;

/// What happened to an order, oldest first, and one sentence of what happens next and when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timeline {
    #[schema(value_type = String)]
    order_id: OrderId,
    status: i64,
    now: Time,
    next: String,
    entries: Vec<EntryBody>,
}

/// One thing that happened.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EntryBody {
    at: Time,
    /// Such as `placed`, `held`, `closeAsked`, `paid`, `closed`, `stockSettled`.
    event: String,
    from: i64,
    to: i64,
    #[schema(value_type = String)]
    actor: Actor,
    /// The user, for buyer and staff.
    by: Option<String>,
    note: String,
    trace: String,
}

impl EntryBody {
    fn of(entry: Entry) -> Self {
        Self {
            at: Time(entry.at),
            event: entry.name,
            from: entry.from.code(),
            to: entry.to.code(),
            actor: entry.cause.actor,
            by: (entry.cause.by != 0).then(|| entry.cause.by.to_string()),
            note: entry.cause.note,
            trace: entry.cause.trace,
        }
    }
}

/// An order's recorded history.
#[utoipa::path(
    get, path = "/orders/{id}/timeline", tag = "trade", params(("id" = String, Path)), security(("token" = [])),
    responses(
        (status = 200, description = "The timeline", body = Timeline),
        (status = 401, description = "Not logged in"),
        (status = 404, description = "No such order of yours"),
    )
)]
pub(crate) async fn timeline(
    State(service): State<Service>,
    Caller(caller): Caller,
    language: Language,
    Path(id): Path<OrderId>,
) -> Result<Json<Timeline>, Failure> {
    let row = service.store.find(id).await?.ok_or_else(Problem::not_found)?;
    if caller.role == Role::Buyer && row.order.owner != caller.user {
        return Err(Problem::not_found().into());
    }
    let now = service.clock.now();
    Ok(Json(Timeline {
        order_id: id,
        status: row.order.state.code(),
        now: Time(now),
        next: next(&row.order, now, language),
        entries: service.store.history(id).await?.into_iter().map(EntryBody::of).collect(),
    }))
}

/// What happens next, in one sentence.
fn next(order: &Order, now: Ms, language: Language) -> String {
    let step = next_step(order, Wake::Due, now);
    let at = Time(order.deadline).text();
    match language {
        Language::English => next_en(order, step, &at),
        Language::Chinese => next_zh(order, step, &at),
    }
}

fn next_en(order: &Order, step: Step, at: &str) -> String {
    match step {
        Step::WaitUntil(_) if order.applied_at.is_some() => {
            format!("A payment was opened; if it does not succeed by {at}, the order is closed.")
        }
        Step::WaitUntil(_) => {
            format!("Waits for its payment until {at}; then it is closed and its stock released.")
        }
        Step::ExpirePlacing => "Placing took too long; the order is being given up.".into(),
        Step::AskClose(_) => "Its time to pay is over; it is being closed.".into(),
        Step::ClosePayment => {
            "Closing was asked for; the payment's side decides whether it ends closed or paid.".into()
        }
        Step::AskPay => "Being checked whether it is paid.".into(),
        Step::RefundPayment => "The money is on its way back; tried again until it has arrived.".into(),
        Step::SettleStock(_) => "Ended; its stock is being settled.".into(),
        Step::Rest => "Nothing more happens by itself.".into(),
    }
}

fn next_zh(order: &Order, step: Step, at: &str) -> String {
    match step {
        Step::WaitUntil(_) if order.applied_at.is_some() => {
            format!("已发起支付；若在 {at} 前未成功，订单将关闭。")
        }
        Step::WaitUntil(_) => format!("等待支付至 {at}；逾期将关闭订单并释放库存。"),
        Step::ExpirePlacing => "下单超时，订单正在取消。".into(),
        Step::AskClose(_) => "支付时间已过，订单正在关闭。".into(),
        Step::ClosePayment => "已申请关闭；由支付方决定最终关闭还是已支付。".into(),
        Step::AskPay => "正在核实是否已支付。".into(),
        Step::RefundPayment => "退款处理中，将重试直至到账。".into(),
        Step::SettleStock(_) => "订单已结束，正在结算库存。".into(),
        Step::Rest => "不会再自动发生变化。".into(),
    }
}
