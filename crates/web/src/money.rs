//! Money: integer cents, shown in yuan.

use std::fmt;

use serde::Deserialize;

/// An amount in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub(crate) struct Money(pub(crate) i64);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "−" } else { "" };
        write!(f, "{sign}¥{}.{:02}", grouped(cents / 100), cents % 100)
    }
}

impl Money {
    /// As a person types it: `12`, `12.5` or `12.34`; nothing else is money.
    pub(crate) fn typed(text: &str) -> Option<Self> {
        let (yuan, cents) = text.trim().trim_start_matches('¥').split_once('.').unwrap_or((text.trim(), ""));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if yuan.is_empty() || yuan.len() > 12 || cents.len() > 2 || !digits(yuan) || !digits(cents) {
            return None;
        }
        let cents: i64 = format!("{cents:0<2}").parse().ok()?;
        yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(cents).map(Self)
    }

    /// As it is typed, without the sign.
    pub(crate) fn plain(self) -> String {
        if self.0 % 100 == 0 {
            (self.0 / 100).to_string()
        } else {
            format!("{}.{:02}", self.0 / 100, (self.0 % 100).abs())
        }
    }

    /// So many times as much.
    pub(crate) fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

impl std::iter::Sum for Money {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self(0), |sum, one| Self(sum.0.saturating_add(one.0)))
    }
}

/// With a comma between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_shown_in_yuan() {
        assert_eq!(Money(12_900).to_string(), "¥129.00");
        assert_eq!(Money(123_456_705).to_string(), "¥1,234,567.05");
        assert_eq!(Money(-5).to_string(), "−¥0.05");
    }

    #[test]
    fn what_people_type_is_money_or_nothing() {
        for (text, cents) in [("12", 1_200), (" 12.5 ", 1_250), ("0.05", 5), ("12.", 1_200)] {
            assert_eq!(Money::typed(text), Some(Money(cents)), "{text}");
        }
        for text in ["", ".5", "1,5", "-1", "1e3", "12.345", "9999999999999"] {
            assert_eq!(Money::typed(text), None, "{text}");
        }
        assert_eq!((Money(1_200).plain(), Money(1_250).plain()), ("12".into(), "12.50".into()));
    }
}
