//! What is counted.

use api::calls::{HoldAnswer, HoldRefusal, SettleAnswer};

/// These answers to holds are committed.
pub(crate) fn held(answers: &[HoldAnswer]) {
    for answer in answers {
        metrics::counter!("sandglass_item_holds_total", "outcome" => hold_code(*answer)).increment(1);
    }
}

fn hold_code(answer: HoldAnswer) -> &'static str {
    match answer {
        HoldAnswer::Held => "held",
        HoldAnswer::Refused { reason: HoldRefusal::Short, .. } => "short",
        HoldAnswer::Refused { reason: HoldRefusal::OffSale, .. } => "off_sale",
        HoldAnswer::Refused { reason: HoldRefusal::Changed, .. } => "changed",
        HoldAnswer::Refused { reason: HoldRefusal::Ended, .. } => "ended",
    }
}

/// Shows every counter that alerts look at as nought, so that its first count is seen as a rise.
pub fn show_counters() {
    for outcome in ["held", "short", "off_sale", "changed", "ended"] {
        metrics::counter!("sandglass_item_holds_total", "outcome" => outcome).increment(0);
    }
    settled(&[]);
    swept(0);
}

/// These answers to ends are committed. One that is impossible breaks the protocol.
pub(crate) fn settled(answers: &[SettleAnswer]) {
    let impossible = answers.iter().filter(|answer| **answer == SettleAnswer::Impossible).count();
    metrics::counter!("sandglass_item_settles_total").increment((answers.len() - impossible) as u64);
    metrics::counter!("sandglass_item_settles_impossible_total").increment(impossible as u64);
}

/// The sweep brought so many holds to their end: the messages that should have were lost.
pub(crate) fn swept(count: usize) {
    metrics::counter!("sandglass_item_swept_total").increment(count as u64);
}
