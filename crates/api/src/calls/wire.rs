//! Bodies of the calls between services that are no types of the calls themselves. Both sides use these, so
//! that neither can drift.

use model::OrderId;
use model::pay_order::Failure;
use model::wallet::Outcome;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::BATCH_MAX;
use crate::Problem;

/// Some orders, at most 512.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Orders {
    /// Which.
    #[schema(value_type = Vec<String>)]
    pub order_ids: Vec<OrderId>,
}

impl Orders {
    /// The orders, if they are no more than a batch may carry.
    pub fn bounded(self) -> Result<Vec<OrderId>, Problem> {
        if self.order_ids.len() > BATCH_MAX {
            return Err(Problem::malformed("orderIds must name at most 512 orders"));
        }
        Ok(self.order_ids)
    }
}

/// The most orders that pages may ask after at once.
pub const WATCHED_MAX: usize = 2_048;

/// Orders that somebody looks at, at most 2,048.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Watched {
    /// Which.
    #[schema(value_type = Vec<String>)]
    pub order_ids: Vec<OrderId>,
}

impl Watched {
    /// The orders, if they are no more than may be asked after.
    pub fn bounded(self) -> Result<Vec<OrderId>, Problem> {
        if self.order_ids.len() > WATCHED_MAX {
            return Err(Problem::malformed("orderIds must name at most 2048 orders"));
        }
        Ok(self.order_ids)
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutcomeBody {
    /// `debited`, `refused` or `voided`.
    #[schema(value_type = String)]
    outcome: Name,
    /// Why it was refused.
    #[schema(value_type = Option<String>)]
    reason: Option<Failure>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Name {
    Debited,
    Refused,
    Voided,
}

/// The body contradicts itself: it says neither that money was taken nor that it was not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an outcome that is {0:?} for the reason {1:?} means nothing")]
pub struct BadOutcome(&'static str, Option<Failure>);

impl From<Outcome> for OutcomeBody {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Debited => Self { outcome: Name::Debited, reason: None },
            Outcome::Refused(Failure::Voided) => Self { outcome: Name::Voided, reason: None },
            Outcome::Refused(failure) => Self { outcome: Name::Refused, reason: Some(failure) },
        }
    }
}

impl TryFrom<OutcomeBody> for Outcome {
    type Error = BadOutcome;

    fn try_from(body: OutcomeBody) -> Result<Self, BadOutcome> {
        match (body.outcome, body.reason) {
            (Name::Debited, None) => Ok(Outcome::Debited),
            (Name::Voided, None) => Ok(Outcome::Refused(Failure::Voided)),
            (Name::Refused, Some(failure)) if failure != Failure::Voided => Ok(Outcome::Refused(failure)),
            (Name::Debited, reason) => Err(BadOutcome("debited", reason)),
            (Name::Voided, reason) => Err(BadOutcome("voided", reason)),
            (Name::Refused, reason) => Err(BadOutcome("refused", reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Outcome; 7] = [
        Outcome::Debited,
        Outcome::Refused(Failure::WrongPassword),
        Outcome::Refused(Failure::NotEnough),
        Outcome::Refused(Failure::Frozen),
        Outcome::Refused(Failure::UnknownUser),
        Outcome::Refused(Failure::Voided),
        Outcome::Refused(Failure::TooManyTries),
    ];

    #[test]
    fn every_outcome_comes_back_as_it_was() {
        for outcome in ALL {
            let text = serde_json::to_string(&OutcomeBody::from(outcome)).unwrap();
            let body: OutcomeBody = serde_json::from_str(&text).unwrap();
            assert_eq!(Outcome::try_from(body), Ok(outcome), "{text}");
        }
    }

    #[test]
    fn a_contradiction_is_neither_yes_nor_no() {
        for text in [
            r#"{"outcome":"debited","reason":"notEnough"}"#,
            r#"{"outcome":"refused","reason":null}"#,
            r#"{"outcome":"refused"}"#,
            r#"{"outcome":"refused","reason":"voided"}"#,
            r#"{"outcome":"voided","reason":"voided"}"#,
        ] {
            let body: OutcomeBody = serde_json::from_str(text).unwrap();
            assert!(Outcome::try_from(body).is_err(), "{text}");
        }
    }
}
