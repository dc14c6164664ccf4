//! The interface in other processes: the gateway's replicas.

use std::sync::Arc;

use async_trait::async_trait;
use auth::token::OwnToken;
use bytes::Bytes;
use clock::Clock;
use edge::{FORWARDED_FOR, GATEWAY_TOKEN, REQUEST_ID, TRACEPARENT};
use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method};
use remote::{Outgoing, Repeat, Upstream};

use super::inside::{IDEMPOTENCY_KEY, secret, whole};
use super::{As, Ask, Shop, Silent, Told};

/// The shop behind a gateway.
pub struct Afar {
    gateway: Upstream,
    own: Arc<OwnToken>,
    clock: Arc<dyn Clock>,
}

impl Afar {
    /// Asks `gateway`, which believes the process of the token `own` where its visitors are.
    pub fn new(gateway: Upstream, own: Arc<OwnToken>, clock: Arc<dyn Clock>) -> Self {
        Self { gateway, own, clock }
    }

    fn outgoing(&self, ask: Ask) -> Result<Outgoing, http::Error> {
        let headers = self.headers(&ask)?;
        let safe = [Method::GET, Method::HEAD].contains(&ask.method);
        let repeat = if safe || ask.key.is_some() { Repeat::Idempotent } else { Repeat::Unsent };
        let body = ask.body.unwrap_or_default();
        Ok(Outgoing { method: ask.method, target: ask.target, headers, body, repeat })
    }

    fn headers(&self, ask: &Ask) -> Result<HeaderMap, http::Error> {
        let own = self.own.at(self.clock.now());
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(ask.language));
        headers.insert(GATEWAY_TOKEN, secret(&own)?);
        headers.insert(FORWARDED_FOR, HeaderValue::from_str(&ask.from.to_string())?);
        match &ask.who {
            As::Nobody => {}
            As::Token(token) => drop(headers.insert(AUTHORIZATION, secret(token)?)),
            As::Web => drop(headers.insert(AUTHORIZATION, secret(&own)?)),
        }
        for (name, value) in [(REQUEST_ID, &ask.request_id), (TRACEPARENT, &ask.trace)] {
            if !value.is_empty() {
                headers.insert(name, HeaderValue::from_str(value)?);
            }
        }
        if let Some(key) = &ask.key {
            headers.insert(IDEMPOTENCY_KEY, HeaderValue::from_str(key)?);
        }
        if ask.body.as_ref().is_some_and(|body: &Bytes| !body.is_empty()) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(headers)
    }
}

#[async_trait]
impl Shop for Afar {
    async fn ask(&self, ask: Ask) -> Result<Told, Silent> {
        let outgoing = self.outgoing(ask).map_err(|error| {
            tracing::error!(%error, "a page asked what is no request");
            Silent
        })?;
        match self.gateway.forward(&outgoing).await {
            Ok(response) => whole(response).await,
            Err(lost) => {
                tracing::warn!(reason = %lost, "the gateway does not answer");
                Err(Silent)
            }
        }
    }
}
