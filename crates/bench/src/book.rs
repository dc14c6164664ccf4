//! The tool's own book: what the shop acknowledged, and nothing else.

/// What became of an order, as far as the shop acknowledged it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nobody pressed pay, or the press was refused: it must be closed in time.
    Left,
    /// Paying was acknowledged.
    Paid,
    /// Pay was pressed and no final answer came: either end is right.
    Doubtful,
}

/// An acknowledged placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The order's id.
    pub(crate) order: u64,
    /// Whose order: an index into the buyers.
    pub(crate) user: u32,
    /// What was bought: an index into the items.
    pub(crate) item: u32,
    /// Under which idempotency key.
    pub(crate) key: Key,
    /// What became of it.
    pub(crate) fate: Fate,
}

/// Names an idempotency key: the client's number and how many it had made before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) client: u32,
    pub(crate) number: u32,
}

/// Everything that was acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Book {
    entries: Vec<Entry>,
    /// Placements without a final answer: the shop may or may not know them.
    pub(crate) doubtful_placements: u64,
}

/// What a buyer's wallet must have lost to acknowledged payments, in cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    /// Acknowledged.
    pub(crate) certain: i64,
    /// Pressed, without a final answer.
    pub(crate) doubtful: i64,
}

impl Book {
    /// Writes a placement down.
    pub(crate) fn record(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// All placements, in the order of their acknowledgement.
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What each of `users` buyers spent, at the items' `prices`.
    pub(crate) fn spent(&self, users: usize, prices: &[i64]) -> Vec<Spent> {
        let mut spent = vec![Spent::default(); users];
        for entry in &self.entries {
            let (of, price) = (&mut spent[entry.user as usize], prices[entry.item as usize]);
            match entry.fate {
                Fate::Left => {}
                Fate::Paid => of.certain += price,
                Fate::Doubtful => of.doubtful += price,
            }
        }
        spent
    }
}
