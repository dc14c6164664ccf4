//! axum's extractors, answering problems.

use api::{Kind, Problem};
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Failure;

/// A JSON body, in or out.
#[derive(Clone, Debug)]
pub struct Json<T>(pub T);

/// Path parameters.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

/// Query parameters.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let json = axum::Json::from_request(request, state).await;
        json.map(|axum::Json(body)| Self(body)).map_err(|rejection| json_problem(&rejection).into())
    }
}

pub(crate) fn json_problem(rejection: &JsonRejection) -> Problem {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => unsupported_media(),
        JsonRejection::BytesRejection(_) => too_large(),
        other => Problem::malformed(other.body_text()),
    }
}

pub(crate) fn unsupported_media() -> Problem {
    Problem::new(
        Kind::UnsupportedMedia,
        "unsupported_media_type",
        "Send the body as `content-type: application/json`.",
        "请以 `content-type: application/json` 发送请求体。",
    )
}

/// The body is larger than [`crate::BODY_MAX`].
pub fn too_large() -> Problem {
    Problem::new(Kind::TooLarge, "too_large", "The body is larger than 256 KiB.", "请求体超过 256 KiB。")
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let path = axum::extract::Path::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value))
            .map_err(|rejection| Problem::malformed(rejection.body_text()).into())
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let query = axum::extract::Query::from_request_parts(parts, state).await;
        query
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| Problem::malformed(rejection.body_text()).into())
    }
}
