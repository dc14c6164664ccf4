//! The finder over these tables: loads it, keeps it up to date, asks it.
//!
//! A row counts, the finder only finds. Whatever a commit changed is marked by the writer before anybody is answered,
//! and is read again from its row before the next look: under one lock, so that what is read later is taken in later.
//! A change that is committed while everything is being loaded is marked all the same, and read again afterwards. What
//! a page shows is read from the rows as ever.
//!
//! Until it is loaded, where it would be too large, and if its rows could not be read, there is no finder, and SQL
//! answers: the same, only slower.

mod load;
mod marks;
mod rows;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, Ordering};

use engine::Result;
use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;

pub(super) use self::load::Start;
use self::marks::Marks;
use crate::finder::{Finder, Found, TooWide};
use crate::search::{Criteria, Facets, Listing, SortBy};

/// How much it may do at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// With more items than this there is no finder; one item takes some two hundred bytes.
    items_max: usize,
    /// Up to so many items are loaded at once by the first who asks; more of them beside everything else.
    at_once_max: usize,
    /// How many rows are read at a time.
    page: usize,
    /// How many items whose `sold` has changed may be left for the next who asks for an order by it.
    sold_max: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { items_max: 4_000_000, at_once_max: 10_000, page: 512, sold_max: 512 }
    }
}

/// A finder that follows its tables.
pub(super) struct Index {
    bounds: Bounds,
    state: RwLock<State>,
    /// Whether changes are to be marked: from the start of loading on.
    heeded: AtomicBool,
    /// Items whose rows have changed.
    changed: Marks,
    /// Items of which more or fewer were sold.
    sold: Marks,
    /// Held by whoever reads rows again and takes them in.
    catching_up: Mutex<()>,
}

enum State {
    /// Nobody has asked yet.
    Cold,
    Loading,
    Ready(Box<Finder>),
    /// SQL answers, until the next start.
    Off,
}

impl Index {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            state: RwLock::new(State::Cold),
            heeded: AtomicBool::new(false),
            changed: Marks::default(),
            sold: Marks::default(),
            catching_up: Mutex::default(),
        }
    }

    /// Marks items whose rows have changed, after the commit. Takes no time.
    pub(super) fn mark_changed(&self, ids: impl IntoIterator<Item = i64>) {
        self.mark(&self.changed, ids);
    }

    /// Marks items of which more or fewer were sold, after the commit. Takes no time.
    pub(super) fn mark_sold(&self, ids: impl IntoIterator<Item = i64>) {
        self.mark(&self.sold, ids);
    }

    fn mark(&self, marks: &Marks, ids: impl IntoIterator<Item = i64>) {
        if self.heeded.load(Ordering::SeqCst) {
            marks.add(ids);
        }
    }

    /// Whether so many items are marked as sold that whoever marked them should take them in.
    pub(super) fn is_far_behind(&self) -> bool {
        self.sold.len() >= self.bounds.sold_max && self.is_ready()
    }

    pub(super) fn is_ready(&self) -> bool {
        matches!(*self.state.read(), State::Ready(_))
    }

    /// A page of what fits; `None`: ask the tables.
    pub(super) fn search(
        &self,
        connection: &Connection,
        criteria: &Criteria,
        listing: Listing,
    ) -> Option<Found> {
        self.catch_up(connection, listing.sort == SortBy::Sold);
        self.ask(|finder| finder.search(criteria, listing))
    }

    /// What can be chosen among what fits; `None`: ask the tables.
    pub(super) fn facets(&self, connection: &Connection, criteria: &Criteria) -> Option<Facets> {
        self.catch_up(connection, false);
        self.ask(|finder| finder.facets(criteria))
    }

    fn ask<T>(&self, look: impl FnOnce(&Finder) -> Result<T, TooWide>) -> Option<T> {
        match &*self.state.read() {
            State::Ready(finder) => look(finder).ok(),
            _ => None,
        }
    }

    /// Takes in what was committed before this was called. Whoever comes while another does it waits for it.
    pub(super) fn catch_up(&self, connection: &Connection, sold_too: bool) {
        let behind = self.changed.are_there() || (sold_too && self.sold.are_there());
        if !behind || !self.is_ready() {
            return;
        }
        let _one_at_a_time = self.catching_up.lock();
        let taken = self
            .take_changed(connection)
            .and_then(|()| if sold_too { self.take_sold(connection) } else { Ok(()) });
        if let Err(error) = taken {
            tracing::error!(%error, "changed items could not be read; searches are slower until the next start");
            self.give_up();
        }
    }

    fn take_changed(&self, connection: &Connection) -> Result<()> {
        self.changed.each_page(self.bounds.page, |ids| {
            let facts = rows::facts(connection, ids)?;
            self.tell(|finder| finder.put(facts));
            Ok(())
        })
    }

    fn take_sold(&self, connection: &Connection) -> Result<()> {
        self.sold.each_page(self.bounds.page, |ids| {
            let sold = rows::sold(connection, ids)?;
            self.tell(|finder| sold.into_iter().for_each(|(id, sold)| finder.sold(id, sold)));
            Ok(())
        })
    }

    /// Changes the finder, if there is one, and gives it up if it has become too large.
    fn tell(&self, change: impl FnOnce(&mut Finder)) {
        let mut state = self.state.write();
        let State::Ready(finder) = &mut *state else { return };
        change(finder);
        let too_large = finder.len() > self.bounds.items_max;
        drop(state);
        if too_large {
            self.give_up();
        }
    }

    fn give_up(&self) {
        self.heeded.store(false, Ordering::SeqCst);
        *self.state.write() = State::Off;
        self.changed.clear();
        self.sold.clear();
    }
}
