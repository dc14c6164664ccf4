//! One value on its way: as stored, as JSON, as an element of a column.

use rusqlite::types::ValueRef;
use serde_json::Value;

use super::Kind;
use crate::params;
use crate::postgres::Params;

/// A stored value as JSON; `None` if it is not of its kind.
pub(super) fn read(kind: Kind, stored: ValueRef<'_>) -> Option<Value> {
    Some(match (kind, stored) {
        (_, ValueRef::Null) => Value::Null,
        (Kind::Int, ValueRef::Integer(number)) => number.into(),
        (Kind::Bool, ValueRef::Integer(number)) => (number != 0).into(),
        (Kind::Text, ValueRef::Text(text)) => std::str::from_utf8(text).ok()?.into(),
        (Kind::Bytes, ValueRef::Blob(bytes)) => hex(bytes).into(),
        _ => return None,
    })
}

/// A column of many rows, as a parameter; `None` if one of the values is not of its kind.
pub(super) fn column(kind: Kind, rows: &[Vec<Value>], index: usize) -> Option<Params> {
    Some(match kind {
        Kind::Int => params![each(rows, index, Value::as_i64)?],
        Kind::Bool => params![each(rows, index, Value::as_bool)?],
        Kind::Text => params![each(rows, index, |value| value.as_str().map(str::to_owned))?],
        Kind::Bytes => params![each(rows, index, |value| unhex(value.as_str()?))?],
    })
}

/// What the server calls an array of this kind.
pub(super) fn array_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "bigint[]",
        Kind::Bool => "boolean[]",
        Kind::Text => "text[]",
        Kind::Bytes => "bytea[]",
    }
}

fn each<T>(rows: &[Vec<Value>], index: usize, of: impl Fn(&Value) -> Option<T>) -> Option<Vec<Option<T>>> {
    let one = |row: &Vec<Value>| match row.get(index)? {
        Value::Null => Some(None),
        value => of(value).map(Some),
    };
    rows.iter().map(one).collect()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<_>>>()?;
    let pair = |pair: &[u32]| u8::try_from(pair.first()? * 16 + pair.get(1)?).ok();
    digits.chunks(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(unhex(&hex(&bytes)), Some(bytes));
        assert_eq!((unhex("0"), unhex("zz"), unhex("")), (None, None, Some(Vec::new())));
    }

    #[test]
    fn a_value_of_another_kind_is_refused() {
        assert_eq!(read(Kind::Int, ValueRef::Text(b"1")), None);
        assert_eq!(read(Kind::Text, ValueRef::Text(&[0xFF])), None);
        assert!(column(Kind::Int, &[vec![Value::from("1")]], 0).is_none());
        assert!(column(Kind::Bool, &[vec![true.into()], vec![Value::Null]], 0).is_some());
        assert!(column(Kind::Int, &[vec![]], 0).is_none());
    }
}
