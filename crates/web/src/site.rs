//! What all pages stand on.

use std::sync::{Arc, OnceLock};

use clock::{Clock, Ms};
use edge::{Authenticator, Principal, Shell};
use remote::Operator;
use tokio_util::sync::CancellationToken;

use crate::live::Hub;
use crate::secret::WebKey;
use crate::shop::Shop;

/// Makes sixteen bytes that nobody can guess.
pub type Random = Arc<dyn Fn() -> [u8; 16] + Send + Sync>;

/// What the pages are made of.
pub struct Parts {
    /// The shop.
    pub shop: Arc<dyn Shop>,
    /// Tells who a login belongs to, and when; every request of a page passes it.
    pub shell: Shell,
    /// The key of forms and notes, the same in all processes.
    pub key: WebKey,
    /// Where unguessable numbers come from.
    pub random: Random,
    /// Whether visitors always come over TLS: cookies are then sent over nothing else.
    pub tls: bool,
    /// Where pictures may be, beside here: origins such as `https://pictures.example`.
    pub pictures_from: Vec<String>,
    /// Whether the shop is there to be tried out: who comes in is then offered the demo users.
    pub demo: bool,
}

/// What all pages stand on. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Site(Arc<Inner>);

struct Inner {
    shop: Arc<dyn Shop>,
    clock: Arc<dyn Clock>,
    authenticator: Arc<dyn Authenticator>,
    key: WebKey,
    random: Random,
    tls: bool,
    pictures_from: Vec<String>,
    demo: bool,
    hub: Hub,
    operator: OnceLock<Arc<dyn Operator>>,
    closing: CancellationToken,
}

impl Site {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { shop, shell, key, random, tls, pictures_from, demo } = parts;
        let hub = Hub::new(shop.clone(), shell.clock.clone());
        let (clock, authenticator) = (shell.clock, shell.authenticator);
        let (operator, closing) = (OnceLock::new(), CancellationToken::new());
        Self(Arc::new(Inner {
            shop,
            clock,
            authenticator,
            key,
            random,
            tls,
            pictures_from,
            demo,
            hub,
            operator,
            closing,
        }))
    }

    pub(crate) fn shop(&self) -> &dyn Shop {
        self.0.shop.as_ref()
    }

    pub(crate) fn now(&self) -> Ms {
        self.0.clock.now()
    }

    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.0.clock.clone()
    }

    pub(crate) fn authenticate(&self, token: &str, now: Ms) -> Option<Principal> {
        self.0.authenticator.authenticate(token, now)
    }

    pub(crate) fn key(&self) -> &WebKey {
        &self.0.key
    }

    pub(crate) fn random(&self) -> [u8; 16] {
        (self.0.random)()
    }

    /// Whether every visitor comes over TLS.
    pub(crate) fn tls(&self) -> bool {
        self.0.tls
    }

    /// Origins of pictures, beside our own.
    pub(crate) fn pictures_from(&self) -> &[String] {
        &self.0.pictures_from
    }

    /// Whether the shop is there to be tried out.
    pub(crate) fn demo(&self) -> bool {
        self.0.demo
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// The operators' ports, where staff's pages may ask them.
    pub(crate) fn operator(&self) -> Option<Arc<dyn Operator>> {
        self.0.operator.get().cloned()
    }

    /// Lets staff's pages ask the operators' ports. Only the first call counts.
    pub(crate) fn connect(&self, operator: Arc<dyn Operator>) {
        let _ = self.0.operator.set(operator);
    }

    /// Cancelled when the process stops: streams end then.
    pub(crate) fn closing(&self) -> &CancellationToken {
        &self.0.closing
    }
}
