//! Cuts text into search words, the same way for what is stored and for what is asked.
//!
//! Latin words and numbers are words as they are (in lower case, `iPhone15` being `iphone` and `15`). Chinese,
//! Japanese and Korean have no blanks between words: each character, and each pair of neighbours, is a word.
//! A question asks for all its pairs, so that words of one or two characters are found as well as long ones.

/// How many words of one question count; the rest adds nothing to find it by.
const ASKED_MAX: usize = 24;
/// From how many letters on the last word may be unfinished.
const PREFIX_MIN: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Digit,
    Ideograph,
    Blank,
}

/// A word that is asked for. It has nothing but letters and digits, so nothing a person types is query syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Whether it may go on: the last one, which is perhaps being typed still.
    pub unfinished: bool,
}

/// All words of some texts, each once.
pub fn index(texts: &[&str]) -> Vec<String> {
    let mut words = Vec::new();
    for (class, run) in texts.iter().flat_map(|text| runs(text)) {
        if class == Class::Ideograph {
            words.extend(singles(&run));
            words.extend(pairs(&run));
        } else {
            words.push(run);
        }
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// The words of a question; all of them must be there. None: it has no word in it, and nothing fits it.
pub fn asked(question: &str) -> Vec<Word> {
    let runs = runs(question);
    let unfinished = runs.last().filter(|run| run.0 == Class::Letter && run.1.len() >= PREFIX_MIN);
    let unfinished = unfinished.map(|run| run.1.clone());
    let mut words: Vec<String> = runs.into_iter().flat_map(asked_words).take(ASKED_MAX).collect();
    words.dedup();
    let word = |text: String| Word { unfinished: unfinished.as_ref() == Some(&text), text };
    words.into_iter().map(word).collect()
}

fn asked_words((class, run): (Class, String)) -> Vec<String> {
    if class != Class::Ideograph {
        return vec![run];
    }
    let pairs = pairs(&run);
    if pairs.is_empty() { vec![run] } else { pairs }
}

fn singles(run: &str) -> impl Iterator<Item = String> {
    run.chars().map(String::from)
}

fn pairs(run: &str) -> Vec<String> {
    let characters: Vec<char> = run.chars().collect();
    characters.windows(2).map(|pair| pair.iter().collect()).collect()
}

/// Runs of characters of one class, in lower case.
fn runs(text: &str) -> Vec<(Class, String)> {
    let mut runs: Vec<(Class, String)> = Vec::new();
    let mut before = Class::Blank;
    for character in text.chars().map(narrow).flat_map(char::to_lowercase) {
        let class = class(character);
        match runs.last_mut() {
            Some((_, run)) if class == before && class != Class::Blank => run.push(character),
            _ if class != Class::Blank => runs.push((class, character.to_string())),
            _ => {}
        }
        before = class;
    }
    runs
}

/// Full-width letters and digits (`Ａ`, `１`) as their usual forms.
fn narrow(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => {
            char::from_u32(u32::from(character) - 0xFF01 + u32::from('!')).unwrap_or(character)
        }
        other => other,
    }
}

fn class(character: char) -> Class {
    match character {
        '\u{2E80}'..='\u{2FDF}'
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{31FF}'
        | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}' => Class::Ideograph,
        digit if digit.is_ascii_digit() => Class::Digit,
        letter if letter.is_alphanumeric() => Class::Letter,
        _ => Class::Blank,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_words_are_kept_and_ideographs_are_paired() {
        assert_eq!(index(&["Starboat 手机壳"]), ["starboat", "壳", "手", "手机", "机", "机壳"]);
        assert_eq!(index(&["iPhone15", "ＩＰＨＯＮＥ"]), ["15", "iphone"]);
    }

    /// The words asked for, a star after the one that may go on.
    fn words_of(question: &str) -> Vec<String> {
        let starred = |word: Word| if word.unfinished { word.text + "*" } else { word.text };
        asked(question).into_iter().map(starred).collect()
    }

    #[test]
    fn a_question_asks_for_pairs_and_for_a_single_only_if_it_is_alone() {
        assert_eq!(words_of("手机壳"), ["手机", "机壳"]);
        assert_eq!(words_of("壳"), ["壳"]);
        assert_eq!(words_of("小米13"), ["小米", "13"]);
        assert_eq!(words_of("red pho"), ["red", "pho*"]);
    }

    #[test]
    fn syntax_is_only_words_or_nothing() {
        assert_eq!(words_of("\" OR * NOT("), ["or", "not*"]);
        assert!(words_of("';--\"*^(){}").is_empty());
        assert!(words_of("").is_empty());
    }
}
