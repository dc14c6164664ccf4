//! Why there is no page. What is said of it to the reader is put together on the way out, where their language is
//! known: see [`crate::pages::sorry`].

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::client::{Refusal, Trouble};

/// Why there is no page.
#[derive(Clone, Debug)]
pub struct Failed(pub(crate) Why);

/// The reasons a page knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Whoever asks must log in first.
    Login,
    /// It is not for whoever asks.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The form was not rendered for whoever sent it.
    StrangeForm,
    /// Too often; again after so many seconds.
    TooMany(u32),
    /// Not now; again after so many seconds.
    Unavailable(u32),
    /// The interface says why.
    Told(u16, String),
    /// A fault of ours.
    Internal,
}

impl Failed {
    pub(crate) fn login() -> Self {
        Self(Why::Login)
    }

    pub(crate) fn forbidden() -> Self {
        Self(Why::Forbidden)
    }

    pub(crate) fn not_found() -> Self {
        Self(Why::NotFound)
    }

    pub(crate) fn strange_form() -> Self {
        Self(Why::StrangeForm)
    }

    pub(crate) fn internal() -> Self {
        Self(Why::Internal)
    }

    /// The status of the page that says so.
    pub(crate) fn status(&self) -> StatusCode {
        match self.0 {
            Why::Login => StatusCode::UNAUTHORIZED,
            Why::Forbidden | Why::StrangeForm => StatusCode::FORBIDDEN,
            Why::NotFound => StatusCode::NOT_FOUND,
            Why::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Why::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Why::Told(status, _) => StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
            Why::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        let Trouble::Refused(Refusal { status, msg, retry_after, .. }) = trouble else {
            return Self(Why::Unavailable(1));
        };
        Self(match status.as_u16() {
            401 => Why::Login,
            403 => Why::Forbidden,
            404 => Why::NotFound,
            429 => Why::TooMany(retry_after.unwrap_or(1)),
            503 => Why::Unavailable(retry_after.unwrap_or(1)),
            told @ 400..=499 => Why::Told(told, msg),
            _ => Why::Internal,
        })
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
