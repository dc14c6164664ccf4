//! What is counted.

use api::topics;
use model::pay_order::Failure;
use model::wallet::Outcome;

use crate::store::Owed;

/// Shows every counter that alerts look at as nought, so that its first count is seen as a rise.
pub fn show_counters() {
    use Failure::{Frozen, NotEnough, TooManyTries, UnknownUser, Voided, WrongPassword};
    let failures = [WrongPassword, NotEnough, Frozen, UnknownUser, Voided, TooManyTries];
    let outcomes = failures.map(failure_code).into_iter().chain([outcome_code(Outcome::Debited)]);
    for outcome in outcomes {
        metrics::counter!("sandglass_pay_attempts_total", "outcome" => outcome).increment(0);
    }
    metrics::counter!("sandglass_pay_unknown_total", "topic" => topics::ATTEMPT_DUTY.name).increment(0);
    refunded(0);
    swept(0);
}

/// An attempt ended and its end is committed.
pub(crate) fn attempt_ended(outcome: Outcome) {
    metrics::counter!("sandglass_pay_attempts_total", "outcome" => outcome_code(outcome)).increment(1);
}

/// So many refunds were acknowledged.
pub(crate) fn refunded(count: usize) {
    metrics::counter!("sandglass_pay_refunds_total").increment(count as u64);
}

/// A sweep did the work of so many messages.
pub(crate) fn swept(count: usize) {
    metrics::counter!("sandglass_pay_swept_total").increment(count as u64);
}

/// A message about something unknown was acknowledged.
pub(crate) fn unknown(topic: &'static str) {
    metrics::counter!("sandglass_pay_unknown_total", "topic" => topic).increment(1);
}

/// How much is owed at present.
#[expect(clippy::cast_precision_loss, reason = "gauges; exact up to 2^53")]
pub(crate) fn owed(owed: Owed) {
    metrics::gauge!("sandglass_pay_orders_in_flight").set(owed.in_flight as f64);
    metrics::gauge!("sandglass_pay_orders_refunding").set(owed.refunding as f64);
}

/// The stable code of an attempt's outcome, as in metrics and in `resultCode`.
pub(crate) fn outcome_code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Debited => "success",
        Outcome::Refused(failure) => failure_code(failure),
    }
}

/// The stable code of a failure.
pub(crate) fn failure_code(failure: Failure) -> &'static str {
    match failure {
        Failure::WrongPassword => "wrong_password",
        Failure::NotEnough => "not_enough",
        Failure::Frozen => "frozen",
        Failure::UnknownUser => "unknown_user",
        Failure::Voided => "voided",
        Failure::TooManyTries => "too_many_tries",
    }
}
