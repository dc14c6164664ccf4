//! The same message once more: put off, given up, or replayed. Body and foreign headers stay as they were.

use clock::Ms;
use delay::Message;
use lapin::BasicProperties;

use crate::codec::message_id;
use crate::headers::{self, short};
use crate::limits::ERROR_TEXT;

/// Where a message was taken from.
#[derive(Clone, Debug)]
pub(crate) struct Origin<'a> {
    pub(crate) queue: &'a str,
    pub(crate) exchange: &'a str,
    pub(crate) routing_key: &'a str,
    /// The delivery's number on its channel.
    pub(crate) delivery: u64,
    /// Of the process that took it: two that bury in the same moment must not give one name to two messages.
    pub(crate) seed: u64,
}

/// Whether putting a message off counts as a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Try {
    /// It only came early.
    None,
    /// It was handled and is to be handled again.
    Failed {
        /// Through its own fault.
        rejected: bool,
        error: String,
    },
}

/// The properties of a message that is to be handled again at `due`.
pub(crate) fn put_off(
    properties: &BasicProperties,
    message: &Message,
    due: Ms,
    tried: &Try,
) -> BasicProperties {
    let mut table = headers::without(&headers::of(properties), headers::OF_THE_BROKER);
    headers::put_integer(&mut table, headers::DUE, due.0);
    headers::put_integer(&mut table, headers::CREATED, message.created.0);
    if let Try::Failed { rejected, error } = tried {
        let rejects = message.rejects.saturating_add(u32::from(*rejected));
        headers::put_integer(&mut table, headers::ATTEMPTS, message.attempts.saturating_add(1).into());
        headers::put_integer(&mut table, headers::REJECTS, rejects.into());
        if !error.is_empty() {
            headers::put_text(&mut table, headers::ERROR, headers::cut(error, ERROR_TEXT));
        }
    }
    let named = properties.message_id().clone().unwrap_or_else(|| short(&message_id(message)));
    lasting(properties).with_message_id(named).with_headers(table)
}

/// The properties of a message that was given up at `at`.
pub(crate) fn buried(
    properties: &BasicProperties,
    message: &Message,
    origin: &Origin<'_>,
    at: Ms,
    error: &str,
) -> BasicProperties {
    let mut table = headers::without(&headers::of(properties), headers::OF_THE_BROKER);
    // Its last try counts as well.
    headers::put_integer(&mut table, headers::ATTEMPTS, message.attempts.saturating_add(1).into());
    headers::put_integer(&mut table, headers::REJECTS, message.rejects.saturating_add(1).into());
    headers::put_integer(&mut table, headers::DEAD, at.0);
    headers::put_text(&mut table, headers::ERROR, headers::cut(error, ERROR_TEXT));
    headers::put_text(&mut table, headers::ORIGIN_QUEUE, origin.queue);
    headers::put_text(&mut table, headers::ORIGIN_EXCHANGE, origin.exchange);
    headers::put_text(&mut table, headers::ORIGIN_KEY, origin.routing_key);
    // An operator must be able to name it.
    let name = || {
        let Origin { queue, delivery, seed, .. } = origin;
        short(&format!("dead-{}-{delivery}-{seed:x}-{queue}", at.0))
    };
    let named = properties.message_id().clone().unwrap_or_else(name);
    lasting(properties).with_message_id(named).with_headers(table)
}

/// The properties of a dead letter that gets a new life.
pub(crate) fn replayed(properties: &BasicProperties) -> BasicProperties {
    let table = headers::without(&headers::of(properties), headers::OF_THE_BROKER);
    lasting(properties).with_headers(headers::without(&table, headers::OF_DEATH))
}

/// On disk, and without an expiration of its own: a message with one would vanish while it waits.
fn lasting(properties: &BasicProperties) -> BasicProperties {
    let mut kept = BasicProperties::default().with_delivery_mode(2);
    macro_rules! keep {
        ($($get:ident => $with:ident),*) => {
            $(if let Some(value) = properties.$get().clone() { kept = kept.$with(value); })*
        };
    }
    keep!(
        content_type => with_content_type, content_encoding => with_content_encoding,
        priority => with_priority, correlation_id => with_correlation_id, reply_to => with_reply_to,
        message_id => with_message_id, timestamp => with_timestamp, kind => with_type,
        app_id => with_app_id
    );
    kept
}

#[cfg(test)]
mod tests {
    use delay::Topic;
    use lapin::types::{FieldTable, ShortString};

    use super::*;

    const TOPIC: Topic = Topic { code: 1, name: "test" };

    fn strangers() -> BasicProperties {
        let mut table = FieldTable::default();
        headers::put_text(&mut table, headers::TYPE_ID, "java.lang.Long");
        headers::put_text(&mut table, "x-death", "the broker's diary");
        headers::put_integer(&mut table, headers::DELAY, -10_000);
        BasicProperties::default().with_expiration("100".into()).with_headers(table)
    }

    fn tried() -> Message {
        Message { attempts: 3, rejects: 1, ..Message::new(TOPIC, 7, Ms(10), Ms(5)) }
    }

    fn counters(properties: &BasicProperties) -> (u32, u32) {
        let table = headers::of(properties);
        (headers::counter(&table, headers::ATTEMPTS), headers::counter(&table, headers::REJECTS))
    }

    #[test]
    fn a_message_that_was_put_off_keeps_what_its_sender_wrote_and_counts_its_tries() {
        let failed = |rejected| Try::Failed { rejected, error: "no".into() };
        let rejected = put_off(&strangers(), &tried(), Ms(900), &failed(true));
        let table = headers::of(&rejected);
        assert_eq!(counters(&rejected), (4, 2));
        assert_eq!(counters(&put_off(&strangers(), &tried(), Ms(900), &failed(false))), (4, 1));
        assert_eq!(headers::integer(&table, headers::DUE), Some(900));
        assert_eq!(headers::text(&table, headers::TYPE_ID).as_deref(), Some("java.lang.Long"));
        assert!(!table.contains_key("x-death") && !table.contains_key(headers::DELAY));
        assert!(rejected.expiration().is_none(), "it must not vanish while it waits");
        assert!(rejected.message_id().is_some());
    }

    #[test]
    fn an_early_message_is_put_off_without_a_try() {
        let early = put_off(&strangers(), &tried(), Ms(10), &Try::None);
        assert!(!headers::of(&early).contains_key(headers::ATTEMPTS));
    }

    #[test]
    fn two_processes_that_bury_in_the_same_moment_name_their_letters_apart() {
        let name = |seed| {
            let origin = Origin { queue: "q", exchange: "e", routing_key: "k", delivery: 1, seed };
            buried(&strangers(), &tried(), &origin, Ms(99), "no").message_id().clone().unwrap()
        };
        assert_ne!(name(1), name(2));
    }

    #[test]
    fn a_dead_letter_says_why_and_from_where_and_a_replay_forgets_it() {
        let origin = Origin { queue: "q", exchange: "e", routing_key: "k", delivery: 1, seed: 1 };
        let dead = buried(&strangers(), &tried(), &origin, Ms(99), &"x".repeat(ERROR_TEXT * 2));
        let table = headers::of(&dead);
        assert_eq!(counters(&dead), (4, 2));
        assert!(dead.message_id().is_some(), "it can be named");
        assert_eq!(headers::text(&table, headers::ORIGIN_QUEUE).as_deref(), Some("q"));
        assert_eq!(headers::text(&table, headers::ERROR).map(|error| error.len()), Some(ERROR_TEXT));
        let again = headers::of(&replayed(&dead));
        assert_eq!(again.inner().keys().map(ShortString::as_str).collect::<Vec<_>>(), [headers::TYPE_ID]);
    }
}
