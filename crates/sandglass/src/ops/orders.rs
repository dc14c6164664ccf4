//! One order with its history.

use api::Problem;
use axum::extract::State;
use edge::{Failure, Json, Path};
use model::OrderId;
use serde_json::{Value, json};
use trade::store::archive::Whole;
use trade::store::{Entry, Row};

use super::Ops;
use crate::archive;
use crate::shop::Shop;

pub(super) async fn show(State(ops): State<Ops>, Path(id): Path<OrderId>) -> Result<Json<Value>, Failure> {
    Ok(Json(describe(&ops.shop, id).await?.ok_or_else(Problem::not_found)?))
}

/// An order's row and history as JSON; of an archived one also the file that says so.
async fn describe(shop: &Shop, id: OrderId) -> Result<Option<Value>, Failure> {
    let store = &shop.trade()?.store;
    if let Some(row) = store.find(id).await? {
        return Ok(Some(told(&row, &store.history(id).await?)));
    }
    let Some((Whole { row, history }, file, at)) = archive::find(shop, id).await? else { return Ok(None) };
    let mut order = told(&row, &history);
    order["archived"] = json!({ "file": file, "at": api::Time(at) });
    Ok(Some(order))
}

fn told(row: &Row, history: &[Entry]) -> Value {
    let order = &row.order;
    json!({
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
        "history": history.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(entry: &Entry) -> Value {
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
