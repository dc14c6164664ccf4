//! Times on the wire: RFC 3339 with offset and milliseconds, in the configured zone.

use std::sync::OnceLock;

use clock::Ms;
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

static ZONE: OnceLock<TimeZone> = OnceLock::new();

/// Sets the zone in which times are shown. Only the first call counts; without one it is UTC. It is a
/// matter of form like a locale: no decision looks at it.
pub fn show_in(zone: TimeZone) {
    let _ = ZONE.set(zone);
}

/// A point in time on the wire, such as `2026-03-01T12:00:00.000+08:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Ms);

impl Time {
    /// The text form.
    pub fn text(self) -> String {
        let zone = ZONE.get().cloned().unwrap_or(TimeZone::UTC);
        let at = Timestamp::from_millisecond(self.0.0).unwrap_or(Timestamp::UNIX_EPOCH);
        at.to_zoned(zone).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
    }
}

impl From<Ms> for Time {
    fn from(at: Ms) -> Self {
        Self(at)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let at: Timestamp =
            text.parse().map_err(|_| de::Error::custom("not an RFC 3339 time with offset"))?;
        Ok(Self(Ms(at.as_millisecond())))
    }
}

impl utoipa::PartialSchema for Time {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}

impl utoipa::ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_milliseconds_and_offset_and_reads_back() {
        let noon = Time(Ms(1_772_366_400_005));
        assert_eq!(noon.text(), "2026-03-01T12:00:00.005+00:00");
        let back: Time = serde_json::from_str("\"2026-03-01T20:00:00.005+08:00\"").unwrap();
        assert_eq!(back, noon);
    }
}
