//! What several processes need to know: where the database, the broker and the others are.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, de};

use super::{Config, Wrong};
use crate::shop::Role;

/// Stands for the name of a service.
const ROLE: &str = "{role}";
/// What the role that only reads, for the audit, is called in place of a service.
const AUDITOR: &str = "auditor";
/// Whoever has the operator's token may do anything: it must not be guessed.
const OPS_TOKEN_MIN: usize = 32;

/// A text that may hold a password, and is not shown.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "empty" } else { "hidden" })
    }
}

/// A number of things; also understood as text, as the environment gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number(pub usize);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(usize),
            Text(String),
        }
        let count = match Either::deserialize(deserializer)? {
            Either::Number(count) => Some(count),
            Either::Text(text) => text.parse().ok(),
        };
        count.map(Self).ok_or_else(|| de::Error::custom("not a whole number"))
    }
}

impl Config {
    /// Whether the shop is kept in `PostgreSQL`, by any number of processes.
    pub fn is_cluster(&self) -> bool {
        !self.database.0.is_empty()
    }

    /// How `role`'s process reaches its schema.
    pub fn database_of(&self, role: Role) -> Result<String, Wrong> {
        self.database_as(role.name())
    }

    /// How whoever only reads reaches all schemas.
    pub fn database_of_auditor(&self) -> Result<String, Wrong> {
        self.database_as(AUDITOR)
    }

    fn database_as(&self, name: &str) -> Result<String, Wrong> {
        let address = self.database.0.replace(ROLE, name);
        if self.database_password_file.is_empty() {
            return Ok(address);
        }
        let password = secret("database_password_file", &self.database_password_file.replace(ROLE, name))?;
        Ok(with_password(&address, &password))
    }

    /// The broker's address, if there is a broker. It may hold a password.
    pub fn broker_address(&self) -> Result<Option<String>, Wrong> {
        match (self.broker.0.as_str(), self.broker_file.as_str()) {
            ("", "") => Ok(None),
            ("", file) => secret("broker_file", file).map(Some),
            (address, _) => Ok(Some(address.to_owned())),
        }
    }

    /// The token of every operator's port, if it is not made anew at each start.
    pub fn ops_token(&self) -> Result<Option<String>, Wrong> {
        let file = self.ops_token_file.as_str();
        let token = if file.is_empty() { None } else { Some(secret("ops_token_file", file)?) };
        match token {
            Some(token) if token.len() < OPS_TOKEN_MIN => Err(Wrong(format!(
                "configuration: `ops_token_file`: {file} holds fewer than {OPS_TOKEN_MIN} characters"
            ))),
            token => Ok(token),
        }
    }

    /// Where `role`'s replicas are.
    pub fn replicas_of(&self, role: Role) -> &[String] {
        match role {
            Role::Gateway => &self.gateway_at,
            Role::Web => &[],
            Role::User => &self.user_at,
            Role::Item => &self.item_at,
            Role::Cart => &self.cart_at,
            Role::Trade => &self.trade_at,
            Role::Pay => &self.pay_at,
        }
    }

    /// Where the sandbox provider is, and the secret shared with it; `None` if payments are by balance alone.
    pub fn sandbox(&self) -> Result<Option<(String, provider::Key)>, Wrong> {
        if self.sandbox_at.is_empty() {
            return Ok(None);
        }
        let text = secret("sandbox_key_file", &self.sandbox_key_file)?;
        let short =
            |why| Wrong(format!("configuration: `sandbox_key_file`: {}: {why}", self.sandbox_key_file));
        provider::Key::new(text.as_bytes()).map(|key| Some((self.sandbox_at.clone(), key))).map_err(short)
    }

    /// The directory of the keys.
    pub fn keys_dir(&self) -> PathBuf {
        if self.keys.as_os_str().is_empty() { self.data.join("keys") } else { self.keys.clone() }
    }
}

/// The content of a secret file, which the key `key` names.
fn secret(key: &str, file: &str) -> Result<String, Wrong> {
    let text = std::fs::read_to_string(file);
    let text =
        text.map_err(|error| Wrong(format!("configuration: `{key}`: {file} cannot be read: {error}")))?;
    Ok(text.trim().to_owned())
}

/// The address with a password, in whichever of its two forms it is written.
fn with_password(address: &str, password: &str) -> String {
    if let Some((scheme, rest)) = address.split_once("://")
        && let Some((user, place)) = rest.split_once('@')
    {
        return format!("{scheme}://{user}:{}@{place}", percent(password));
    }
    let quoted = password.replace('\\', "\\\\").replace('\'', "\\'");
    format!("{address} password='{quoted}'")
}

/// Everything but letters and digits as `%XX`.
fn percent(text: &str) -> String {
    let escaped = |byte: u8| match byte {
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    fn with(pairs: &[(&str, &str)]) -> Config {
        pairs.iter().fold(Layers::defaults(), |layers, (key, value)| layers.set(key, value)).config().unwrap()
    }

    #[test]
    fn each_service_has_a_role_and_a_password_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("trade"), "it's @ secret\n").unwrap();
        let file = dir.path().join("{role}").display().to_string();
        let pairs = |database| with(&[("database", database), ("database_password_file", &file)]);
        let words = pairs("host=h user=sandglass_{role}").database_of(Role::Trade).unwrap();
        assert_eq!(words, r"host=h user=sandglass_trade password='it\'s @ secret'");
        let url = pairs("postgres://sandglass_{role}@h/d").database_of(Role::Trade).unwrap();
        assert_eq!(url, "postgres://sandglass_trade:it%27s%20%40%20secret@h/d");
        assert!(pairs("host=h").database_of(Role::Pay).unwrap_err().0.contains("database_password_file"));
    }

    #[test]
    fn the_sandbox_needs_its_key_and_a_good_one() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key").display().to_string();
        std::fs::write(&file, "short\n").unwrap();
        let config = with(&[("sandbox_at", "http://127.0.0.1:1"), ("sandbox_key_file", &file)]);
        assert!(config.sandbox().unwrap_err().0.contains("sandbox_key_file"));
        std::fs::write(&file, "0123456789abcdef0123456789abcdef\n").unwrap();
        assert_eq!(config.sandbox().unwrap().unwrap().0, "http://127.0.0.1:1");
        assert!(Layers::defaults().config().unwrap().sandbox().unwrap().is_none());
        let alone = Layers::defaults().set("sandbox_at", "http://127.0.0.1:1").config();
        assert!(alone.unwrap_err().0.contains("sandbox_key_file"));
    }

    #[test]
    fn lists_and_counts_come_from_text_too() {
        let config = with(&[("trade_at", "http://a:1, http://b:2"), ("database_connections", "3")]);
        assert_eq!(config.replicas_of(Role::Trade), ["http://a:1", "http://b:2"]);
        assert_eq!(config.database_connections, Number(3));
        assert!(Layers::defaults().set("database_connections", "0").config().is_err());
    }
}
