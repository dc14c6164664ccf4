//! The error of every handler.

use api::{Kind, NoAnswer, Problem};
use axum::response::{IntoResponse, Response};
use engine::Error;

use crate::render::problem_response;

/// Why a handler did not do what was asked. Turns into a problem response; the [`crate::Shell`] puts it into
/// the caller's language.
#[derive(Debug)]
pub struct Failure(pub Box<Problem>);

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<NoAnswer> for Failure {
    fn from(none: NoAnswer) -> Self {
        tracing::warn!(service = none.service, reason = none.reason, "no answer from another service");
        Problem::unavailable().into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Overloaded => overloaded().into(),
            Error::Unavailable(reason) => {
                tracing::error!(reason, "the storage cannot write");
                Problem::unavailable().retry_after(5).into()
            }
            Error::Unknown => {
                tracing::error!("the database went away during a commit");
                Problem::unavailable().retry_after(1).into()
            }
            error if error.is_disk_full() => {
                tracing::error!("the disk is full; free some space, writing goes on by itself");
                Problem::unavailable().retry_after(5).into()
            }
            error => {
                tracing::error!(%error, "the storage failed");
                Problem::internal().into()
            }
        }
    }
}

fn overloaded() -> Problem {
    Problem::new(
        Kind::Unavailable,
        "overloaded",
        "The shop is very busy; nothing was changed, please try again in a moment.",
        "商城繁忙，未做任何更改，请稍后重试。",
    )
    .retry_after(1)
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        problem_response(*self.0)
    }
}
