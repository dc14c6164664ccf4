//! The transaction a unit of work sees.

use std::ops::Deref;

use delay::{Inbox, Message};
use rusqlite::Connection;

/// A unit's view of the open transaction. Dereferences to the connection for statements.
pub struct Tx<'c> {
    connection: &'c Connection,
    staged: Vec<AfterCommit>,
}

/// What is done once the transaction is committed.
pub(super) type AfterCommit = Box<dyn FnOnce() + Send>;

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, staged: Vec::new() }
    }

    /// Has the writer run `then` once the transaction is committed, before any caller is answered: whoever hears of
    /// the commit finds it done, and a caller who has hung up does not prevent it. It must take no time and wait for
    /// nothing. If the unit is undone, it never runs.
    pub fn after_commit(&mut self, then: impl FnOnce() + Send + 'static) {
        self.staged.push(Box::new(then));
    }

    /// Remembers to tell `inbox` of a message once the transaction is committed.
    pub(super) fn stage(&mut self, inbox: Inbox, message: Message) {
        self.after_commit(move || inbox.offer(message));
    }

    pub(super) fn staged(&self) -> usize {
        self.staged.len()
    }

    /// Forgets what was staged after `mark`: the unit that staged it was undone.
    pub(super) fn unstage(&mut self, mark: usize) {
        self.staged.truncate(mark);
    }

    pub(super) fn into_staged(self) -> Vec<AfterCommit> {
        self.staged
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}
