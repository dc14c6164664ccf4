//! The demo catalogue's pictures.

use api::Problem;
use axum::response::{IntoResponse, Response};
use edge::{Failure, Path};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use crate::pictures;

/// A picture drawn for the demo catalogue. An SVG may hold a script, so it is served as one that runs none.
#[utoipa::path(get, path = "/pictures/{file}", tag = "item",
    params(("file" = String, Path, description = "`<name>.svg`")),
    responses((status = 200, content_type = "image/svg+xml", body = String), (status = 404)))]
pub(super) async fn picture(Path(file): Path<String>) -> Result<Response, Failure> {
    let found = file.strip_suffix(".svg").and_then(pictures::find).ok_or_else(Problem::not_found)?;
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CACHE_CONTROL, "public, max-age=86400"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    Ok((headers, found.into_owned()).into_response())
}
