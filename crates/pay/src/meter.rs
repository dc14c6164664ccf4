//! What is counted.

use api::topics;
use model::Ms;
use model::pay_order::{Bill, Failure, State};
use model::wallet::Outcome;

use crate::channel::BadNotice;
use crate::notice::NoticeAnswer;
use crate::record::Record;
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
    metrics::counter!("sandglass_pay_unknown_total", "topic" => topics::BILL_DUTY.name).increment(0);
    for outcome in BILLS {
        metrics::counter!("sandglass_pay_bills_total", "outcome" => outcome).increment(0);
    }
    refunded(0);
    swept(0);
}

/// Shows the counters of a channel as nought, likewise.
pub(crate) fn show_channel(channel: &'static str) {
    for outcome in ["heard", "unknown", "otherAmount", "forged", "stale", "malformed"] {
        metrics::counter!("sandglass_pay_notices_total", "channel" => channel, "outcome" => outcome)
            .increment(0);
    }
    metrics::counter!("sandglass_pay_refunds_refused_total", "channel" => channel).increment(0);
}

/// What can become of a bill.
const BILLS: [&str; 7] = ["opened", "paid", "closed", "late", "extra", "otherAmount", "returned"];

/// A bill has moved and that is committed.
pub(crate) fn bill_moved(record: &Record) {
    let pay_order = &record.pay_order;
    let fits = record.bill.as_ref().and_then(|bill| bill.paid).is_none_or(|paid| paid == pay_order.amount);
    let outcome = match (pay_order.bill, pay_order.state) {
        (Bill::Open, _) => "opened",
        (Bill::Paid, _) => "paid",
        (Bill::Closed, _) => "closed",
        (Bill::Returning, _) if !fits => "otherAmount",
        (Bill::Returning, State::Success { .. }) => "extra",
        (Bill::Returning, _) => "late",
        (Bill::Returned, _) => "returned",
        (Bill::None | Bill::Opening | Bill::Closing, _) => return,
    };
    metrics::counter!("sandglass_pay_bills_total", "outcome" => outcome).increment(1);
}

/// A notice was answered.
pub(crate) fn noticed(channel: &'static str, answer: NoticeAnswer) {
    let outcome = match answer {
        NoticeAnswer::Heard => "heard",
        NoticeAnswer::Unknown | NoticeAnswer::NoChannel => "unknown",
        NoticeAnswer::OtherAmount => "otherAmount",
        NoticeAnswer::Bad(BadNotice::Signature) => "forged",
        NoticeAnswer::Bad(BadNotice::Stale) => "stale",
        NoticeAnswer::Bad(BadNotice::Malformed) => "malformed",
    };
    metrics::counter!("sandglass_pay_notices_total", "channel" => channel, "outcome" => outcome).increment(1);
}

/// A provider refused a refund.
pub(crate) fn refund_refused(channel: &'static str) {
    metrics::counter!("sandglass_pay_refunds_refused_total", "channel" => channel).increment(1);
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
pub(crate) fn owed(owed: Owed, now: Ms) {
    metrics::gauge!("sandglass_pay_orders_in_flight").set(owed.in_flight as f64);
    metrics::gauge!("sandglass_pay_orders_refunding").set(owed.refunding as f64);
    metrics::gauge!("sandglass_pay_bills_owed").set(owed.bills as f64);
    metrics::gauge!("sandglass_pay_bills_returning").set(owed.returning as f64);
    let oldest_ms = owed.oldest_refund.map_or(0, |since| now.since(since).max(0));
    metrics::gauge!("sandglass_pay_refund_age_seconds").set(oldest_ms as f64 / 1_000.0);
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
