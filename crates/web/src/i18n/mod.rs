//! The languages of the pages. Every sentence stands in one table with both its forms, so that none can be missing.

mod words;

use std::fmt::Display;

use http::HeaderMap;
use http::header::ACCEPT_LANGUAGE;

pub(crate) use words::Words;

/// A language of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lang {
    /// English; also for whoever prefers neither.
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// All there are.
    pub(crate) const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The tag in cookies, in `lang`, and for the interface.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::Zh => "zh-CN",
        }
    }

    /// What its readers call it.
    pub(crate) fn own_name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::Zh => "中文",
        }
    }

    /// The one a tag names: by its first two letters.
    pub(crate) fn tagged(tag: &str) -> Option<Self> {
        match tag.get(..2)? {
            two if two.eq_ignore_ascii_case("zh") => Some(Lang::Zh),
            two if two.eq_ignore_ascii_case("en") => Some(Lang::En),
            _ => None,
        }
    }

    /// The one the browser asks for: whichever of the two it names first.
    pub(crate) fn accepted(headers: &HeaderMap) -> Self {
        let wanted = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
        wanted.split(',').map(str::trim).find_map(Self::tagged).unwrap_or(Lang::En)
    }

    /// The storefront's words.
    pub(crate) fn words(self) -> &'static Words {
        match self {
            Lang::En => &Words::EN,
            Lang::Zh => &Words::ZH,
        }
    }

    /// One of the two.
    pub(crate) fn pick<T>(self, en: T, zh: T) -> T {
        match self {
            Lang::En => en,
            Lang::Zh => zh,
        }
    }
}

/// A sentence with its places `{0}`, `{1}`, … filled. What is put in is not looked into again.
pub(crate) fn fill(sentence: &str, values: &[&dyn Display]) -> String {
    let mut filled = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        let place = rest[open + 1..].split_once('}');
        let value =
            place.and_then(|(number, after)| Some((values.get(number.parse::<usize>().ok()?)?, after)));
        let Some((value, after)) = value else { break };
        filled.push_str(&rest[..open]);
        filled.push_str(&value.to_string());
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// A table of words: a type with a field for each, and its two languages. A word that nobody uses is a warning, and
/// one that lacks a language does not compile.
macro_rules! word_table {
    ($(#[$about:meta])* $name:ident { $($key:ident: $en:literal, $zh:literal;)* }) => {
        $(#[$about])*
        pub(crate) struct $name { $(pub(crate) $key: &'static str,)* }

        impl $name {
            pub(crate) const EN: Self = Self { $($key: $en,)* };
            pub(crate) const ZH: Self = Self { $($key: $zh,)* };
            /// Every word: its name, in English, in Chinese.
            #[cfg(test)]
            pub(crate) const ALL: &'static [(&'static str, &'static str, &'static str)] =
                &[$((stringify!($key), $en, $zh),)*];
        }
    };
}
pub(crate) use word_table;

/// What must hold of every table of words.
#[cfg(test)]
pub(crate) fn check(all: &[(&str, &str, &str)]) {
    let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let places = |text: &str| (0..6).filter(|n| text.contains(&format!("{{{n}}}"))).collect::<Vec<_>>();
    for (key, en, zh) in all {
        assert!(!en.trim().is_empty() && !zh.trim().is_empty(), "`{key}` is empty");
        assert!(!is_chinese(en), "`{key}` is Chinese in English");
        assert!(is_chinese(zh), "`{key}` is not Chinese");
        assert_eq!(places(en), places(zh), "`{key}` has other places");
        assert_eq!(places(en).len(), en.matches('{').count(), "`{key}` has a place without a number");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_are_complete() {
        check(Words::ALL);
    }

    #[test]
    fn what_is_put_in_is_not_looked_into() {
        assert_eq!(fill("only {1} of {0}", &[&"{1}", &2]), "only 2 of {1}");
        assert_eq!(fill("a { b {0}", &[&1]), "a { b {0}");
        assert_eq!(fill("{7}", &[&1]), "{7}");
    }

    #[test]
    fn the_browsers_first_language_counts() {
        let accepted = |text: &'static str| {
            Lang::accepted(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, text.parse().unwrap())]))
        };
        assert_eq!(accepted("fr, zh-CN;q=0.9, en;q=0.8"), Lang::Zh);
        assert_eq!(accepted("EN-us, zh"), Lang::En);
        assert_eq!(accepted("é"), Lang::En);
        assert_eq!(accepted(""), Lang::En);
    }
}
