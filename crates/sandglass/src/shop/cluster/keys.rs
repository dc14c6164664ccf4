//! The keys of this process.

use std::sync::Arc;

use anyhow::Result;
use auth::token::{KeyRing, OwnToken, Signer};
use clock::Clock;
use edge::FingerprintKey;

use crate::config::Config;
use crate::secrets;
use crate::shop::Role;

/// What this process signs with, and believes.
pub(super) struct Own {
    /// All processes' public keys.
    pub(super) ring: Arc<KeyRing>,
    /// What it shows the others when it calls them; `user` calls nobody.
    pub(super) token: Option<Arc<OwnToken>>,
    /// What `user` signs logins with.
    pub(super) logins: Option<Arc<Signer>>,
    /// The same in every process, so that a retry that another replica gets is recognised.
    pub(super) fingerprint: FingerprintKey,
}

impl Own {
    pub(super) fn load(
        config: &Config,
        roles: &[Role],
        clock: &dyn Clock,
        rng: &mut impl rand::CryptoRng,
    ) -> Result<Self> {
        let dir = config.keys_dir();
        let (mut ring, mut token, mut logins) = (None, None, None);
        for role in roles {
            let (joined, signer) = KeyRing::join(&dir, role.name(), rng, clock.now())?;
            ring = Some(joined);
            match role {
                Role::User => logins = Some(Arc::new(signer.with_lifetime_ms(config.token_lifetime.ms()))),
                _ => token = Some(Arc::new(OwnToken::new(signer))),
            }
        }
        let ring = ring.ok_or_else(|| anyhow::anyhow!("a process needs at least one role"))?;
        let secret = secrets::load_or_create(&dir, "fingerprint.key", |s| rng.fill_bytes(s))?;
        Ok(Self { ring: Arc::new(ring), token, logins, fingerprint: FingerprintKey(secret) })
    }
}
