//! Payment channels: ways to pay at somebody else's, who is reached over a network and tells of money in their own
//! time.
//!
//! A [`Channel`] knows a provider's protocol and nothing of orders. Everything is asked by the pay order's id, and
//! asked again whenever the answer did not come, so a provider must do each once: make, close and refund are the same
//! however often they come. *No answer* decides nothing. What providers call by many names comes down to the few
//! answers here; what a provider cannot say, such as "closed for good", its channel must not say either.

use api::calls::Answer;
use async_trait::async_trait;
use http::HeaderMap;
use model::{Cents, Ms, PayOrderId};

/// A payment to be made at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBill {
    /// Under which it is known on both sides.
    pub pay_order: PayOrderId,
    /// What is to be paid.
    pub amount: Cents,
    /// What the buyer reads there; may be empty.
    pub info: String,
}

/// How a payment stands at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BillStatus {
    /// Waits to be paid.
    Open {
        /// Where: a page's address, or the text of a code to scan.
        url: String,
    },
    /// Money has come. Nothing takes that back, a refund neither.
    Paid {
        /// How much.
        amount: Cents,
    },
    /// Not paid, and the provider will take no money for it any more.
    Closed,
    /// The provider knows no such payment.
    Unknown,
}

/// Money to be given back, all that was paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BillRefund {
    /// The payment. It has one refund at most, so this is its key too.
    pub pay_order: PayOrderId,
    /// How much.
    pub amount: Cents,
}

/// The answer to a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    /// It is done.
    Done {
        /// The provider's reference of it.
        reference: String,
    },
    /// It will be done; ask again.
    Accepted,
    /// Not now. It stays owed, and is asked for again.
    Refused {
        /// Why, for the operator.
        why: String,
    },
}

/// A notice as it came in.
#[derive(Clone, Copy, Debug)]
pub struct RawNotice<'a> {
    /// The path it was sent to, as the sender has signed it.
    pub path: &'a str,
    /// Its headers.
    pub headers: &'a HeaderMap,
    /// Its body, byte by byte.
    pub body: &'a [u8],
}

/// What an authentic notice tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The payment it is about.
    pub pay_order: PayOrderId,
    /// What the provider says of it.
    pub what: Noticed,
}

/// What a notice says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noticed {
    /// Money has come.
    Paid(Cents),
    /// Anything else, which is worth a look.
    Other,
}

/// Why a notice is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNotice {
    /// Not signed by the provider.
    #[error("the notice is not signed as it should be")]
    Signature,
    /// Signed too long ago, or in the future: perhaps an old one, sent again by somebody else.
    #[error("the notice was not signed just now")]
    Stale,
    /// Signed, but not to be understood.
    #[error("the notice cannot be understood")]
    Malformed,
}

/// A way to pay at a provider.
#[async_trait]
pub trait Channel: Send + Sync + 'static {
    /// Its code on the wire, as in `payChannelCode`.
    fn code(&self) -> &'static str;

    /// Makes the payment, or finds it as it stands. Never [`BillStatus::Unknown`].
    async fn create(&self, bill: &NewBill) -> Answer<BillStatus>;

    /// How the payment stands.
    async fn query(&self, pay_order: PayOrderId) -> Answer<BillStatus>;

    /// Closes the payment unless it is paid; answers how it stands then. Open: it cannot be closed just now.
    async fn close(&self, pay_order: PayOrderId) -> Answer<BillStatus>;

    /// Gives all money of the payment back, once.
    async fn refund(&self, refund: &BillRefund) -> Answer<RefundStatus>;

    /// Checks that a notice comes from the provider and was signed just now, and reads it.
    fn verify(&self, notice: RawNotice<'_>, now: Ms) -> Result<Notice, BadNotice>;
}
