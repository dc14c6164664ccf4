//! Whatever lies on a queue is understood or buried with a reason, and has a next step: nothing that somebody else
//! publishes stops the listener.

use clock::{HOUR, Ms};
use delay::Topic;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::codec::decode;
use crate::headers::{ATTEMPTS, CREATED, DELAY, DUE, ORIGIN_QUEUE, REJECTS, TRACE};
use crate::next::{Next, early};
use crate::route::Route;
use crate::steps::Steps;

const NOW: Ms = Ms(1_700_000_000_500);
const SUBJECT: &str = "x-order-id";
const NAMES: [&str; 8] = [TRACE, CREATED, DUE, ATTEMPTS, REJECTS, ORIGIN_QUEUE, DELAY, SUBJECT];

fn routes() -> [Route; 2] {
    let route = |code, name| Route::new(Topic { code, name }, "exchange", "queue", "service");
    [route(1, "by id").delayed(), route(2, "with a body").with_body(SUBJECT)]
}

fn value() -> impl Strategy<Value = AMQPValue> {
    prop_oneof![
        any::<i64>().prop_map(AMQPValue::LongLongInt),
        prop_oneof![Just(i64::MIN), Just(-1), Just(0), Just(i64::MAX)].prop_map(AMQPValue::LongLongInt),
        any::<i8>().prop_map(AMQPValue::ShortShortInt),
        any::<u32>().prop_map(AMQPValue::LongUInt),
        any::<u64>().prop_map(AMQPValue::Timestamp),
        any::<f64>().prop_map(AMQPValue::Double),
        any::<bool>().prop_map(AMQPValue::Boolean),
        ".{0,40}".prop_map(|text| AMQPValue::LongString(text.into())),
        vec(any::<u8>(), 0..40).prop_map(|bytes| AMQPValue::LongString(bytes.into())),
        Just(AMQPValue::Void),
    ]
}

fn properties() -> impl Strategy<Value = BasicProperties> {
    let headers = vec((proptest::sample::select(&NAMES[..]), value()), 0..6);
    (headers, proptest::option::of(any::<u64>())).prop_map(|(headers, timestamp)| {
        let mut table = FieldTable::default();
        for (name, value) in headers {
            table.insert(ShortString::from(name), value);
        }
        let properties = BasicProperties::default().with_headers(table);
        timestamp.map_or(properties.clone(), |seconds| properties.with_timestamp(seconds))
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        "[ \t\"]{0,3}[0-9]{0,25}[ \t\"]{0,3}".prop_map(String::into_bytes),
        r#"[\{\[]{0,60}("userId":[0-9]{1,30},?){0,3}[\}\]]{0,60}"#.prop_map(String::into_bytes),
    ]
}

proptest! {
    #[test]
    fn whatever_comes_is_understood_or_refused_with_a_reason(properties in properties(), body in body()) {
        for route in routes() {
            match decode(&route, &properties, &body, NOW) {
                Err(reason) => prop_assert!(!reason.is_empty()),
                Ok(message) if message.due > NOW => {
                    let Next::PutOff { due, step_ms, .. } = early(message.due, NOW, &Steps::with(&[])) else {
                        return Err(TestCaseError::fail("what is early is put off"));
                    };
                    prop_assert_eq!(due, message.due);
                    prop_assert!((1..=24 * HOUR).contains(&step_ms));
                }
                Ok(message) => prop_assert!(message.ready <= NOW),
            }
        }
    }
}
