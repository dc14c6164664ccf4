//! Messages to the wire and back. What is published can be read by Spring AMQP's JSON converter, and what Spring
//! AMQP publishes can be read here: with or without `__TypeId__`, a number or a quoted number, no message id.

use clock::{Ms, SECOND};
use delay::Message;
use lapin::BasicProperties;
use lapin::types::FieldTable;
use serde::de::IgnoredAny;

use crate::headers::{self, short};
use crate::route::{Codec, Route};

const PERSISTENT: u8 = 2;

/// A message on the wire.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) properties: BasicProperties,
    pub(crate) body: Vec<u8>,
}

/// Writes a message as its route has it.
pub(crate) fn encode(route: &Route, message: &Message) -> Wire {
    let mut table = FieldTable::default();
    headers::put_integer(&mut table, headers::CREATED, message.created.0);
    headers::put_integer(&mut table, headers::DUE, message.due.0);
    if let Some(type_id) = &route.type_id {
        headers::put_text(&mut table, headers::TYPE_ID, type_id);
    }
    if !message.trace.is_empty() {
        headers::put_text(&mut table, headers::TRACE, &message.trace);
    }
    let body = match &route.codec {
        Codec::Id => message.subject.to_string().into_bytes(),
        Codec::Body { subject_header } => {
            headers::put_text(&mut table, subject_header, &message.subject.to_string());
            message.body.clone()
        }
    };
    let properties = BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("UTF-8".into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(short(&message_id(message)))
        .with_timestamp(u64::try_from(message.created.0 / SECOND).unwrap_or(0))
        .with_headers(table);
    Wire { properties, body }
}

/// The id of a message: the same for each copy of it.
pub(crate) fn message_id(message: &Message) -> String {
    format!("{}-{}-{}", message.topic.name, message.subject, message.due.0)
}

/// Reads a message that arrived at `now`; the error says what cannot be understood.
pub(crate) fn decode(
    route: &Route,
    properties: &BasicProperties,
    body: &[u8],
    now: Ms,
) -> Result<Message, String> {
    let table = headers::of(properties);
    let (subject, content) = match &route.codec {
        Codec::Id => (subject_of(body)?, Vec::new()),
        Codec::Body { subject_header } => (subject_in(&table, subject_header)?, json(body)?),
    };
    // A stranger's message says at most when it was sent, and no message was sent in the future.
    let sent = properties.timestamp().and_then(|seconds| i64::try_from(seconds).ok());
    let sent = sent.map(|seconds| Ms(seconds.saturating_mul(SECOND)).min(now));
    let created = headers::integer(&table, headers::CREATED).map(Ms).or(sent).unwrap_or(now);
    // A delay the plugin has not served yet: afterwards its sign is turned around.
    let unserved =
        headers::integer(&table, headers::DELAY).filter(|delay| *delay > 0).map(|delay| now + delay);
    let due = headers::integer(&table, headers::DUE).map(Ms).or(unserved).or(sent).unwrap_or(now);
    Ok(Message {
        ready: due,
        body: content,
        attempts: headers::counter(&table, headers::ATTEMPTS),
        rejects: headers::counter(&table, headers::REJECTS),
        trace: headers::text(&table, headers::TRACE).unwrap_or_default(),
        ..Message::new(route.topic, subject, due, created)
    })
}

/// `185` or `"185"`, with white space around.
fn subject_of(body: &[u8]) -> Result<u64, String> {
    let text = std::str::from_utf8(body).map_err(|_| not_an_id(body))?.trim();
    let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
    digits(bare).ok_or_else(|| not_an_id(body))
}

fn subject_in(table: &FieldTable, header: &str) -> Result<u64, String> {
    if !table.contains_key(header) {
        return Ok(0);
    }
    let text = headers::text(table, header).and_then(|text| digits(text.trim()));
    let number = || headers::integer(table, header).and_then(|number| u64::try_from(number).ok());
    text.or_else(number).ok_or_else(|| format!("the header `{header}` is not an id"))
}

fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn not_an_id(body: &[u8]) -> String {
    const SHOWN: usize = 80;
    let text = String::from_utf8_lossy(&body[..body.len().min(SHOWN)]).into_owned();
    format!("the body is not an id, a whole number or one in quotes: {text:?}")
}

fn json(body: &[u8]) -> Result<Vec<u8>, String> {
    let body = body.trim_ascii();
    serde_json::from_slice::<IgnoredAny>(body).map_err(|error| format!("the body is not JSON: {error}"))?;
    Ok(body.to_vec())
}

#[cfg(test)]
mod tests {
    use delay::Topic;
    use lapin::types::{AMQPValue, ShortString};

    use super::*;

    const CHECK: Topic = Topic { code: 1, name: "delay.order.query" };
    const CART: Topic = Topic { code: 2, name: "order.create" };
    const NOW: Ms = Ms(1_700_000_000_500);

    fn check() -> Route {
        Route::new(CHECK, "trade.delay.direct", "trade.delay.order.queue", "trade")
            .delayed()
            .with_type_id("java.lang.Long")
    }

    fn cart() -> Route {
        Route::new(CART, "trade.topic", "cart.clear.queue", "cart").with_body("x-order-id")
    }

    fn plain(route: &Route, body: &str) -> Result<Message, String> {
        decode(route, &BasicProperties::default(), body.as_bytes(), NOW)
    }

    #[test]
    fn a_message_comes_back_as_it_went() {
        let sent = Message {
            trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
            ..Message::new(CART, 185, Ms(70_123), Ms(60_456))
                .with_body(br#"{"userId":1,"itemIds":[2]}"#.to_vec())
        };
        let wire = encode(&cart(), &sent);
        assert_eq!(decode(&cart(), &wire.properties, &wire.body, NOW), Ok(sent));
    }

    #[test]
    fn what_is_published_has_what_spring_needs() {
        let wire = encode(&check(), &Message::new(CHECK, 1_850_000_000_000_000_001, Ms(70_123), Ms(60_456)));
        assert_eq!(wire.body, b"1850000000000000001");
        let properties = &wire.properties;
        assert_eq!(properties.content_type().as_ref().map(ShortString::as_str), Some("application/json"));
        assert_eq!(properties.delivery_mode(), &Some(2));
        assert_eq!(properties.timestamp(), &Some(60));
        assert!(properties.message_id().is_some());
        let type_id = headers::of(properties).inner().get(headers::TYPE_ID).cloned();
        assert_eq!(type_id, Some(AMQPValue::LongString("java.lang.Long".into())));
    }

    #[test]
    fn an_id_may_be_quoted_and_surrounded_by_white_space() {
        for body in ["185", " 185\n", "\"185\"", "\t\"185\" ", "0185"] {
            assert_eq!(plain(&check(), body).map(|message| message.subject), Ok(185), "{body:?}");
        }
    }

    #[test]
    fn anything_else_is_not_understood() {
        for body in
            ["", "\"\"", "-1", "+1", "1.0", "1e3", "{}", "[1]", "null", "1 2", "99999999999999999999", "\"1"]
        {
            assert!(plain(&check(), body).is_err(), "{body:?}");
        }
        assert!(decode(&check(), &BasicProperties::default(), &[0xFF, 0xFE], NOW).is_err());
        for body in ["", "{", "userId=1"] {
            assert!(plain(&cart(), body).is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_strangers_message_is_due_when_it_was_sent_or_now() {
        let at = |seconds: u64| {
            let properties = BasicProperties::default().with_timestamp(seconds);
            decode(&check(), &properties, b"185", NOW).map(|message| (message.due, message.created))
        };
        assert_eq!(plain(&check(), "185").map(|message| message.due), Ok(NOW));
        assert_eq!(at(1_700_000_000), Ok((Ms(1_700_000_000_000), Ms(1_700_000_000_000))));
        // Milliseconds where seconds belong: the message would wait for tens of thousands of years.
        assert_eq!(at(1_700_000_000_500), Ok((NOW, NOW)));
    }

    #[test]
    fn a_strangers_delay_counts_until_the_plugin_has_served_it() {
        let due = |delay: i64| {
            let mut table = FieldTable::default();
            headers::put_integer(&mut table, headers::DELAY, delay);
            let properties = BasicProperties::default().with_headers(table);
            decode(&check(), &properties, b"185", NOW).map(|message| message.due)
        };
        assert_eq!(due(10_000), Ok(NOW + 10_000));
        assert_eq!(due(-10_000), Ok(NOW));
    }

    #[test]
    fn a_body_without_its_subject_is_about_nobody() {
        assert_eq!(plain(&cart(), r#"{"userId":1}"#).map(|message| message.subject), Ok(0));
        let mut table = FieldTable::default();
        table.insert("x-order-id".into(), AMQPValue::LongLongInt(7));
        let properties = BasicProperties::default().with_headers(table.clone());
        assert_eq!(decode(&cart(), &properties, b"{}", NOW).map(|message| message.subject), Ok(7));
        table.insert("x-order-id".into(), AMQPValue::Boolean(true));
        let properties = BasicProperties::default().with_headers(table);
        assert!(decode(&cart(), &properties, b"{}", NOW).is_err());
    }

    #[test]
    fn counters_of_tries_are_read_back() {
        let mut table = FieldTable::default();
        headers::put_integer(&mut table, headers::ATTEMPTS, 9);
        headers::put_integer(&mut table, headers::REJECTS, 2);
        let properties = BasicProperties::default().with_headers(table);
        let message = decode(&check(), &properties, b"1", NOW).unwrap();
        assert_eq!((message.attempts, message.rejects), (9, 2));
    }
}
