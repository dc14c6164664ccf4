//! Questions to the shop on a visitor's behalf, and what came of them.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bodies::Login;
use crate::shop::{As, Ask, Silent, Told};
use crate::visit::Visit;

/// The shop as one visitor asks it.
pub(crate) struct Client<'a> {
    visit: &'a Visit,
    who: As,
}

/// There is no answer of the kind that was hoped for.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// The shop said no, and why.
    Refused(Refusal),
    /// Nobody answered; whether anything was done is not known.
    Silent,
}

/// A refusal, in the reader's language.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) msg: String,
    pub(crate) retry_after: Option<u32>,
}

impl Refusal {
    /// Whether it says no for good, rather than not now.
    pub(crate) fn is_final(&self) -> bool {
        self.status.is_client_error() && self.status != StatusCode::TOO_MANY_REQUESTS
    }
}

impl Trouble {
    /// The refusal's code; empty if there was no answer.
    pub(crate) fn code(&self) -> &str {
        match self {
            Trouble::Refused(refusal) => &refusal.code,
            Trouble::Silent => "",
        }
    }

    /// The refusal's status, if there was an answer.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Trouble::Refused(refusal) => Some(refusal.status.as_u16()),
            Trouble::Silent => None,
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    code: String,
    msg: String,
}

impl<'a> Client<'a> {
    /// As whoever is logged in, or nobody.
    pub(crate) fn of(visit: &'a Visit) -> Self {
        let who = visit.session().map_or(As::Nobody, |session| As::Token(session.token.clone()));
        Self { visit, who }
    }

    /// As the owner of `token`.
    pub(crate) fn owning(self, token: &str) -> Self {
        Self { who: As::Token(token.to_owned()), ..self }
    }

    /// Renews the login.
    pub(crate) async fn renew(&self) -> Result<Login, Trouble> {
        read(&self.send(Method::POST, "/users/token".into(), None, None).await?)
    }

    /// Looks at `target`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, target: impl Into<String>) -> Result<T, Trouble> {
        read(&self.send(Method::GET, target.into(), None, None).await?)
    }

    /// The same where there may be nothing, which is told by an empty body.
    pub(crate) async fn get_if_any<T: DeserializeOwned>(&self, target: String) -> Result<Option<T>, Trouble> {
        let told = self.send(Method::GET, target, None, None).await?;
        if told.body.is_empty() { Ok(None) } else { read(&told).map(Some) }
    }

    /// Does something, once however often it is sent with the same `key`.
    pub(crate) async fn write(
        &self,
        method: Method,
        target: impl Into<String>,
        key: &str,
        body: Option<Value>,
    ) -> Result<Told, Trouble> {
        self.send(method, target.into(), (!key.is_empty()).then(|| key.to_owned()), body).await
    }

    async fn send(
        &self,
        method: Method,
        target: String,
        key: Option<String>,
        body: Option<Value>,
    ) -> Result<Told, Trouble> {
        let (request_id, trace) = self.visit.told_as();
        let ask = Ask {
            method,
            target,
            who: self.who.clone(),
            language: self.visit.lang().tag(),
            key,
            body: body.map(|json| Bytes::from(json.to_string())),
            from: self.visit.from(),
            request_id: request_id.to_owned(),
            trace: trace.to_owned(),
        };
        let told = self.visit.site().shop().ask(ask).await.map_err(|Silent| Trouble::Silent)?;
        if told.status.is_success() { Ok(told) } else { Err(refused(&told)) }
    }
}

fn refused(told: &Told) -> Trouble {
    let Problem { code, msg } = serde_json::from_slice(&told.body).unwrap_or_default();
    Trouble::Refused(Refusal { status: told.status, code, msg, retry_after: told.retry_after })
}

/// A success whose body is not what the interface promises is no answer.
pub(crate) fn read<T: DeserializeOwned>(told: &Told) -> Result<T, Trouble> {
    serde_json::from_slice(&told.body).map_err(|error| {
        tracing::error!(%error, "the shop's answer is not understood");
        Trouble::Silent
    })
}

/// A form of the interface's queries: `path?name=value&…`, without the empty values.
pub(crate) fn query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        encoded.append_pair(name, value);
    }
    let encoded = encoded.finish();
    if encoded.is_empty() { path.to_owned() } else { format!("{path}?{encoded}") }
}
