//! Whoever looks, and the ways to ask: the shop's public calls as themselves, the operator's calls of each process.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use clock::Ms;
use http::{Method, Request, StatusCode};
use remote::Operator;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::words::Words;
use crate::failed::{Failed, Why};
use crate::i18n::Lang;
use crate::shop::{As, Ask, Silent};
use crate::visit::Visit;

/// A staff member at work.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) visit: Visit,
    who: As,
    operator: Option<Arc<dyn Operator>>,
    pub(crate) words: Words,
    /// The present.
    pub(crate) now: Ms,
    /// Whether they may change something.
    pub(crate) acts: bool,
    /// What their forms are marked with.
    pub(crate) csrf: String,
}

/// Why there is nothing to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It was refused, with the shop's own sentence.
    Refused(StatusCode, String),
    /// Nobody answered, or nothing that can be understood.
    Silent(String),
}

impl Fault {
    pub(crate) fn unreadable() -> Self {
        Fault::Silent("its answer cannot be understood".into())
    }
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        Self(match fault {
            Fault::Refused(StatusCode::UNAUTHORIZED, _) => Why::Login,
            Fault::Refused(StatusCode::FORBIDDEN, _) => Why::Forbidden,
            Fault::Refused(StatusCode::NOT_FOUND, _) => Why::NotFound,
            Fault::Refused(status, sentence) if status.is_client_error() => {
                Why::Told(status.as_u16(), sentence)
            }
            Fault::Refused(..) | Fault::Silent(_) => Why::Unavailable(1),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Refused(status, sentence) if sentence.is_empty() => write!(f, "{status}"),
            Fault::Refused(_, sentence) => f.write_str(sentence),
            Fault::Silent(why) => f.write_str(why),
        }
    }
}

impl Desk {
    /// The desk of whoever visits, who was found to be staff.
    pub(crate) fn of(visit: &Visit) -> Self {
        let session = visit.session();
        Self {
            visit: visit.clone(),
            who: session.map_or(As::Nobody, |session| As::Token(session.token.clone())),
            operator: visit.site().operator(),
            words: Words { zh: visit.lang() == Lang::Zh },
            now: visit.site().now(),
            acts: session.is_some_and(|session| session.who.role == edge::Role::Staff),
            csrf: visit.form_mark(),
        }
    }

    /// The same, asking as the owner of `token`.
    pub(crate) fn as_owner(&self, token: &str) -> Self {
        Self { who: As::Token(token.to_owned()), ..self.clone() }
    }

    /// What is at `path`.
    pub(crate) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fault> {
        let (_, body) = self.send(Method::GET, path, &Value::Null, "").await?;
        serde_json::from_value(body).map_err(|_| Fault::unreadable())
    }

    /// Sends `body` to `path`; under an idempotency key if one is given.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: &Value,
        key: &str,
    ) -> Result<(StatusCode, Value), Fault> {
        let (request_id, trace) = self.visit.told_as();
        let ask = Ask {
            method,
            target: path.to_owned(),
            who: self.who.clone(),
            language: self.visit.lang().tag(),
            key: (!key.is_empty()).then(|| key.to_owned()),
            body: (!body.is_null()).then(|| Bytes::from(body.to_string())),
            from: self.visit.from(),
            request_id: request_id.to_owned(),
            trace: trace.to_owned(),
        };
        let told = self.visit.site().shop().ask(ask).await;
        let told = told.map_err(|Silent| Fault::Silent("the shop does not answer".into()))?;
        judged(told.status, &told.body)
    }

    /// The processes whose operator's ports can be asked.
    pub(crate) async fn processes(&self) -> Vec<String> {
        match &self.operator {
            Some(operator) => operator.processes().await,
            None => Vec::new(),
        }
    }

    /// Asks one process at its operator's port.
    pub(crate) async fn operator(
        &self,
        process: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<(StatusCode, Value), Fault> {
        let Some(operator) = &self.operator else {
            return Err(Fault::Silent("no operator's port is known".into()));
        };
        let request = with_body(Request::builder().method(method).uri(path), &body)?;
        let answer = operator.ask(process, request).await;
        let answer = answer.map_err(|none| Fault::Silent(none.reason))?;
        judged(answer.status(), answer.body())
    }

    /// Sends a text to a process, such as a catalogue to be imported.
    pub(crate) async fn operator_text(
        &self,
        process: &str,
        path: &str,
        text: String,
    ) -> Result<Value, Fault> {
        let Some(operator) = &self.operator else {
            return Err(Fault::Silent("no operator's port is known".into()));
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/octet-stream");
        let request = request.body(Bytes::from(text)).map_err(|error| Fault::Silent(error.to_string()))?;
        let answer = operator.ask(process, request).await.map_err(|none| Fault::Silent(none.reason))?;
        judged(answer.status(), answer.body()).map(|(_, body)| body)
    }
}

fn with_body(request: http::request::Builder, body: &Value) -> Result<Request<Bytes>, Fault> {
    let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = if body.is_null() { request } else { request.header("content-type", "application/json") };
    request.body(bytes).map_err(|error| Fault::Silent(error.to_string()))
}

/// A success with its JSON (or text), or the problem's sentence.
fn judged(status: StatusCode, body: &Bytes) -> Result<(StatusCode, Value), Fault> {
    let text = || Value::String(String::from_utf8_lossy(body).into_owned());
    let body = serde_json::from_slice(body).unwrap_or_else(|_| text());
    if status.is_success() {
        return Ok((status, body));
    }
    Err(Fault::Refused(status, body["msg"].as_str().unwrap_or("").to_owned()))
}

/// Text as it may stand in a query.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_keeps_the_shops_sentence_and_text_is_encoded_for_a_query() {
        let answer = |status: u16, body: &'static str| {
            judged(StatusCode::from_u16(status).unwrap(), &Bytes::from_static(body.as_bytes()))
        };
        assert_eq!(answer(409, r#"{"msg":"Already paid."}"#).unwrap_err().to_string(), "Already paid.");
        assert_eq!(answer(200, "12").unwrap().1, 12);
        assert_eq!(answer(502, "<b>").unwrap_err().to_string(), "502 Bad Gateway");
        assert_eq!(encoded("茶 a&b"), "%E8%8C%B6%20a%26b");
    }
}
