//! Facts that stand alone: idempotency keys and waiting messages.

use model::OrderId;

use crate::Times;
use crate::checks::keys::KEY_HAS_ORDER;
use crate::checks::outbox::OUTBOX_DRAINS;
use crate::facts::KeyFact;
use crate::report::CheckReport;
use crate::source::{PAGE, Result, Source};
use crate::stream::{Stream, key};
use crate::tally::Tally;

/// Judges every key, looking its order up a page at a time.
pub(crate) fn keys(source: &dyn Source) -> Result<Vec<CheckReport>> {
    let mut keys = Stream::new("key", key::idempotency, |after, limit| source.keys(after, limit));
    let mut check = Tally::of(&KEY_HAS_ORDER);
    loop {
        let page = some(&mut keys)?;
        if page.is_empty() {
            return Ok(vec![check.into_report()]);
        }
        let orders: Vec<OrderId> = page.iter().map(|key| key.order).collect();
        let owners = source.owners(&orders)?;
        for (key, owner) in page.iter().zip(owners) {
            let finding = (check.look)(key, owner);
            check.note(finding, || format!("key {:?} of user {}", key.key, key.owner));
        }
    }
}

fn some(keys: &mut Stream<'_, (model::UserId, String), KeyFact>) -> Result<Vec<KeyFact>> {
    let mut page = Vec::new();
    while page.len() < PAGE
        && let Some(key) = keys.next()?
    {
        page.push(key);
    }
    Ok(page)
}

/// Judges every message and duty that is not done.
pub(crate) fn outbox(source: &dyn Source, times: Times) -> Result<Vec<CheckReport>> {
    let mut waiting = Stream::new("outbox", key::outbox, |after, limit| source.outbox(after, limit));
    let mut check = Tally::of(&OUTBOX_DRAINS);
    while let Some(message) = waiting.next()? {
        let finding = (check.look)(&message, times);
        let (service, topic, subject) = (&message.key.service, message.key.topic, message.key.subject);
        check.note(finding, || format!("{service}: topic {topic} about {subject}"));
    }
    Ok(vec![check.into_report()])
}
