//! The dictionary: every word with the items that have it, sorted, so that an unfinished word is a range.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use roaring::{MultiOps, RoaringBitmap};

use super::TooWide;
use crate::words::Word;

/// How many words an unfinished one may stand for. Uniting so many takes about a millisecond.
pub(super) const UNITED_MAX: usize = 8_192;

#[derive(Default)]
pub(super) struct Words(BTreeMap<Box<str>, RoaringBitmap>);

impl FromIterator<(Box<str>, RoaringBitmap)> for Words {
    fn from_iter<I: IntoIterator<Item = (Box<str>, RoaringBitmap)>>(words: I) -> Self {
        Self(words.into_iter().collect())
    }
}

impl Words {
    /// The items that have `word`; `None` if there are none.
    pub(super) fn items(&self, word: &Word) -> Result<Option<Cow<'_, RoaringBitmap>>, TooWide> {
        if word.unfinished {
            return self.unite(&word.text);
        }
        Ok(self.0.get(word.text.as_str()).map(Cow::Borrowed))
    }

    fn unite(&self, start: &str) -> Result<Option<Cow<'_, RoaringBitmap>>, TooWide> {
        let from = (Bound::Included(start), Bound::Unbounded);
        let words = self.0.range::<str, _>(from).take_while(|(word, _)| word.starts_with(start));
        let sets: Vec<&RoaringBitmap> = words.map(|(_, items)| items).take(UNITED_MAX + 1).collect();
        match sets[..] {
            [] => Ok(None),
            [only] => Ok(Some(Cow::Borrowed(only))),
            _ if sets.len() > UNITED_MAX => Err(TooWide),
            _ => Ok(Some(Cow::Owned(sets.union()))),
        }
    }

    pub(super) fn has_all(&self, words: &[String], number: u32) -> bool {
        words.iter().all(|word| self.0.get(word.as_str()).is_some_and(|items| items.contains(number)))
    }

    pub(super) fn add(&mut self, words: &[String], number: u32) {
        for word in words {
            if let Some(items) = self.0.get_mut(word.as_str()) {
                items.insert(number);
            } else {
                self.0.insert(word.as_str().into(), RoaringBitmap::from([number]));
            }
        }
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets some items, of which nothing says any more what words they had: all words are looked through once.
    pub(super) fn forget(&mut self, gone: &RoaringBitmap) {
        if gone.is_empty() {
            return;
        }
        self.0.retain(|_, items| {
            *items -= gone;
            !items.is_empty()
        });
    }
}
