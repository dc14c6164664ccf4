//! The provider: payments in memory, a page to pay at, and notices that come as badly as one likes.

mod book;
mod http;
mod notices;
mod page;
mod switches;

use std::sync::Arc;

use clock::{Clock, IdGen};
use parking_lot::Mutex;
use remote::{BadUrl, Options, Transport, Upstream};

use self::book::Book;
pub use self::book::Payment;
pub use self::switches::Switches;
use crate::sign::Key;
use model::{Cents, PayOrderId};

/// How long the shop may take to acknowledge a notice, in milliseconds.
const NOTICE_WAIT_MS: i64 = 5 * clock::SECOND;

/// What the provider is made of.
pub struct Parts {
    /// The secret shared with the shop.
    pub key: Key,
    /// Where it is reached, as in the addresses of its pages, such as `http://127.0.0.1:9090`.
    pub url: String,
    /// Where the shop is, such as `http://127.0.0.1:8080`.
    pub shop: String,
    /// The path at the shop to which notices go.
    pub notices: String,
    /// How notices travel.
    pub transport: Arc<dyn Transport>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes nonces.
    pub ids: Arc<IdGen>,
}

/// The provider. Clones are the same provider.
#[derive(Clone)]
pub struct Provider {
    inner: Arc<Inner>,
}

struct Inner {
    key: Key,
    url: String,
    notices: String,
    shop: Upstream,
    clock: Arc<dyn Clock>,
    ids: Arc<IdGen>,
    book: Mutex<Book>,
}

impl Provider {
    /// The provider made of `parts`, with no payment yet and all switches off.
    pub fn new(parts: Parts) -> Result<Self, BadUrl> {
        let Parts { key, url, shop, notices, transport, clock, ids } = parts;
        let options = Options { deadline_ms: NOTICE_WAIT_MS, tries_max: 1, ..Options::default() };
        let shop = Upstream::new("shop", &[shop], transport, clock.clone(), options)?;
        let book = Mutex::default();
        Ok(Self { inner: Arc::new(Inner { key, url, notices, shop, clock, ids, book }) })
    }

    /// What it is to do wrong from now on.
    pub fn set(&self, switches: Switches) {
        self.inner.book.lock().switches = switches;
    }

    /// The payment, as the provider has it.
    pub fn payment(&self, id: PayOrderId) -> Option<Payment> {
        self.inner.book.lock().payments.get(&id).cloned()
    }

    /// The buyer pays; in spite of a close, as one whose bank was slow. Answers whether there is such a payment.
    pub fn pay(&self, id: PayOrderId, amount: Cents) -> bool {
        let now = self.inner.clock.now();
        self.inner.book.lock().pay(id, amount, now)
    }

    /// How many notices are still to be told.
    pub fn untold(&self) -> usize {
        self.inner.book.lock().notices.len()
    }
}
