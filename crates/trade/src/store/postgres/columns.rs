//! Rows on their way into a statement, a column each, and cells on their way out.

use engine::postgres::{Params, Row, ToSql};
use engine::{Error, Result};

use crate::store::codec::Cells;

/// Rows of `I` whole numbers and then `T` texts.
pub(super) struct Columns<const I: usize, const T: usize> {
    ints: [Vec<Option<i64>>; I],
    texts: [Vec<Option<String>>; T],
}

impl<const I: usize, const T: usize> Default for Columns<I, T> {
    fn default() -> Self {
        Self { ints: std::array::from_fn(|_| Vec::new()), texts: std::array::from_fn(|_| Vec::new()) }
    }
}

impl<const I: usize, const T: usize> Columns<I, T> {
    pub(super) fn push(&mut self, ints: [Option<i64>; I], texts: [Option<String>; T]) {
        self.ints.iter_mut().zip(ints).for_each(|(column, cell)| column.push(cell));
        self.texts.iter_mut().zip(texts).for_each(|(column, cell)| column.push(cell));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ints.iter().all(Vec::is_empty)
    }

    /// The parameters of a statement over [`unnest`].
    pub(super) fn params(self) -> Params {
        let ints = self.ints.into_iter().map(|column| Box::new(column) as Box<dyn ToSql + Sync + Send>);
        ints.chain(self.texts.into_iter().map(|column| Box::new(column) as _)).collect()
    }
}

/// The table that [`Columns`] of these names are to a statement.
pub(super) fn unnest(ints: &[&str], texts: &[&str]) -> String {
    let kinds = ints.iter().map(|_| "bigint").chain(texts.iter().map(|_| "text"));
    let arrays: Vec<String> =
        kinds.enumerate().map(|(index, kind)| format!("${}::{kind}[]", index + 1)).collect();
    format!("unnest({}) AS u ({})", arrays.join(", "), [ints, texts].concat().join(", "))
}

impl Cells for Row {
    fn int(&self, at: usize) -> Result<Option<i64>> {
        Ok(match self.columns().get(at).map(|column| column.type_().name()) {
            Some("int2") => self.try_get::<_, Option<i16>>(at)?.map(i64::from),
            Some("int4") => self.try_get::<_, Option<i32>>(at)?.map(i64::from),
            _ => self.try_get(at)?,
        })
    }

    fn text(&self, at: usize) -> Result<Option<String>> {
        Ok(self.try_get(at)?)
    }
}

/// The whole number in a column that always has one.
pub(super) fn int(row: &Row, at: usize) -> Result<i64> {
    row.int(at)?.ok_or_else(|| Error::corrupt("trade_orders", "without a number"))
}
