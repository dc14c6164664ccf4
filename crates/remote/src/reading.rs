//! The head of a response alone, or all of it.

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;

use crate::transport::Broken;

/// The largest answer that is read, in bytes.
const ANSWER_MAX: usize = 4 * 1_024 * 1_024;

/// How much of a response belongs to the answer.
pub(crate) trait Reading {
    type Answer: Send;

    /// Reads so much of it.
    fn read(response: Response<Incoming>) -> impl Future<Output = Result<Self::Answer, Broken>> + Send;

    /// Whether to leave it at this answer.
    fn is_final(answer: &Self::Answer) -> bool;
}

/// The head alone.
pub(crate) struct Head;

impl Reading for Head {
    type Answer = Response<Incoming>;

    async fn read(response: Response<Incoming>) -> Result<Self::Answer, Broken> {
        Ok(response)
    }

    fn is_final(_: &Self::Answer) -> bool {
        true
    }
}

/// Status and body.
pub(crate) struct Whole;

impl Reading for Whole {
    type Answer = (StatusCode, Bytes);

    async fn read(response: Response<Incoming>) -> Result<Self::Answer, Broken> {
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_MAX).collect().await;
        let body = body.map_err(|error| Broken::Midway(format!("its answer stopped short: {error}")))?;
        Ok((status, body.to_bytes()))
    }

    fn is_final((status, _): &Self::Answer) -> bool {
        !status.is_server_error()
    }
}
