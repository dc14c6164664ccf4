//! What a token says.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What the bearer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Shops: sees and pays their own orders.
    Buyer,
    /// Runs the shop.
    Staff,
    /// Sees what staff see, changes nothing.
    StaffRead,
    /// One of our own processes.
    Service,
}

/// Whom a token is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The user; 0 for services.
    pub user: u64,
    /// The user's or the service's name, for people to read.
    pub name: String,
    /// What the bearer may do.
    pub role: Role,
}

impl Identity {
    /// One of our own processes, by the name of its role (`trade`, `pay`, …).
    pub fn service(name: impl Into<String>) -> Self {
        Self { user: 0, name: name.into(), role: Role::Service }
    }
}

/// The payload of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user; 0 for services. Text in the token, as JWT has it.
    #[serde(serialize_with = "write_decimal", deserialize_with = "read_decimal")]
    pub sub: u64,
    /// The user's or the service's name, for people to read.
    pub name: String,
    /// What the bearer may do.
    pub role: Role,
    /// The role of the process that signed, such as `user` or `trade`.
    pub iss: String,
    /// Issued at, seconds since the Unix epoch.
    pub iat: i64,
    /// Valid before, seconds since the Unix epoch.
    pub exp: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn write_decimal<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(number)
}

fn read_decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
}
