//! Times as the interface writes them, shown as people read them, in the zone the shop writes them in.

use clock::{MINUTE, Ms, SECOND};
use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, de};

use crate::i18n::Lang;

/// A point in time, in the shop's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct When {
    at: Ms,
    wall: DateTime,
    text: String,
}

/// Date and time of day, before the offset.
const WALL_LEN: usize = "2026-03-01T12:00:00".len();

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || de::Error::custom("not an RFC 3339 time with offset");
        let at: Timestamp = text.parse().map_err(|_| wrong())?;
        let wall = text.get(..WALL_LEN).and_then(|wall| wall.parse().ok()).ok_or_else(wrong)?;
        Ok(Self { at: Ms(at.as_millisecond()), wall, text })
    }
}

impl When {
    /// The point in time.
    pub(crate) fn ms(&self) -> Ms {
        self.at
    }

    /// For `datetime` attributes.
    pub(crate) fn iso(&self) -> &str {
        &self.text
    }

    /// Day and time of day.
    pub(crate) fn show(&self, lang: Lang) -> String {
        self.wall.strftime(lang.pick("%-d %b %Y, %H:%M", "%Y年%-m月%-d日 %H:%M")).to_string()
    }

    /// The time of day to the second.
    pub(crate) fn clock(&self) -> String {
        self.wall.strftime("%H:%M:%S").to_string()
    }

    /// How long it is from `now` to then, in milliseconds; 0 if it is over.
    pub(crate) fn left_ms(&self, now: &Self) -> i64 {
        self.at.since(now.at).max(0)
    }
}

/// A span as a clock shows it: `29:59`, or `1:00:00` from an hour on. What is begun counts.
pub(crate) fn spell(left_ms: i64) -> String {
    let seconds = (left_ms.max(0) + SECOND - 1) / SECOND;
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{rest:02}") } else { format!("{minutes:02}:{rest:02}") }
}

/// Whether a span is nearly over.
pub(crate) fn is_short(left_ms: i64) -> bool {
    left_ms < 2 * MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_in_the_zone_it_was_written_in() {
        let when: When = serde_json::from_str("\"2026-03-01T20:05:09.005+08:00\"").unwrap();
        assert_eq!(when.show(Lang::En), "1 Mar 2026, 20:05");
        assert_eq!(when.show(Lang::Zh), "2026年3月1日 20:05");
        assert_eq!(when.clock(), "20:05:09");
        assert_eq!(when.ms(), Ms(1_772_366_709_005));
        assert!(serde_json::from_str::<When>("\"yesterday\"").is_err());
    }

    #[test]
    fn a_begun_second_counts_and_nothing_is_less_than_nothing() {
        let shown: Vec<String> = [-5, 0, 1, 59_999, 60_000, 3_600_000].map(spell).to_vec();
        assert_eq!(shown, ["00:00", "00:00", "00:01", "01:00", "01:00", "1:00:00"]);
    }
}
