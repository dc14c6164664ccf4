//! What an error of the server means.

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// The error as a sentence: what the server said, not only that it said something.
pub(crate) fn sentence(error: &Error) -> String {
    error.as_db_error().map_or_else(|| error.to_string(), |said| said.message().to_owned())
}

/// Whether running the same transaction again may succeed: it lost against another one.
pub(super) fn is_conflict(error: &Error) -> bool {
    let of = |said: &DbError| {
        [
            &SqlState::T_R_SERIALIZATION_FAILURE,
            &SqlState::T_R_DEADLOCK_DETECTED,
            &SqlState::LOCK_NOT_AVAILABLE,
            &SqlState::UNIQUE_VIOLATION,
        ]
        .contains(&said.code())
    };
    error.as_db_error().is_some_and(of)
}

/// Whether a stored or given value is at fault: a constraint, a type, a range.
pub(crate) fn is_of_a_row(error: &Error) -> bool {
    match error.as_db_error() {
        Some(said) => said.code().code().starts_with("23") || said.code().code().starts_with("22"),
        // Not the server's error and not the connection's: a value that could not be read as its type.
        None => !error.is_closed() && std::error::Error::source(error).is_some_and(is_conversion),
    }
}

fn is_conversion(source: &(dyn std::error::Error + 'static)) -> bool {
    source.is::<tokio_postgres::types::WasNull>() || source.is::<tokio_postgres::types::WrongType>()
}

/// Whether the server itself refused, so that nothing of the transaction can have been committed.
pub(super) fn is_certain(error: &Error) -> bool {
    error.as_db_error().is_some_and(|said| !goes_away(said.code()))
}

/// Whether the server, or the way to it, is not there at present.
pub(super) fn is_away(error: &Error) -> bool {
    match error.as_db_error() {
        Some(said) => goes_away(said.code()),
        None => {
            error.is_closed()
                || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
        }
    }
}

/// Shutdown, crash, start-up, no connection left, statement cut short by a time limit.
fn goes_away(code: &SqlState) -> bool {
    let class = &code.code()[..2];
    class == "57" || class == "08" || class == "53" || class == "58" || code.code() == "25P03"
}
