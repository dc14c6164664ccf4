//! Bodies that should not be: spoiled systematically, and by seeded chance.

use serde_json::{Value, json};

/// How deep a body is nested that only means to exhaust a stack.
const DEPTH: usize = 5_000;
/// How long a text is that nobody would type.
const LONG: usize = 100_000;

/// Bodies that are wrong whatever is asked for.
pub(crate) fn wrong_bodies(sample: &Value) -> Vec<Vec<u8>> {
    let whole = sample.to_string().into_bytes();
    let truncated = whole[..whole.len() - 1].to_vec();
    let nested =
        |open: &str, close: &str| format!("{}{}", open.repeat(DEPTH), close.repeat(DEPTH)).into_bytes();
    let texts = ["", "not json", "null", "1", "\"text\"", "true", "[1]", "{\"a\":1", "\u{feff}{}", "{} {}"];
    let mut bodies: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    bodies.extend([truncated, vec![0xff, 0xfe, 0x00], nested("[", "]"), nested("{\"a\":", "}")]);
    bodies
}

/// What is put in the place of something else.
pub(crate) fn junk() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(1e308),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(""),
        json!("-1"),
        json!("9223372036854775808"),
        json!("'; DROP TABLE trade_orders;--"),
        json!("٣\u{0}\u{202e}😀"),
        json!("9999-12-31T23:59:59.999+00:00"),
        json!("a".repeat(LONG)),
        json!([]),
        json!({}),
        json!([[1]]),
    ]
}

/// Every value within `sample` replaced by every piece of junk, one at a time; and each left out.
pub(crate) fn spoiled(sample: &Value) -> Vec<Value> {
    let mut bodies = Vec::new();
    for pointer in pointers(sample) {
        for piece in junk() {
            let mut body = sample.clone();
            *body.pointer_mut(&pointer).unwrap() = piece;
            bodies.push(body);
        }
        bodies.push(without(sample, &pointer));
    }
    bodies
}

/// Where `value` has values inside, however deep.
fn pointers(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(name, inner)| (name.clone(), inner)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(at, inner)| (at.to_string(), inner)).collect(),
        _ => Vec::new(),
    };
    let below = |(name, inner): (String, &Value)| {
        let deeper = pointers(inner).into_iter().map({
            let name = name.clone();
            move |rest| format!("/{name}{rest}")
        });
        std::iter::once(format!("/{name}")).chain(deeper).collect::<Vec<_>>()
    };
    children.into_iter().flat_map(below).collect()
}

fn without(sample: &Value, pointer: &str) -> Value {
    let mut body = sample.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(members) => drop(members.remove(name)),
        Value::Array(list) => list.clear(),
        _ => {}
    }
    body
}

/// A seeded source of choices (`splitmix64`): the same seed spoils the same way.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed >> 33) % bound as u64).unwrap()
    }

    /// `sample` with several places spoiled at once.
    pub(crate) fn spoil(&mut self, sample: &Value) -> Value {
        let mut body = sample.clone();
        for _ in 0..=self.below(3) {
            let places = pointers(&body);
            if places.is_empty() {
                break;
            }
            let place = &places[self.below(places.len())];
            let mut pieces = junk();
            *body.pointer_mut(place).unwrap() = pieces.swap_remove(self.below(pieces.len()));
        }
        body
    }

    /// `bytes` with a few of them changed.
    pub(crate) fn garble(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.below(4) {
            let place = self.below(bytes.len());
            bytes[place] = u8::try_from(self.below(256)).unwrap();
        }
        bytes
    }
}
