//! What one page leaves for the next to say: a sentence in a cookie, marked so that nobody else's is shown.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::secret::WebKey;

/// The cookie with the sentence.
pub(crate) const FLASH: &str = "sandglass_said";
/// The longest sentence, in characters; one that is longer is cut.
const SENTENCE_MAX: usize = 300;
const PURPOSE: &str = "said";

/// Whether it is good news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// It is done.
    Good,
    /// It is not.
    Bad,
}

/// A sentence for the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flash {
    pub(crate) tone: Tone,
    pub(crate) sentence: String,
}

impl Flash {
    /// As a cookie's value.
    pub(crate) fn write(&self, key: &WebKey) -> String {
        let short: String = self.sentence.chars().take(SENTENCE_MAX).collect();
        let tone = match self.tone {
            Tone::Good => "good",
            Tone::Bad => "bad",
        };
        format!("{tone}.{}.{}", URL_SAFE_NO_PAD.encode(&short), key.mark(PURPOSE, &[tone, &short]))
    }

    /// What a cookie's value says, if we wrote it.
    pub(crate) fn read(value: &str, key: &WebKey) -> Option<Self> {
        let mut parts = value.split('.');
        let (word, coded, mark) = (parts.next()?, parts.next()?, parts.next()?);
        let sentence = String::from_utf8(URL_SAFE_NO_PAD.decode(coded).ok()?).ok()?;
        let tone = match word {
            "good" => Tone::Good,
            "bad" => Tone::Bad,
            _ => return None,
        };
        key.is_mark(mark, PURPOSE, &[word, &sentence]).then_some(Self { tone, sentence })
    }

    /// Whether it is bad news.
    pub(crate) fn is_bad(&self) -> bool {
        self.tone == Tone::Bad
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_we_said_is_read() {
        let (key, other) = (WebKey([1; 32]), WebKey([2; 32]));
        let said = Flash { tone: Tone::Bad, sentence: "“茶” is <b>gone</b>".into() };
        let value = said.write(&key);
        assert_eq!(Flash::read(&value, &key), Some(said));
        assert_eq!(Flash::read(&value, &other), None);
        assert_eq!(Flash::read(&value.replacen("bad", "good", 1), &key), None);
        assert_eq!(Flash::read("good.x", &key), None);
    }

    #[test]
    fn a_long_sentence_is_cut_and_still_ours() {
        let key = WebKey([1; 32]);
        let long = Flash { tone: Tone::Good, sentence: "沙".repeat(1_000) };
        assert_eq!(Flash::read(&long.write(&key), &key).unwrap().sentence.chars().count(), SENTENCE_MAX);
    }
}
