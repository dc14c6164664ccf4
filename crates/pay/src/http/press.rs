//! Pressing *pay*.

use api::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use edge::{Caller, ClientAddr, Failure, Json, Path, Write, owned};
use model::PayOrderId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::problems;
use crate::{PressAnswer, PressAsk, Service};

/// The longest password, in bytes, that is passed on to be checked.
const PASSWORD_MAX: usize = 256;

/// A press of *pay*.
#[derive(Deserialize, ToSchema)]
pub(super) struct PressBody {
    /// The pay order, as in the path.
    #[schema(value_type = Option<String>)]
    id: Option<PayOrderId>,
    /// The payer's password.
    #[schema(format = Password)]
    pw: String,
}

/// What the buyer hears while the outcome is not known.
#[derive(Serialize, ToSchema)]
pub(super) struct Checking {
    /// Always `checking`.
    status: &'static str,
}

/// Pays a pay order from the caller's balance.
#[utoipa::path(
    post, path = "/pay-orders/{id}", tag = "pay", security(("token" = [])), request_body = PressBody,
    params(
        ("id" = String, Path, description = "the pay order"),
        ("Idempotency-Key" = Option<String>, Header, description = "the same key and body have one outcome"),
    ),
    responses(
        (status = 200, description = "paid, now or before"),
        (status = 202, body = Checking, description = "the outcome is not known yet; look again"),
        (status = 400, description = "malformed"),
        (status = 401, description = "not logged in"),
        (status = 404, description = "no such pay order of the caller's"),
        (status = 409, description = "closed, closing or overdue; or another press is in flight"),
        (status = 422, description = "wrong password; balance too low; account frozen; a reused key"),
        (status = 429, description = "too many wrong passwords"),
        (status = 503, description = "a service that must be asked first does not answer"),
    )
)]
pub(super) async fn press(
    State(service): State<Service>,
    Caller(principal): Caller,
    Path(id): Path<PayOrderId>,
    ClientAddr(from): ClientAddr,
    write: Write<PressBody>,
) -> Result<Response, Failure> {
    let Write { key, body } = write;
    check(&body, id)?;
    let ask = PressAsk { caller: principal.user, pay_order: id, password: body.pw, from, key };
    let answer = owned(async move { Ok(service.press(ask).await?) }).await?;
    respond(answer).map_err(Failure::from)
}

fn check(body: &PressBody, id: PayOrderId) -> Result<(), Problem> {
    if body.id.is_some_and(|named| named != id) {
        return Err(Problem::malformed("the body's id is not the one in the path"));
    }
    if body.pw.len() > PASSWORD_MAX {
        return Err(Problem::malformed("pw must have at most 256 bytes"));
    }
    Ok(())
}

fn respond(answer: PressAnswer) -> Result<Response, Problem> {
    match answer {
        PressAnswer::Paid => Ok(StatusCode::OK.into_response()),
        PressAnswer::Checking => {
            Ok((StatusCode::ACCEPTED, Json(Checking { status: "checking" })).into_response())
        }
        PressAnswer::Failed(failure) => Err(problems::failed(failure)),
        PressAnswer::Closed => Err(problems::not_payable()),
        PressAnswer::Overdue => Err(problems::overdue()),
        PressAnswer::Busy => Err(problems::busy()),
        PressAnswer::NotFound => Err(Problem::not_found()),
        PressAnswer::OtherBody => Err(Problem::key_reused()),
    }
}
