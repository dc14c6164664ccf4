//! Where providers send their notices.

use api::{Kind, Problem};
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use edge::{Failure, Path, owned, too_large};

use crate::Service;
use crate::channel::{BadNotice, RawNotice};
use crate::notice::NoticeAnswer;

/// A provider tells of a payment.
///
/// Open to whoever can sign: the channel's signature over method, path, time, nonce and the body as it is takes the
/// place of a token. The same notice may come any number of times, late, and in any order. Answered with success, its
/// effect is stored; with anything else, it is to be sent again later. The sandbox channel signs with HMAC-SHA256 in
/// the headers `x-timestamp` (epoch milliseconds), `x-nonce` and `x-signature`.
#[utoipa::path(
    post, path = "/pay-orders/notices/{channel}", tag = "pay",
    params(("channel" = String, Path, description = "the channel's code")),
    request_body(content = Object, description = "what the provider's protocol says"),
    responses(
        (status = 200, description = "heard, now or before"),
        (status = 400, description = "signed, but not to be understood"),
        (status = 401, description = "not signed by the provider, or not just now"),
        (status = 404, description = "no such channel, or no payment that was made there; counted, and logged as an error"),
        (status = 422, description = "another amount than is to be paid: nothing is marked paid, and people are told"),
        (status = 503, description = "the storage cannot take it now"),
    )
)]
pub(super) async fn notice(
    State(service): State<Service>,
    Path(channel): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, Failure> {
    let body = body.map_err(|_| too_large())?;
    let heard = owned(async move {
        let path = uri.path().strip_prefix("/api").unwrap_or(uri.path());
        let raw = RawNotice { path, headers: &headers, body: &body };
        Ok(service.notice(&channel, raw).await?)
    });
    match heard.await? {
        NoticeAnswer::Heard => Ok(StatusCode::OK),
        NoticeAnswer::Unknown | NoticeAnswer::NoChannel => Err(Problem::not_found().into()),
        NoticeAnswer::OtherAmount => Err(super::problems::amount_mismatch().into()),
        NoticeAnswer::Bad(BadNotice::Malformed) => {
            Err(Problem::malformed("the notice cannot be understood").into())
        }
        NoticeAnswer::Bad(bad) => Err(unauthentic(bad).into()),
    }
}

fn unauthentic(bad: BadNotice) -> Problem {
    Problem::new(Kind::Unauthenticated, "notice_not_authentic", bad.to_string(), "通知的签名无效或已过期。")
}
