//! Orders that leave the tables for a file. The header stays, so that whatever other services keep of the order can
//! still be compared with it.

use clock::Ms;
use engine::Result;
use model::OrderId;
use model::order::{Order, Refund, State};
use serde::{Deserialize, Serialize};

use super::codec::{Cells, header};
use super::{Entry, Row};

/// An order with everything that is kept about it: a line of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    /// The order.
    pub row: Row,
    /// Its history, oldest first.
    pub history: Vec<Entry>,
}

impl Whole {
    /// What tells whether it still is as it was written: each change adds to the history.
    pub fn leaving(&self) -> Leaving {
        let moves = i64::try_from(self.history.len()).unwrap_or(i64::MAX);
        let changes = self.history.iter().rev().filter(|entry| entry.from != entry.to);
        let moved_at = changes.map(|entry| entry.at).next().unwrap_or(self.row.order.placed_at);
        Leaving { order: self.row.order.id, state: self.row.order.state, moves, moved_at }
    }
}

/// An order that is to leave, if it still is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Which.
    pub order: OrderId,
    /// Its state when it was written.
    pub state: State,
    /// How many entries its history had then.
    pub moves: i64,
    /// When it came into that state.
    pub moved_at: Ms,
}

/// A file that orders went to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The folder, as an absolute path.
    pub folder: String,
    /// Its name in there.
    pub name: String,
    /// When it was written.
    pub at: Ms,
}

/// Whether no move but a review can follow, and nothing is owed to another service.
pub fn is_over(order: &Order) -> bool {
    let state = matches!(order.state, State::Received | State::Closed | State::Reviewed);
    state && !order.owes() && order.refund != Refund::Owed && order.stock.is_some_and(|stock| stock.settled)
}

/// The same of a row, for both engines.
pub(super) const OVER: &str = "state IN (4, 5, 6) AND next_sweep_at IS NULL AND refund <> 1 AND stock_settled = 1 AND stock_end IS NOT NULL";

/// The columns that stay, as the order's row has them.
pub(super) const KEPT: &str = "id, owner, total, state, placed_at, deadline, ask_reason, ask_actor, ask_at, \
     close_reason, refund, stock_end";

/// What stays, in the columns that a header is read from, and when the order came into its state.
pub(super) const STUB: &str = "id, owner, total, state, placed_at, deadline, CAST(NULL AS BIGINT), ask_reason, \
     ask_actor, ask_at, close_reason, refund, stock_end, CAST(1 AS BIGINT), CAST(0 AS BIGINT), CAST(NULL AS BIGINT), \
     moved_at";

/// What stays of an archived order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stub {
    pub(crate) order: Order,
    pub(crate) moved_at: Ms,
}

/// Reads [`STUB`].
pub(super) fn stub(cells: &impl Cells) -> Result<Stub> {
    let moved_at = Ms(cells.int(16)?.unwrap_or_default());
    Ok(Stub { order: header(cells)?.order, moved_at })
}
