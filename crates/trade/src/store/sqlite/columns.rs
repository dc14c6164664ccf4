//! Cells of the embedded engine's rows.

use engine::Result;
use rusqlite::Row;

use crate::store::codec::Cells;

impl Cells for Row<'_> {
    fn int(&self, at: usize) -> Result<Option<i64>> {
        Ok(self.get(at)?)
    }

    fn text(&self, at: usize) -> Result<Option<String>> {
        Ok(self.get(at)?)
    }
}
