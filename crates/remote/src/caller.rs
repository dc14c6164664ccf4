//! One service asked in JSON.

use std::sync::Arc;

use api::calls::{Answer, NoAnswer};
use auth::token::OwnToken;
use bytes::Bytes;
use clock::Clock;
use edge::{Onward, REQUEST_ID, TRACEPARENT};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::meter;
use crate::upstream::{Outgoing, Repeat, Upstream};

/// Asks one service, as this process.
pub(crate) struct Caller {
    pub(crate) upstream: Upstream,
    pub(crate) token: Arc<OwnToken>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Caller {
    /// Asks for what is at `target`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, target: String) -> Answer<T> {
        self.ask(Method::GET, target, Bytes::new()).await
    }

    /// Sends `body` to `target`. Every call between services is keyed by what it is about, so it may be repeated;
    /// the clients say for each why.
    pub(crate) async fn post<T: DeserializeOwned>(&self, target: String, body: &impl Serialize) -> Answer<T> {
        let body = serde_json::to_vec(body).map_err(|error| self.none(error))?;
        self.ask(Method::POST, target, body.into()).await
    }

    /// Sends one batch; its answers are as many as were asked for.
    pub(crate) async fn batch<T: DeserializeOwned>(
        &self,
        target: &str,
        body: &impl Serialize,
        asked: usize,
    ) -> Answer<Vec<T>> {
        let answers: Vec<T> = self.post(target.to_owned(), body).await?;
        if answers.len() == asked {
            Ok(answers)
        } else {
            Err(self.none(format!("it answered {} of {asked} questions", answers.len())))
        }
    }

    /// No answer, because of `reason`.
    pub(crate) fn none(&self, reason: impl std::fmt::Display) -> NoAnswer {
        NoAnswer::from(self.upstream.service(), reason)
    }

    async fn ask<T: DeserializeOwned>(&self, method: Method, target: String, body: Bytes) -> Answer<T> {
        let headers = self.headers()?;
        let outgoing = Outgoing { method, target, headers, body, repeat: Repeat::Idempotent };
        let answer = self.answer(&outgoing).await;
        meter::called(self.upstream.service(), &answer);
        answer
    }

    /// Only a success whose body is what was asked for is an answer.
    async fn answer<T: DeserializeOwned>(&self, outgoing: &Outgoing) -> Answer<T> {
        let (status, body) = self.upstream.fetch(outgoing).await.map_err(|lost| self.none(lost))?;
        if !status.is_success() {
            return Err(self.none(format!("it answered {status}")));
        }
        // The decoder's own words could repeat parts of the body.
        serde_json::from_slice(&body).map_err(|_| self.none("its answer cannot be understood"))
    }

    fn headers(&self) -> Answer<HeaderMap> {
        let value = |text: &str| HeaderValue::from_str(text).map_err(|error| self.none(error));
        let mut token = value(&format!("Bearer {}", self.token.at(self.clock.now())))?;
        token.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, token);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // A message or a sweep is no request, and need not have a trace.
        let onward = Onward::current().unwrap_or_default();
        for (name, text) in [(REQUEST_ID, &onward.request_id), (TRACEPARENT, &onward.trace.0)] {
            if !text.is_empty() {
                headers.insert(name, value(text)?);
            }
        }
        Ok(headers)
    }
}
