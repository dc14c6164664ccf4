//! The token a process shows when it calls another.

use std::sync::Arc;

use clock::Ms;
use parking_lot::Mutex;

use super::{Identity, Signer};

/// A process's own token, signed anew at half its lifetime. Until then every call carries the same one, which is
/// what lets the called process remember it instead of checking the signature each time.
pub struct OwnToken {
    signer: Signer,
    identity: Identity,
    current: Mutex<Option<Current>>,
}

struct Current {
    token: Arc<str>,
    from: Ms,
    until: Ms,
}

impl OwnToken {
    /// The token of the process whose key is `signer`'s.
    pub fn new(signer: Signer) -> Self {
        let identity = Identity::service(signer.public().issuer.clone());
        Self { signer, identity, current: Mutex::new(None) }
    }

    /// A token valid for at least half a lifetime from `now`.
    pub fn at(&self, now: Ms) -> Arc<str> {
        let mut current = self.current.lock();
        match &*current {
            // A clock that was set back must not leave us with a token from the future.
            Some(fresh) if (fresh.from..fresh.until).contains(&now) => fresh.token.clone(),
            _ => current.insert(self.renewed(now)).token.clone(),
        }
    }

    fn renewed(&self, now: Ms) -> Current {
        let token = self.signer.issue(&self.identity, now).into();
        Current { token, from: now, until: now + self.signer.lifetime_ms() / 2 }
    }
}
