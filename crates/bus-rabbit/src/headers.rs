//! The headers this bus writes and reads, and their values as other clients may write them.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};

/// The Java class Spring's converter makes of the body.
pub const TYPE_ID: &str = "__TypeId__";
/// The W3C trace the message belongs to.
pub const TRACE: &str = "traceparent";
/// When the message was written, in epoch milliseconds; the `timestamp` property has seconds only.
pub const CREATED: &str = "x-created-ms";
/// When it is due, in epoch milliseconds.
pub const DUE: &str = "x-due-ms";
/// How often it was tried.
pub const ATTEMPTS: &str = "x-attempts";
/// How many of these tries failed through its own fault.
pub const REJECTS: &str = "x-rejects";
/// Why it was tried again, or given up.
pub const ERROR: &str = "x-error";
/// When it became a dead letter, in epoch milliseconds.
pub const DEAD: &str = "x-dead-ms";
/// Which queue a dead letter was taken from.
pub const ORIGIN_QUEUE: &str = "x-origin-queue";
/// Which exchange a dead letter was published to at first.
pub const ORIGIN_EXCHANGE: &str = "x-origin-exchange";
/// Which routing key a dead letter was published with at first.
pub const ORIGIN_KEY: &str = "x-origin-routing-key";
/// How long the delayed-message exchange keeps it, in milliseconds.
pub(crate) const DELAY: &str = "x-delay";

/// What the broker writes while it moves messages between queues; no part of the message.
pub(crate) const OF_THE_BROKER: &[&str] = &[
    DELAY,
    "x-death",
    "x-delivery-count",
    "x-first-death-exchange",
    "x-first-death-queue",
    "x-first-death-reason",
    "x-last-death-exchange",
    "x-last-death-queue",
    "x-last-death-reason",
];
/// What tells of a dead letter's death.
pub(crate) const OF_DEATH: &[&str] =
    &[ERROR, DEAD, ORIGIN_QUEUE, ORIGIN_EXCHANGE, ORIGIN_KEY, ATTEMPTS, REJECTS];

/// A message's headers; none is the same as empty.
pub(crate) fn of(properties: &BasicProperties) -> FieldTable {
    properties.headers().clone().unwrap_or_default()
}

/// The headers without some.
pub(crate) fn without(headers: &FieldTable, names: &[&str]) -> FieldTable {
    let kept = headers.inner().iter().filter(|(name, _)| !names.contains(&name.as_str()));
    FieldTable::from(
        kept.map(|(name, value)| (name.clone(), value.clone())).collect::<std::collections::BTreeMap<_, _>>(),
    )
}

/// Sets a whole number.
pub(crate) fn put_integer(headers: &mut FieldTable, name: &str, value: i64) {
    headers.insert(short(name), AMQPValue::LongLongInt(value));
}

/// Sets a text.
pub(crate) fn put_text(headers: &mut FieldTable, name: &str, value: &str) {
    headers.insert(short(name), AMQPValue::LongString(value.into()));
}

/// A whole number, in whichever way its sender wrote it.
pub(crate) fn integer(headers: &FieldTable, name: &str) -> Option<i64> {
    match headers.inner().get(name)? {
        AMQPValue::ShortShortInt(value) => Some((*value).into()),
        AMQPValue::ShortShortUInt(value) => Some((*value).into()),
        AMQPValue::ShortInt(value) => Some((*value).into()),
        AMQPValue::ShortUInt(value) => Some((*value).into()),
        AMQPValue::LongInt(value) => Some((*value).into()),
        AMQPValue::LongUInt(value) => Some((*value).into()),
        AMQPValue::LongLongInt(value) => Some(*value),
        AMQPValue::Timestamp(value) => i64::try_from(*value).ok(),
        AMQPValue::LongString(value) => std::str::from_utf8(value.as_bytes()).ok()?.trim().parse().ok(),
        _ => None,
    }
}

/// A count that fits into 32 bits; 0 if it is absent or nonsense.
pub(crate) fn counter(headers: &FieldTable, name: &str) -> u32 {
    integer(headers, name).and_then(|value| u32::try_from(value).ok()).unwrap_or(0)
}

/// A text.
pub(crate) fn text(headers: &FieldTable, name: &str) -> Option<String> {
    match headers.inner().get(name)? {
        AMQPValue::LongString(value) => String::from_utf8(value.as_bytes().to_vec()).ok(),
        AMQPValue::ShortString(value) => Some(value.as_str().to_owned()),
        _ => None,
    }
}

/// The protocol's short string, cut to the 255 bytes it can have.
pub(crate) fn short(text: &str) -> ShortString {
    const MOST: usize = 255;
    ShortString::from(cut(text, MOST))
}

/// The text, or as much of it as fits into `most` bytes.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_was_written() {
        let mut headers = FieldTable::default();
        for (name, value) in [
            ("byte", AMQPValue::ShortShortInt(7)),
            ("int", AMQPValue::LongInt(7)),
            ("long", AMQPValue::LongLongInt(7)),
            ("text", AMQPValue::LongString(" 7 ".into())),
        ] {
            headers.insert(name.into(), value);
            assert_eq!(integer(&headers, name), Some(7), "{name}");
        }
        headers.insert("flag".into(), AMQPValue::Boolean(true));
        assert_eq!(integer(&headers, "flag"), None);
        assert_eq!(integer(&headers, "absent"), None);
        headers.insert("negative".into(), AMQPValue::LongInt(-1));
        assert_eq!(counter(&headers, "negative"), 0);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("订单订单", 7), "订单");
        assert_eq!(cut("order", 99), "order");
    }
}
