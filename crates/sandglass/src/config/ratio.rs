//! A share of a whole.

use serde::{Deserialize, Deserializer, de};

/// A number from 0 to 1; also understood as text, as the environment gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio(pub f64);

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(f64),
            Text(String),
        }
        let ratio = match Either::deserialize(deserializer)? {
            Either::Number(ratio) => Some(ratio),
            Either::Text(text) => text.parse().ok(),
        };
        let ratio = ratio.filter(|ratio| (0.0..=1.0).contains(ratio));
        ratio.map(Self).ok_or_else(|| de::Error::custom("not a number from 0 to 1"))
    }
}
