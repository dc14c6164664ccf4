//! Items that are to be read again.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use engine::Result;
use parking_lot::Mutex;

/// A set of items, never more than there are. Adding waits for nobody who reads rows.
#[derive(Default)]
pub(super) struct Marks {
    ids: Mutex<BTreeSet<i64>>,
    /// Whether some are marked or were, and are not taken in yet.
    there: AtomicBool,
}

impl Marks {
    pub(super) fn add(&self, marked: impl IntoIterator<Item = i64>) {
        let mut ids = self.ids.lock();
        ids.extend(marked);
        if !ids.is_empty() {
            self.there.store(true, Ordering::SeqCst);
        }
    }

    pub(super) fn are_there(&self) -> bool {
        self.there.load(Ordering::SeqCst)
    }

    pub(super) fn len(&self) -> usize {
        self.ids.lock().len()
    }

    /// Takes marks away and has them taken in, at most `page` at a time, until none is left. Only then are there no
    /// more: whoever asks meanwhile hears that there are.
    pub(super) fn each_page(&self, page: usize, mut take_in: impl FnMut(&[i64]) -> Result<()>) -> Result<()> {
        while let Some(ids) = self.take(page) {
            take_in(&ids)?;
        }
        Ok(())
    }

    fn take(&self, page: usize) -> Option<Vec<i64>> {
        let mut ids = self.ids.lock();
        if ids.is_empty() {
            self.there.store(false, Ordering::SeqCst);
            return None;
        }
        let rest = ids.iter().nth(page).copied().map(|first| ids.split_off(&first));
        Some(std::mem::replace(&mut *ids, rest.unwrap_or_default()).into_iter().collect())
    }

    pub(super) fn clear(&self) {
        self.ids.lock().clear();
        self.there.store(false, Ordering::SeqCst);
    }
}
