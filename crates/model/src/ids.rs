//! Ids as the domain and the wire know them: one type a kind, so that an item is never taken for an order.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Declares an id newtype. On the wire an id is a JSON *string* (64 bits do not fit a JavaScript number);
/// coming in, a number is accepted too.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl $name {
            /// As a signed integer, which is how databases store it. Ids never use the sign bit.
            pub fn as_i64(self) -> i64 {
                self.0.cast_signed()
            }

            /// From the database's signed integer.
            pub fn from_i64(stored: i64) -> Self {
                Self(stored.cast_unsigned())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(IdVisitor).map(Self)
            }
        }
    };
}

id!(
    /// An order.
    OrderId
);
id!(
    /// A pay order: the one payment belonging to an order.
    PayOrderId
);
id!(
    /// One attempt at paying a pay order.
    AttemptId
);
id!(
    /// An item of the catalogue.
    ItemId
);
id!(
    /// A user, buyer or staff.
    UserId
);
id!(
    /// A row of a user's cart.
    CartRowId
);
id!(
    /// A delivery address.
    AddressId
);

/// The text is not an id: a decimal integer from 1 to 2^63−1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is a decimal integer from 1 to 9223372036854775807")]
pub struct BadId;

fn parse(text: &str) -> Result<u64, BadId> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let value = if digits { text.parse().map_err(|_| BadId)? } else { return Err(BadId) };
    in_range(value)
}

fn in_range(value: u64) -> Result<u64, BadId> {
    if value == 0 || value > i64::MAX.cast_unsigned() { Err(BadId) } else { Ok(value) }
}

struct IdVisitor;

impl de::Visitor<'_> for IdVisitor {
    type Value = u64;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an id as a string or a number")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<u64, E> {
        in_range(value).map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        u64::try_from(value).map_err(|_| E::custom(BadId)).and_then(|value| self.visit_u64(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        parse(text).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_a_string_and_numbers_are_understood() {
        assert_eq!(serde_json::to_string(&OrderId(42)).unwrap(), "\"42\"");
        assert_eq!(serde_json::from_str::<OrderId>("42").unwrap(), OrderId(42));
        assert_eq!(serde_json::from_str::<OrderId>("\"42\"").unwrap(), OrderId(42));
        for bad in ["0", "-1", "\"\"", "\"+1\"", "1.5", "\"9223372036854775808\"", "18446744073709551615"] {
            assert!(serde_json::from_str::<OrderId>(bad).is_err(), "{bad}");
        }
    }
}
