//! Loading everything, a page at a time, beside whatever else goes on.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread;

use engine::sqlite::Db;
use engine::{Error, Result};
use rusqlite::Connection;

use super::{Bounds, Index, State, rows};
use crate::finder::Builder;

/// What becomes of asking for the finder.
pub(in crate::store::sqlite) enum Start {
    /// It is there, or somebody loads it, or there will be none.
    Begun,
    /// So few items that whoever asked should load them, and wait for it.
    AtOnce(Loading),
    /// Many: to be loaded beside everything else.
    Beside(Loading),
}

/// A finder that is being loaded.
pub(in crate::store::sqlite) struct Loading {
    builder: Builder,
    after: i64,
    bounds: Bounds,
}

/// Whether there is more to load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    Some,
    None,
    /// There are more items than a finder may have.
    TooMany,
}

impl Loading {
    /// Reads the next page.
    pub(super) fn page(&mut self, connection: &Connection) -> Result<Rest> {
        let facts = rows::page(connection, self.after, self.bounds.page)?;
        let Some(last) = facts.last() else { return Ok(Rest::None) };
        self.after = last.id;
        for fact in facts {
            self.builder.put(fact);
        }
        Ok(if self.builder.len() > self.bounds.items_max { Rest::TooMany } else { Rest::Some })
    }
}

impl Index {
    /// Begins to load, once. From here on changes are marked: what is committed before is read, what is committed
    /// later is read again.
    pub(in crate::store::sqlite) fn start(&self, db: &Db) -> Result<Start> {
        if !matches!(*self.state.read(), State::Cold) {
            return Ok(Start::Begun);
        }
        let many = db.read(|connection| rows::are_more_than(connection, self.bounds.at_once_max))?;
        let mut state = self.state.write();
        if !matches!(*state, State::Cold) {
            return Ok(Start::Begun);
        }
        *state = State::Loading;
        self.heeded.store(true, Ordering::SeqCst);
        let loading = Loading { builder: Builder::default(), after: i64::MIN, bounds: self.bounds };
        Ok(if many { Start::Beside(loading) } else { Start::AtOnce(loading) })
    }

    /// Loads all that is left.
    pub(in crate::store::sqlite) fn load(&self, connection: &Connection, mut loading: Loading) {
        let rest = loop {
            match loading.page(connection) {
                Ok(Rest::Some) => {}
                rest => break rest,
            }
        };
        self.loaded(connection, loading, rest);
    }

    /// The same on a thread of its own, which ends when nobody has the index any more.
    pub(in crate::store::sqlite) fn load_beside(
        self: &Arc<Self>,
        db: Db,
        mut loading: Loading,
    ) -> Result<()> {
        let index = Arc::downgrade(self);
        let work = move || {
            let rest = loop {
                match db.read(|connection| loading.page(connection)) {
                    Ok(Rest::Some) if Weak::strong_count(&index) > 0 => {}
                    rest => break rest,
                }
            };
            let Some(index) = index.upgrade() else { return };
            if let Ok(connection) = db.reader() {
                index.loaded(&connection, loading, rest);
            }
        };
        let spawned = thread::Builder::new().name("item-finder".into()).spawn(work);
        spawned.map(drop).map_err(|error| Error::Unavailable(format!("the finder's thread: {error}")))
    }

    fn loaded(&self, connection: &Connection, loading: Loading, rest: Result<Rest>) {
        match rest {
            Ok(Rest::None) => self.open(connection, loading),
            Ok(_) => {
                let most = self.bounds.items_max;
                tracing::warn!(most, "there are too many items to find them in memory; searches are slower");
                self.give_up();
            }
            Err(error) => {
                tracing::error!(%error, "the items could not be loaded; searches are slower until the next start");
                self.give_up();
            }
        }
    }

    /// From here on the finder answers, first of all for what was committed meanwhile.
    pub(super) fn open(&self, connection: &Connection, loading: Loading) {
        let items = loading.builder.len();
        *self.state.write() = State::Ready(Box::new(loading.builder.finish()));
        self.catch_up(connection, true);
        tracing::info!(items, "items are found in memory");
    }
}
