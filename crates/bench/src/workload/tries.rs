//! One write until its outcome is known.
//!
//! A write that was turned away, or whose answer never came, is sent again under the same idempotency key: if
//! the first did have an effect, the shop must answer the same and do nothing more.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;

use super::Run;
use crate::api;
use crate::client::{Answer, Conn, NoAnswer};
use crate::stats::{Op, Outcome};

/// How often one write is sent before its outcome is left unknown.
const TRIES: u32 = 8;
/// The wait before a write is sent again where the server does not say, and the longest it may ask for.
const RETRY: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(5);

/// How a write ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Final {
    /// Acknowledged; the id it answered, or 0 where none is promised.
    Done(u64),
    /// Refused: it had no effect and never will.
    Refused,
    /// Not known.
    Unknown,
}

enum Next {
    Final(Final),
    Again(Duration),
}

/// Sends what `request` makes until there is a final answer, at most [`TRIES`] times.
pub(super) async fn until_final(
    conn: &mut Conn,
    run: &Run,
    op: Op,
    start: Duration,
    request: impl Fn() -> Request<Full<Bytes>>,
) -> Final {
    for _ in 0..TRIES {
        let answer = conn.send(request()).await;
        let now = run.wall.now();
        let (outcome, next) = judge(op, answer.as_ref());
        match outcome {
            Outcome::Acknowledged => run.stats.borrow_mut().acknowledged(op, start, now),
            other => run.stats.borrow_mut().count(op, other, now),
        }
        match next {
            Next::Final(end) => return end,
            Next::Again(after) => tokio::time::sleep(after).await,
        }
    }
    Final::Unknown
}

fn judge(op: Op, answer: Result<&Answer, &NoAnswer>) -> (Outcome, Next) {
    match answer {
        Err(NoAnswer::Late) => (Outcome::Late, Next::Again(Duration::ZERO)),
        Err(NoAnswer::Broken) => (Outcome::Broken, Next::Again(RETRY)),
        Ok(answer) => judge_answer(op, answer),
    }
}

fn judge_answer(op: Op, answer: &Answer) -> (Outcome, Next) {
    let again = Next::Again(answer.retry_after.unwrap_or(RETRY).min(RETRY_MAX));
    match answer.status {
        200 | 201 => acknowledged(op, answer),
        202 => (Outcome::Checking, again),
        429 | 503 => (Outcome::Overloaded, again),
        409 if answer.retry_after.is_some() => (Outcome::Overloaded, again),
        status @ 400..500 => (Outcome::Refused(status, api::code(&answer.body)), Next::Final(Final::Refused)),
        status => (Outcome::Error(status), Next::Final(Final::Unknown)),
    }
}

fn acknowledged(op: Op, answer: &Answer) -> (Outcome, Next) {
    let id = if op == Op::Pay { Some(0) } else { api::id(&answer.body) };
    match id {
        Some(id) => (Outcome::Acknowledged, Next::Final(Final::Done(id))),
        None => (Outcome::Error(answer.status), Next::Final(Final::Unknown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, retry_after: Option<u64>, body: &'static str) -> Answer {
        let retry_after = retry_after.map(Duration::from_secs);
        Answer { status, retry_after, body: Bytes::from_static(body.as_bytes()) }
    }

    fn wait(op: Op, answer: &Answer) -> Option<Duration> {
        match judge_answer(op, answer).1 {
            Next::Again(after) => Some(after),
            Next::Final(_) => None,
        }
    }

    #[test]
    fn a_placement_without_an_id_is_not_acknowledged() {
        let (outcome, _) = judge_answer(Op::Place, &answer(200, None, "{}"));
        assert_eq!(outcome, Outcome::Error(200));
        let (outcome, _) = judge_answer(Op::Pay, &answer(200, None, ""));
        assert_eq!(outcome, Outcome::Acknowledged);
    }

    #[test]
    fn the_server_says_when_to_come_back_within_reason() {
        assert_eq!(wait(Op::Place, &answer(503, Some(2), "")), Some(Duration::from_secs(2)));
        assert_eq!(wait(Op::Place, &answer(429, Some(3_600), "")), Some(RETRY_MAX));
        assert_eq!(wait(Op::Pay, &answer(202, None, "")), Some(RETRY));
        assert_eq!(wait(Op::Place, &answer(409, Some(1), "")), Some(Duration::from_secs(1)));
    }

    #[test]
    fn a_refusal_is_final_and_keeps_its_code() {
        let (outcome, next) = judge_answer(Op::Place, &answer(409, None, r#"{"code":"out_of_stock"}"#));
        assert_eq!(outcome, Outcome::Refused(409, "out_of_stock".into()));
        assert!(matches!(next, Next::Final(Final::Refused)));
    }

    #[test]
    fn no_answer_and_a_failed_server_leave_the_outcome_open() {
        assert!(matches!(judge(Op::Pay, Err(&NoAnswer::Late)).1, Next::Again(_)));
        assert!(matches!(judge_answer(Op::Pay, &answer(500, None, "")).1, Next::Final(Final::Unknown)));
    }
}
