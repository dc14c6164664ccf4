//! The transaction a unit of work sees.

use std::ops::Deref;

use delay::{Inbox, Message};
use rusqlite::Connection;

/// A unit's view of the open transaction. Dereferences to the connection for statements.
pub struct Tx<'c> {
    connection: &'c Connection,
    staged: Vec<(Inbox, Message)>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection) -> Self {
        Self { connection, staged: Vec::new() }
    }

    /// Remembers to tell `inbox` of a message once the transaction is committed.
    pub(super) fn stage(&mut self, inbox: Inbox, message: Message) {
        self.staged.push((inbox, message));
    }

    pub(super) fn staged(&self) -> usize {
        self.staged.len()
    }

    /// Forgets what was staged after `mark`: the unit that staged it was undone.
    pub(super) fn unstage(&mut self, mark: usize) {
        self.staged.truncate(mark);
    }

    pub(super) fn into_staged(self) -> Vec<(Inbox, Message)> {
        self.staged
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}
