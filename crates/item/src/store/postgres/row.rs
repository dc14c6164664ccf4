//! Reading columns as the types the service knows.

use engine::Error;
use engine::Result;
use engine::postgres::Row;
use model::ItemId;

/// A whole number that fits `T`; what does not is corrupt.
pub(super) fn number<T: TryFrom<i64>>(
    row: &Row,
    column: usize,
    table: &'static str,
    id: impl std::fmt::Display,
) -> Result<T> {
    T::try_from(row.try_get::<_, i64>(column)?).map_err(|_| Error::corrupt(table, id))
}

/// The same, where there may be none.
pub(super) fn optional<T: TryFrom<i64>>(
    row: &Row,
    column: usize,
    table: &'static str,
    id: impl std::fmt::Display,
) -> Result<Option<T>> {
    let stored: Option<i64> = row.try_get(column)?;
    stored.map(|stored| T::try_from(stored).map_err(|_| Error::corrupt(table, id))).transpose()
}

/// The id in the first column.
pub(super) fn item_id(row: &Row) -> Result<ItemId> {
    Ok(ItemId::from_i64(row.try_get(0)?))
}
