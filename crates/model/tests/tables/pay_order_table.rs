//! What each event does to a pay order in each state, and that each closing answer is safe to act on.

use model::pay_order::{CloseAnswer, Effect, Event, Failure, PayOrder, Refund, Refusal, State, apply};
use model::{AttemptId, Cents, Ms, OrderId, PayOrderId, UserId};

use crate::grid::{row, squeeze};

const DEADLINE: Ms = Ms(30_000);
const ATTEMPT: AttemptId = AttemptId(5);
const OTHER: AttemptId = AttemptId(6);

const COLUMNS: [(&str, Event); 9] = [
    ("press", Event::Press(ATTEMPT)),
    ("debited", Event::Debited(ATTEMPT)),
    ("failed", Event::Failed(ATTEMPT, Failure::Voided)),
    ("otherDebited", Event::Debited(OTHER)),
    ("otherFailed", Event::Failed(OTHER, Failure::Voided)),
    ("close", Event::AskClose),
    ("refund", Event::AskRefund),
    ("refunded", Event::Refunded),
    ("extend", Event::Extend(Ms(60_000))),
];

/// A state is what follows; `=` it has already happened; the other words are refusals.
const TABLE: &str = "
          press     debited failed  otherDebited otherFailed close   refund    refunded extend
waiting   inFlight  other!  other!  other!       other!      closed  unpaid!   unpaid!  waiting
inFlight  flying!   success waiting other!       other!      closing unpaid!   unpaid!  inFlight
closing   flying!   success closed  other!       other!      flying! unpaid!   unpaid!  closed!
closed    closed!   other!  other!  other!       other!      =       unpaid!   unpaid!  closed!
success   paid!     other!  other!  other!       other!      paid!   refunding unpaid!  paid!
refunding paid!     other!  other!  other!       other!      paid!   =         refunded paid!
refunded  paid!     other!  other!  other!       other!      paid!   =         =        paid!
";

const STATES: [State; 7] = [
    State::Waiting { in_flight: None, closing: false },
    State::Waiting { in_flight: Some(ATTEMPT), closing: false },
    State::Waiting { in_flight: Some(ATTEMPT), closing: true },
    State::Closed,
    State::Success { refund: Refund::None },
    State::Success { refund: Refund::Refunding },
    State::Success { refund: Refund::Refunded },
];

fn name(state: State) -> &'static str {
    match state {
        State::Waiting { in_flight: None, closing: false } => "waiting",
        State::Waiting { in_flight: None, closing: true } => "closing without an attempt",
        State::Waiting { closing: false, .. } => "inFlight",
        State::Waiting { .. } => "closing",
        State::Closed => "closed",
        State::Success { refund: Refund::None } => "success",
        State::Success { refund: Refund::Refunding } => "refunding",
        State::Success { refund: Refund::Refunded } => "refunded",
    }
}

fn pay_order(state: State) -> PayOrder {
    let waiting = PayOrder::waiting(PayOrderId(2), OrderId(1), UserId(7), Cents(100), DEADLINE);
    PayOrder { state, ..waiting }
}

fn cell(state: State, event: Event) -> &'static str {
    match apply(&pay_order(state), event, Ms(0)) {
        Ok(decision) => name(decision.pay_order.state),
        Err(Refusal::Already) => "=",
        Err(Refusal::Closed) => "closed!",
        Err(Refusal::Paid) => "paid!",
        Err(Refusal::InFlight(ATTEMPT)) => "flying!",
        Err(Refusal::NotPaid) => "unpaid!",
        Err(Refusal::OtherAttempt) => "other!",
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn every_event_in_every_state() {
    let mut table = vec![row("", COLUMNS.map(|(column, _)| column))];
    for state in STATES {
        table.push(row(name(state), COLUMNS.map(|(_, event)| cell(state, event))));
    }
    assert_eq!(squeeze(&table.join("\n")), squeeze(TABLE));
}

#[test]
fn nobody_starts_to_pay_at_or_after_the_deadline() {
    let press = |now| apply(&pay_order(State::fresh()), Event::Press(ATTEMPT), now);
    assert!(press(Ms(DEADLINE.0 - 1)).is_ok());
    assert_eq!(press(DEADLINE), Err(Refusal::Overdue));
}

#[test]
fn an_attempt_begun_in_time_may_succeed_late() {
    let flying = pay_order(STATES[1]);
    assert!(apply(&flying, Event::Debited(ATTEMPT), DEADLINE + 1).is_ok());
}

#[test]
fn an_answer_that_closes_or_pays_is_never_taken_back() {
    for state in STATES {
        let answer = CloseAnswer::of(&pay_order(state));
        if answer == CloseAnswer::InFlight {
            continue;
        }
        for (column, event) in COLUMNS {
            let Ok(decision) = apply(&pay_order(state), event, Ms(0)) else { continue };
            assert_eq!(CloseAnswer::of(&decision.pay_order), answer, "{column} after {state:?}");
        }
    }
}

#[test]
fn whatever_starts_or_ends_says_so_to_whom_it_concerns() {
    for state in STATES {
        for (column, event) in COLUMNS {
            let before = pay_order(state);
            let Ok(decision) = apply(&before, event, Ms(0)) else { continue };
            let after = &decision.pay_order;
            let has = |wanted: &dyn Fn(&Effect) -> bool| decision.effects.iter().any(wanted);
            let started = before.in_flight().is_none() && after.in_flight().is_some();
            let ended = before.in_flight().is_some() && after.in_flight().is_none();
            assert_eq!(has(&|effect| matches!(effect, Effect::StartAttempt(_))), started, "{column}");
            assert_eq!(has(&|effect| matches!(effect, Effect::EndAttempt(..))), ended, "{column}");
            let debited = matches!(event, Event::Debited(_));
            assert_eq!(has(&|effect| *effect == Effect::PublishSuccess), debited, "{column}");
            let owed = event == Event::AskRefund;
            assert_eq!(has(&|effect| *effect == Effect::OweRefund), owed, "{column}");
        }
    }
}

#[test]
fn a_tombstone_refuses_every_payment_and_answers_closed() {
    let tombstone = PayOrder::tombstone(PayOrderId(2), OrderId(1));
    assert!(tombstone.is_tombstone());
    assert_eq!(CloseAnswer::of(&tombstone), CloseAnswer::Closed);
    let changing = COLUMNS.iter().find(|(_, event)| apply(&tombstone, *event, Ms(0)).is_ok());
    assert_eq!(changing, None);
}
