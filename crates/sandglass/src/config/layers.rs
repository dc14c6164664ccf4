//! Puts the layers of the configuration on top of each other.

use std::path::Path;

use toml::{Table, Value};

use super::Config;

const DEFAULTS: &str = include_str!("../../sandglass.default.toml");
const PREFIX: &str = "SANDGLASS_";

/// Variables of our name that are no keys: the load tool's password, and what tests and chores are told.
const OTHERS: [&str; 3] = ["staff_password", "test_", "cluster_"];

/// What is wrong with the configuration: one sentence that names the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(pub String);

/// The layers laid so far.
pub struct Layers {
    table: Table,
}

impl Layers {
    /// The defaults alone.
    pub fn defaults() -> Self {
        Self { table: DEFAULTS.parse().unwrap_or_default() }
    }

    /// Lays a file on top.
    pub fn file(mut self, path: &Path) -> Result<Self, Wrong> {
        let wrong = |why: String| Wrong(format!("configuration file {}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let table: Table =
            text.parse().map_err(|error: toml::de::Error| wrong(error.message().to_owned()))?;
        for (key, value) in table {
            self.known(&key).map_err(|Wrong(why)| wrong(why))?;
            self.table.insert(key, value);
        }
        Ok(self)
    }

    /// Lays the environment on top. `SANDGLASS_DATA=…` sets the key `data`.
    pub fn environment(mut self, variables: impl Iterator<Item = (String, String)>) -> Result<Self, Wrong> {
        for (name, text) in variables {
            let Some(key) = name.strip_prefix(PREFIX).map(str::to_lowercase) else { continue };
            if OTHERS.iter().any(|other| key.starts_with(other)) {
                continue;
            }
            self.known(&key).map_err(|Wrong(why)| Wrong(format!("environment variable {name}: {why}")))?;
            self = self.set(&key, &text);
        }
        Ok(self)
    }

    /// Lays one value on top, given as text, after looking whether there is such a key.
    pub fn checked_set(self, key: &str, text: &str) -> Result<Self, Wrong> {
        self.known(key)?;
        Ok(self.set(key, text))
    }

    /// Lays one value on top, given as text.
    #[must_use]
    pub fn set(mut self, key: &str, text: &str) -> Self {
        let like = self.table.get(key);
        let value = match like {
            Some(Value::Boolean(_)) => text.parse().map_or_else(|_| Value::from(text), Value::Boolean),
            Some(Value::Array(_)) => list(text),
            _ => Value::from(text),
        };
        self.table.insert(key.to_owned(), value);
        self
    }

    /// Checks everything.
    pub fn config(mut self) -> Result<Config, Wrong> {
        // An empty text is how a file says "not set".
        self.table.retain(|key, value| {
            !(key.starts_with("payment_window_") && value.as_str().is_some_and(str::is_empty))
        });
        Value::Table(self.table)
            .try_into()
            .map_err(|error: toml::de::Error| {
                Wrong(format!("configuration: {}", error.to_string().trim().replace('\n', " ")))
            })
            .and_then(Config::check)
    }

    fn known(&self, key: &str) -> Result<(), Wrong> {
        if self.table.contains_key(key) {
            return Ok(());
        }
        let near = self.table.keys().min_by_key(|known| distance(known, key)).cloned().unwrap_or_default();
        Err(Wrong(format!("unknown key `{key}`; did you mean `{near}`?")))
    }
}

/// The parts of a text between commas.
fn list(text: &str) -> Value {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(Value::from).collect::<Vec<_>>().into()
}

/// How many letters must change to make one text of the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Result<Layers, Wrong> {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Layers::defaults().environment(owned)
    }

    #[test]
    fn the_defaults_are_whole() {
        let config = Layers::defaults().config().unwrap();
        assert_eq!(config.windows_ms(), [30 * clock::MINUTE; 3]);
        assert_eq!(config.check_delays.len(), 3);
    }

    #[test]
    fn later_layers_win() {
        let layers = environment(&[("SANDGLASS_PAYMENT_WINDOW", "15m"), ("SANDGLASS_DEMO", "true")]).unwrap();
        let config = layers.set("payment_window_balance", "3s").config().unwrap();
        assert_eq!(config.windows_ms(), [15 * clock::MINUTE, 15 * clock::MINUTE, 3 * clock::SECOND]);
        assert!(config.demo);
    }

    #[test]
    fn what_other_commands_are_told_is_no_key() {
        assert!(
            environment(&[("SANDGLASS_STAFF_PASSWORD", "x"), ("SANDGLASS_TEST_ENGINE", "sqlite")]).is_ok()
        );
    }

    #[test]
    fn an_unknown_key_is_named_with_its_neighbour() {
        let Err(Wrong(why)) = environment(&[("SANDGLASS_PAYMENT_WINDOWS", "1m")]) else { panic!("accepted") };
        assert!(why.contains("payment_windows") && why.contains("`payment_window`"), "{why}");
    }

    #[test]
    fn a_bad_value_names_its_key() {
        for (key, bad) in [
            ("payment_window", "soon"),
            ("listen", "here"),
            ("chaos", "maybe"),
            ("payment_window", "0s"),
            ("otlp_sample", "1.5"),
        ] {
            let Err(Wrong(why)) = Layers::defaults().set(key, bad).config() else {
                panic!("{key}={bad} accepted")
            };
            assert!(why.contains(key), "{why}");
        }
    }

    #[test]
    fn windows_over_a_day_are_taken_as_written() {
        let long = Layers::defaults().set("payment_window", "25h").set("payment_window_wechat", "60d");
        let windows_ms = long.config().unwrap().windows_ms();
        assert_eq!(windows_ms, [25 * clock::HOUR, 60 * 24 * clock::HOUR, 25 * clock::HOUR]);
    }

    #[test]
    fn no_setting_puts_the_sweeps_off_for_longer_than_an_hour() {
        let every = |span| Layers::defaults().set("sweep_interval", span).config();
        for long in ["3601s", "2h", "366d"] {
            let Err(Wrong(why)) = every(long) else { panic!("{long} accepted") };
            assert!(why.contains("sweep_interval"), "{why}");
        }
        assert_eq!(every("1h").unwrap().sweep_interval.ms(), clock::HOUR);
    }

    #[test]
    fn chaos_is_refused_outside_loopback() {
        let open = Layers::defaults().set("chaos", "true").set("listen", "0.0.0.0:80").config();
        assert!(open.unwrap_err().0.contains("chaos"));
    }
}
