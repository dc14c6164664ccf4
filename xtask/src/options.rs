//! Options of a chore: `--name value` and `--name`.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::Result;

/// Those that were given.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Options(BTreeMap<String, String>);

impl Options {
    /// Reads `args`, where those of `valued` are followed by a value and those of `flags` stand alone.
    pub(crate) fn parse(args: &[String], valued: &[&str], flags: &[&str]) -> Result<Self> {
        let mut given = BTreeMap::new();
        let mut rest = args.iter();
        while let Some(arg) = rest.next() {
            let name = arg.strip_prefix("--").unwrap_or_default();
            let value = if valued.contains(&name) {
                rest.next().cloned().ok_or_else(|| format!("`{arg}` needs a value"))?
            } else if flags.contains(&name) {
                String::new()
            } else {
                return Err(format!(
                    "there is no option `{arg}` here; `cargo xtask` alone shows those there are"
                ));
            };
            given.insert(name.to_owned(), value);
        }
        Ok(Self(given))
    }

    /// The value given for `name`.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The number given for `name`.
    pub(crate) fn number<N: FromStr>(&self, name: &str) -> Result<Option<N>> {
        let parse = |text: &str| text.parse().map_err(|_| format!("`--{name}` takes a number, not `{text}`"));
        self.value(name).map(parse).transpose()
    }

    /// Whether `name` was given.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Options> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        Options::parse(&args, &["rate", "mode"], &["debug"])
    }

    #[test]
    fn values_and_flags_are_told_apart() {
        let options = parse(&["--rate", "300", "--debug"]).unwrap();
        assert_eq!(options.number::<u32>("rate"), Ok(Some(300)));
        assert!(options.flag("debug") && !options.flag("mode"));
        assert_eq!(options.value("mode"), None);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert!(parse(&["--rat", "3"]).unwrap_err().contains("`--rat`"));
        assert!(parse(&["debug"]).unwrap_err().contains("`debug`"));
        assert!(parse(&["--rate"]).unwrap_err().contains("needs a value"));
        assert!(parse(&["--rate", "many"]).unwrap().number::<u32>("rate").unwrap_err().contains("`many`"));
    }
}
