//! What the pages ask for, all at once where several answer.

use futures_util::future::join_all;
use http::{Method, StatusCode};
use serde_json::Value;

use super::data::{Dead, Messages, Money, Order, OrderStock, Orphan, Page, Payment, ProcessState, Timeline};
use super::desk::{Desk, Fault};
use super::health::Sight;

/// How the shop stands, seen once.
pub(crate) async fn sight(desk: &Desk) -> Sight {
    let (orders, payments, orphans, processes) = tokio::join!(
        desk.get("/staff/orders/health"),
        desk.get("/staff/payments/health"),
        desk.get::<Page<Orphan>>("/staff/stock/attention?pageSize=1"),
        states(desk),
    );
    let why = |fault: Fault| fault.to_string();
    let orphans = orphans.map(|page| (page.total, page.list.first().map(|orphan| orphan.created)));
    Sight {
        orders: orders.map_err(why),
        payments: payments.map_err(why),
        orphans: orphans.map_err(why),
        processes,
    }
}

/// How every process stands, by its name.
pub(crate) async fn states(desk: &Desk) -> Vec<(String, Result<ProcessState, String>)> {
    let each = desk.processes().await.into_iter().map(async |name| {
        let state = desk.operator(&name, Method::GET, "/state", Value::Null).await;
        let state = state.and_then(|(_, body)| serde_json::from_value(body).map_err(|_| Fault::unreadable()));
        (name, state.map_err(|fault| fault.to_string()))
    });
    join_all(each).await
}

/// All dead letters of all processes, each with the process that knows it, and who did not answer.
pub(crate) async fn dead(desk: &Desk) -> (Vec<(String, Dead)>, Vec<String>) {
    let each = desk.processes().await.into_iter().map(async |name| {
        let found = desk.operator(&name, Method::GET, "/dead", Value::Null).await;
        let found = found
            .and_then(|(_, body)| serde_json::from_value::<Vec<Dead>>(body).map_err(|_| Fault::unreadable()));
        (name, found)
    });
    let (mut letters, mut gaps) = (Vec::new(), Vec::new());
    for (name, found) in join_all(each).await {
        match found {
            Ok(found) => letters.extend(found.into_iter().map(|letter| (name.clone(), letter))),
            Err(fault) => gaps.push(format!("{name}: {fault}")),
        }
    }
    // Replicas of a service look into the same table.
    letters.sort_by(|(_, one), (_, other)| (&one.service, one.id).cmp(&(&other.service, other.id)));
    letters.dedup_by(|(_, one), (_, other)| (&one.service, one.id) == (&other.service, other.id));
    (letters, gaps)
}

/// Everything known of an order. A part that did not answer is named in `gaps`.
pub(crate) struct Known {
    pub(crate) order: Order,
    pub(crate) timeline: Timeline,
    pub(crate) payment: Option<Payment>,
    pub(crate) money: Option<Money>,
    pub(crate) stock: Option<OrderStock>,
    pub(crate) messages: Vec<(String, Messages)>,
    pub(crate) gaps: Vec<String>,
}

/// Asks everybody about an order; an error if there is no such order, or `trade` is away.
pub(crate) async fn order(desk: &Desk, id: u64) -> Result<Known, Fault> {
    let paths = (format!("/orders/{id}"), format!("/orders/{id}/timeline"));
    let (payment_path, stock_path) =
        (format!("/staff/payments/orders/{id}"), format!("/staff/stock/orders/{id}"));
    let (order, timeline, payment, stock, messages) = tokio::join!(
        desk.get(&paths.0),
        desk.get(&paths.1),
        desk.get::<Payment>(&payment_path),
        desk.get(&stock_path),
        messages(desk, id),
    );
    let mut gaps = Vec::new();
    let payment = known("pay", payment, &mut gaps);
    let money = match &payment {
        Some(payment) if !payment.attempts.is_empty() => {
            let path = format!("/staff/users/payments/{}", payment.pay_order.id);
            known("user", desk.get(&path).await, &mut gaps)
        }
        _ => None,
    };
    let stock = known("item", stock, &mut gaps);
    let (messages, silent) = messages;
    gaps.extend(silent);
    Ok(Known { order: order?, timeline: timeline?, payment, money, stock, messages, gaps })
}

async fn messages(desk: &Desk, id: u64) -> (Vec<(String, Messages)>, Vec<String>) {
    let each = desk.processes().await.into_iter().map(async |name| {
        let path = format!("/messages?subject={id}");
        let found = desk.operator(&name, Method::GET, &path, Value::Null).await;
        let found = found
            .and_then(|(_, body)| serde_json::from_value::<Messages>(body).map_err(|_| Fault::unreadable()));
        (name, found)
    });
    let (mut messages, mut gaps) = (Vec::new(), Vec::new());
    for (name, found) in join_all(each).await {
        match found {
            Ok(found) => messages.push((name, found)),
            Err(fault) => gaps.push(format!("{name}: {fault}")),
        }
    }
    (messages, gaps)
}

/// What was answered; that there is none is an answer, silence is a gap.
pub(crate) fn known<T>(service: &str, answer: Result<T, Fault>, gaps: &mut Vec<String>) -> Option<T> {
    match answer {
        Ok(value) => Some(value),
        Err(Fault::Refused(StatusCode::NOT_FOUND, _)) => None,
        Err(fault) => {
            gaps.push(format!("{service}: {fault}"));
            None
        }
    }
}
