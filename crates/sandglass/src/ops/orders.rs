//! One order with its history.

use api::Problem;
use axum::extract::State;
use edge::{Failure, Json, Path};
use model::OrderId;
use serde_json::{Value, json};

use super::Ops;
use crate::shop::Shop;

pub(super) async fn show(State(ops): State<Ops>, Path(id): Path<OrderId>) -> Result<Json<Value>, Failure> {
    Ok(Json(describe(&ops.shop, id).await?.ok_or_else(Problem::not_found)?))
}

/// An order's row and history as JSON.
async fn describe(shop: &Shop, id: OrderId) -> Result<Option<Value>, Failure> {
    let store = &shop.trade()?.store;
    let Some(row) = store.find(id).await? else { return Ok(None) };
    let history: Vec<Value> = store.history(id).await?.iter().map(entry).collect();
    let order = &row.order;
    Ok(Some(json!({
        "id": order.id,
        "userId": order.owner,
        "totalFee": order.total,
        "status": order.state.code(),
        "state": order.state,
        "placed": api::Time(order.placed_at),
        "deadline": api::Time(order.deadline),
        "closeReason": order.close_reason,
        "stock": order.stock.map(|stock| json!({"end": stock.end, "settled": stock.settled})),
        "lines": row.lines,
        "history": history,
    })))
}

fn entry(entry: &trade::store::Entry) -> Value {
    json!({
        "at": api::Time(entry.at),
        "event": entry.name,
        "from": entry.from,
        "to": entry.to,
        "actor": entry.cause.actor,
        "by": entry.cause.by.to_string(),
        "note": entry.cause.note,
        "trace": entry.cause.trace,
    })
}
