//! Why a use case could not be carried through. Refusals are answers, not errors.

use api::calls::NoAnswer;
use delay::Verdict;

/// Nothing is decided; asking again later makes sense.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another service did not answer.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// The storage did not do it.
    #[error(transparent)]
    Storage(#[from] engine::Error),
}

/// A use case's result.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl From<Error> for edge::Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NoAnswer(none) => none.into(),
            Error::Storage(error) => error.into(),
        }
    }
}

impl Error {
    /// What a handler says of a message that ran into this. Only a fault that time does not cure counts
    /// against the message.
    pub(crate) fn verdict(&self) -> Verdict {
        let error = self.to_string();
        if self.is_of_a_row() { Verdict::Reject { error } } else { Verdict::Away { error } }
    }

    /// Whether some row of the batch may be at fault rather than all of the storage or another service.
    pub(crate) fn is_of_a_row(&self) -> bool {
        matches!(self, Error::Storage(error) if error.is_of_a_row())
    }
}
