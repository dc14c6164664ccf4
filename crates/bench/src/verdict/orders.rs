//! Is every acknowledged order there, and at the end that was acknowledged?

use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use serde::Deserialize;

use super::{AT_ONCE, Lateness, ORDERS_MAX, Part, sample};
use crate::api::{self, Token};
use crate::book::{Entry, Fate};
use crate::client::Conn;
use crate::users::answered;
use crate::workload::Run;
use crate::{pool, progress};

/// The youngest unpaid orders, watched while waiting: when they are closed, nearly all are.
const WATCHED: usize = 64;
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// How long closing may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closing {
    /// How long to wait for unpaid orders to be closed.
    pub(crate) patience: Duration,
    /// How late after its deadline an order may be closed.
    pub(crate) slack: Duration,
}

/// An order as the shop shows it.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Nowhere,
    Order {
        status: i64,
        /// How long its deadline is over.
        overdue: Duration,
        /// How long after its deadline it was closed, if it was.
        closed_after: Option<Duration>,
    },
    NotShown(String),
}

/// What the looks at orders have found.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) lost: Part,
    /// Unpaid orders whose time was not over at the last look.
    pub(super) still_open: u64,
    pub(super) lateness: Lateness,
}

/// How an order stands.
#[derive(Clone, Debug, PartialEq)]
enum Standing {
    Right,
    /// Unpaid, and its time is not over.
    Open,
    Wrong(String),
}

/// Looks at all acknowledged orders, or a sample.
pub(super) async fn check(run: &Rc<Run>, reader: Option<Token>, closing: Closing) -> Findings {
    let chosen = chosen(run);
    let lost = Part::over(chosen.len(), run.book.borrow().entries().len());
    let mut findings = Findings { lost, ..Findings::default() };
    let limit = run.wall.now() + closing.patience;
    let line = progress::line("waiting for unpaid orders to be closed");
    let youngest: Vec<Entry> = left(&chosen).into_iter().rev().take(WATCHED).collect();
    // Only a wait: what it finds wrong is found again below.
    let mut watched = Findings::default();
    settle(run, reader.clone(), youngest, limit, closing.slack, &mut watched).await;
    line.set_message("looking at the orders");
    findings.still_open = settle(run, reader, chosen, limit, closing.slack, &mut findings).await;
    line.finish_and_clear();
    findings
}

fn chosen(run: &Run) -> Vec<Entry> {
    let book = run.book.borrow();
    let entries = book.entries();
    sample(entries.len(), ORDERS_MAX, run.seed).into_iter().map(|index| entries[index]).collect()
}

fn left(entries: &[Entry]) -> Vec<Entry> {
    entries.iter().filter(|entry| entry.fate == Fate::Left).copied().collect()
}

/// Looks at `pending` again and again until none is open or the time is over; answers how many are.
async fn settle(
    run: &Rc<Run>,
    reader: Option<Token>,
    mut pending: Vec<Entry>,
    limit: Duration,
    slack: Duration,
    findings: &mut Findings,
) -> u64 {
    loop {
        pending = look(run, reader.clone(), pending, slack, findings).await;
        if pending.is_empty() || run.wall.now() >= limit {
            return pending.len() as u64;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Looks at each of `pending` once; answers those that are open.
async fn look(
    run: &Rc<Run>,
    reader: Option<Token>,
    pending: Vec<Entry>,
    slack: Duration,
    findings: &mut Findings,
) -> Vec<Entry> {
    let shared = run.clone();
    let look = async move |conn: &mut Conn, entry: Entry| {
        let token = reader.as_ref().unwrap_or(&shared.users[entry.user as usize].token);
        let seen = see(conn, entry.order, token).await;
        (entry, seen)
    };
    let mut open = Vec::new();
    for (entry, seen) in pool::each(&run.target, AT_ONCE, pending, look).await {
        if let (Fate::Left, Seen::Order { closed_after: Some(late), .. }) = (entry.fate, &seen) {
            findings.lateness.count(*late);
        }
        match standing(entry.fate, seen, slack) {
            Standing::Right => {}
            Standing::Open => open.push(entry),
            Standing::Wrong(why) => findings.lost.wrong(format!("order {} {why}", entry.order)),
        }
    }
    open
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    status: i64,
    #[serde(default)]
    deadline: Option<String>,
    #[serde(default)]
    close_time: Option<String>,
    #[serde(default)]
    now: Option<String>,
}

async fn see(conn: &mut Conn, order: u64, token: &Token) -> Seen {
    show(conn, order, token).await.unwrap_or_else(|error| Seen::NotShown(format!("{error:#}")))
}

async fn show(conn: &mut Conn, order: u64, token: &Token) -> Result<Seen> {
    let uri = api::uri(conn.target(), &format!("/orders/{order}"))?;
    let answer = answered(conn, || api::get(uri.clone(), Some(token))).await?;
    if answer.status == 404 {
        return Ok(Seen::Nowhere);
    }
    let shown: Shown = api::body(&answer, "GET /orders/{id}")?;
    let since_deadline = |then: Option<&str>| span(shown.deadline.as_deref(), then);
    Ok(Seen::Order {
        status: shown.status,
        // A server that does not tell its deadline is given all the patience there is.
        overdue: since_deadline(shown.now.as_deref()).unwrap_or(Duration::ZERO),
        closed_after: since_deadline(shown.close_time.as_deref()),
    })
}

/// From one time to a later one, both as the server shows them, so by its own clock.
fn span(from: Option<&str>, to: Option<&str>) -> Option<Duration> {
    let time = |text: Option<&str>| text?.parse::<Timestamp>().ok();
    time(to)?.duration_since(time(from)?).try_into().ok()
}

fn standing(fate: Fate, seen: Seen, slack: Duration) -> Standing {
    let (status, overdue) = match seen {
        Seen::Nowhere => return Standing::Wrong("was acknowledged and does not exist".into()),
        Seen::NotShown(why) => return Standing::Wrong(format!("could not be looked at: {why}")),
        Seen::Order { status, overdue, .. } => (status, overdue),
    };
    match (fate, status) {
        (Fate::Paid | Fate::Doubtful, 2 | 3 | 4 | 6) | (Fate::Left | Fate::Doubtful, 5) => Standing::Right,
        (Fate::Left | Fate::Doubtful, 1) if overdue <= slack => Standing::Open,
        (Fate::Left | Fate::Doubtful, 1) => {
            Standing::Wrong(format!("is still open {} s after its deadline", overdue.as_secs()))
        }
        (Fate::Paid, _) => Standing::Wrong(format!("was acknowledged as paid, but its status is {status}")),
        (Fate::Left | Fate::Doubtful, _) => {
            Standing::Wrong(format!("was not paid, but its status is {status}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SLACK: Duration = Duration::from_secs(30);

    fn stands(fate: Fate, status: i64, overdue_s: u64) -> Standing {
        let overdue = Duration::from_secs(overdue_s);
        standing(fate, Seen::Order { status, overdue, closed_after: None }, SLACK)
    }

    #[test]
    fn what_was_acknowledged_as_paid_is_paid_whatever_came_later() {
        for status in [2, 3, 4, 6] {
            assert_eq!(stands(Fate::Paid, status, 0), Standing::Right);
        }
        for status in [0, 1, 5] {
            assert!(matches!(stands(Fate::Paid, status, 0), Standing::Wrong(_)), "{status}");
        }
    }

    #[test]
    fn what_was_left_is_closed_once_its_time_is_over() {
        assert_eq!(stands(Fate::Left, 5, 0), Standing::Right);
        assert_eq!(stands(Fate::Left, 1, 30), Standing::Open);
        assert!(matches!(stands(Fate::Left, 1, 31), Standing::Wrong(_)));
        assert!(matches!(stands(Fate::Left, 2, 0), Standing::Wrong(_)), "nobody paid it");
        assert!(matches!(stands(Fate::Left, 0, 0), Standing::Wrong(_)), "acknowledged while still placing");
    }

    #[test]
    fn a_doubtful_payment_may_end_either_way_but_must_end() {
        assert_eq!(stands(Fate::Doubtful, 2, 0), Standing::Right);
        assert_eq!(stands(Fate::Doubtful, 5, 0), Standing::Right);
        assert!(matches!(stands(Fate::Doubtful, 1, 31), Standing::Wrong(_)));
    }

    #[test]
    fn lateness_is_what_lies_between_the_deadline_and_the_closing() {
        let deadline = Some("2026-01-02T03:04:05Z");
        assert_eq!(span(deadline, Some("2026-01-02T11:04:05.012+08:00")), Some(Duration::from_millis(12)));
        assert_eq!(span(deadline, Some("2026-01-02T03:04:04.999Z")), None, "closed early, by somebody");
        assert_eq!(span(deadline, None), None);
    }

    #[test]
    fn an_order_nobody_knows_is_lost() {
        assert!(matches!(standing(Fate::Left, Seen::Nowhere, SLACK), Standing::Wrong(_)));
    }
}
