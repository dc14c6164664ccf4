//! On what, when and by which command a report was made; numbers mean little without it.

use serde::Serialize;

use crate::machine::Machine;
use crate::wall;

/// Options whose value is nobody's business.
const SECRET: [&str; 1] = ["--staff-password"];
/// How a program's own file is named in a report.
const PROGRAM: &str = "sandglass";

/// How a report came about.
#[derive(Clone, Debug, Serialize)]
pub struct Made {
    /// The command, as somebody can type it again; without passwords.
    pub command: String,
    /// When it was finished, in UTC.
    pub date: String,
    /// The machine.
    pub machine: Machine,
}

impl Made {
    /// By this process, now.
    pub fn now() -> Self {
        let command = command(std::env::args().skip(1));
        Self { command, date: wall::date(), machine: Machine::look() }
    }
}

/// The command line of `words`, quoted where a shell needs it.
fn command(words: impl IntoIterator<Item = String>) -> String {
    let mut shown = vec![PROGRAM.to_owned()];
    let mut secret = false;
    for word in words {
        shown.push(if secret { "…".to_owned() } else { quoted(&without_secret(&word)) });
        secret = SECRET.contains(&word.as_str());
    }
    shown.join(" ")
}

fn without_secret(word: &str) -> String {
    let named = word.split_once('=').filter(|(name, _)| SECRET.contains(name));
    named.map_or_else(|| word.to_owned(), |(name, _)| format!("{name}=…"))
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./:=,@%+…".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> String {
        command(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn a_command_can_be_typed_again() {
        assert_eq!(of(&["bench", "orders", "--html", "my report's.html"]), {
            r"sandglass bench orders --html 'my report'\''s.html'"
        });
    }

    #[test]
    fn a_password_is_in_no_report() {
        for words in [&["--staff-password", "secret", "--hot"][..], &["--staff-password=secret", "--hot"]] {
            let shown = of(words);
            assert!(!shown.contains("secret") && shown.ends_with("--hot"), "{shown}");
        }
    }
}
