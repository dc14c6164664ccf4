//! The users of a shop that is there to be tried out, as `user` makes them.

/// Buyers with money and an address.
pub(crate) const BUYERS: [&str; 4] = ["jack", "rose", "hope", "thomas"];
/// The password of each of them.
pub(crate) const PASSWORD: &str = "123";
