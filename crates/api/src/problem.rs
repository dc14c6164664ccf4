//! The one shape of every error a client sees: an RFC 9457 problem with a stable code.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The kinds of problems, each with its HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 400: not understood.
    Malformed,
    /// 401: who are you?
    Unauthenticated,
    /// 403: not for you.
    Forbidden,
    /// 404: there is no such thing (for you).
    NotFound,
    /// 405: not this method.
    MethodNotAllowed,
    /// 409: not in the present state.
    Conflict,
    /// 413: the body is too large.
    TooLarge,
    /// 415: not this content type.
    UnsupportedMedia,
    /// 422: understood, and refused by a rule.
    Refused,
    /// 429: too often.
    TooMany,
    /// 503: try again later.
    Unavailable,
    /// 500: a fault of ours; the text says nothing of its inside.
    Internal,
}

impl Kind {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Kind::Malformed => 400,
            Kind::Unauthenticated => 401,
            Kind::Forbidden => 403,
            Kind::NotFound => 404,
            Kind::MethodNotAllowed => 405,
            Kind::Conflict => 409,
            Kind::TooLarge => 413,
            Kind::UnsupportedMedia => 415,
            Kind::Refused => 422,
            Kind::TooMany => 429,
            Kind::Unavailable => 503,
            Kind::Internal => 500,
        }
    }
}

/// An error as clients see it. `code` is stable and meant for programs; the sentences are for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Which status.
    pub kind: Kind,
    /// Stable, in `snake_case`, such as `out_of_stock`.
    pub code: &'static str,
    /// What is wrong and what to do, in English.
    pub en: Cow<'static, str>,
    /// The same in Chinese.
    pub zh: Cow<'static, str>,
    /// Seconds after which trying again makes sense: the `Retry-After` header.
    pub retry_after_s: Option<u32>,
    /// Further members, such as the item that was short.
    pub extra: Map<String, Value>,
}

impl Problem {
    /// A problem with its sentence in both languages.
    pub fn new(
        kind: Kind,
        code: &'static str,
        en: impl Into<Cow<'static, str>>,
        zh: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { kind, code, en: en.into(), zh: zh.into(), retry_after_s: None, extra: Map::new() }
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(name.to_owned(), value.into());
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after_s: Some(seconds), ..self }
    }

    /// There is no such `what`.
    pub fn not_found() -> Self {
        Self::new(Kind::NotFound, "not_found", "There is no such thing here.", "未找到该资源。")
    }

    /// The caller may not do this.
    pub fn forbidden() -> Self {
        Self::new(Kind::Forbidden, "forbidden", "You may not do this.", "您没有权限进行此操作。")
    }

    /// The request was not understood because of `why` (English, a sentence).
    pub fn malformed(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Malformed, "malformed", why, "请求格式不正确。")
    }

    /// Another service, or the storage, did not answer. The caller may try again.
    pub fn unavailable() -> Self {
        Self::new(
            Kind::Unavailable,
            "unavailable",
            "A part of the shop does not answer at the moment; nothing is lost, please try again.",
            "商城的部分服务暂时没有响应，数据不会丢失，请稍后重试。",
        )
        .retry_after(1)
    }

    /// The same idempotency key came with another request.
    pub fn key_reused() -> Self {
        Self::new(
            Kind::Refused,
            "idempotency_key_reused",
            "This Idempotency-Key was already used for another request; use a new key.",
            "该 Idempotency-Key 已用于另一个请求，请更换。",
        )
    }

    /// A fault of ours. What happened is in the log, not here.
    pub fn internal() -> Self {
        Self::new(
            Kind::Internal,
            "internal",
            "Something went wrong on our side; it was recorded.",
            "服务器内部错误，已记录。",
        )
    }
}

impl From<crate::NoAnswer> for Problem {
    fn from(_: crate::NoAnswer) -> Self {
        Self::unavailable()
    }
}
