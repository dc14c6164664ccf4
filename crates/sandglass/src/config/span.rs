//! A span of time as people write it.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, de};

/// The longest span a key takes: a year.
const LONGEST_MS: i64 = 366 * 24 * clock::HOUR;

/// A span of time, such as `100ms`, `3s`, `30m`, `2h` or `1d`; longer than nothing, at most a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

impl Span {
    /// In milliseconds.
    pub fn ms(self) -> i64 {
        self.0
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no duration: write a number and ms, s, m, h or d, such as 30m");
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(split);
        let unit_ms = match unit.trim() {
            "ms" => 1,
            "s" => clock::SECOND,
            "m" => clock::MINUTE,
            "h" => clock::HOUR,
            "d" => 24 * clock::HOUR,
            _ => return Err(wrong()),
        };
        let span_ms =
            number.parse::<i64>().ok().and_then(|count| count.checked_mul(unit_ms)).ok_or_else(wrong)?;
        if (1..=LONGEST_MS).contains(&span_ms) {
            Ok(Self(span_ms))
        } else {
            Err(format!("`{text}` must lie between 1ms and 366d"))
        }
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
