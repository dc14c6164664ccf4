//! The bodies of the protocol.
//!
//! | request | body | payload of the answer |
//! |---|---|---|
//! | `POST /payments` | [`MakeBody`] | [`PaymentBody`] |
//! | `GET /payments/{id}` | – | [`PaymentBody`], or null |
//! | `POST /payments/{id}/close` | – | [`PaymentBody`] |
//! | `POST /payments/{id}/refund` | [`RefundBody`] | [`RefundAnswer`] |
//! | notice, `POST` to the shop | [`NoticeBody`] | any success acknowledges it |

use model::{Cents, PayOrderId};
use serde::{Deserialize, Serialize};

/// An answer: its payload as text, signed for the request it answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope {
    /// JSON text.
    pub payload: String,
    /// Over [`crate::sign::ANSWER`], the request's path, time and nonce, and the payload.
    pub signature: String,
}

/// A payment to be made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MakeBody {
    /// Under which it is known on both sides.
    pub id: PayOrderId,
    /// What is to be paid, in cents.
    pub amount: Cents,
    /// What the buyer reads.
    pub info: String,
}

/// How a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Standing {
    /// Waits to be paid.
    Open,
    /// Money has come.
    Paid,
    /// Takes no money any more.
    Closed,
}

/// A payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentBody {
    /// Which.
    pub id: PayOrderId,
    /// How it stands.
    pub status: Standing,
    /// What was paid, or is to be, in cents.
    pub amount: Cents,
    /// The page at which it is paid.
    pub url: String,
}

/// A refund of all that was paid.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RefundBody {
    /// How much, in cents.
    pub amount: Cents,
}

/// The answer to a refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "status")]
pub enum RefundAnswer {
    /// The money is back.
    Done {
        /// The provider's reference.
        reference: String,
    },
    /// It will be.
    Accepted,
    /// Not now.
    Refused {
        /// Why.
        why: String,
    },
}

/// What happened to a payment, as notices tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Happened {
    /// It was made.
    Created,
    /// Money has come.
    Paid,
    /// It was closed.
    Closed,
    /// Its money went back.
    Refunded,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeBody {
    /// The payment.
    pub id: PayOrderId,
    /// What happened to it.
    pub event: Happened,
    /// How much, in cents.
    pub amount: Cents,
}
