//! The hashes themselves: argon2id for what we store, bcrypt for what was brought along.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use rand::CryptoRng;

use super::Password;

/// A stored hash that asks for more than this much work is taken for corrupt: one bad row must not hold a thread
/// for hours. In KiB, passes and powers of two.
const STORED_MEMORY_KIB_MAX: u32 = 256 * 1024;
const STORED_PASSES_MAX: u32 = 16;
const STORED_BCRYPT_COST_MAX: u32 = 14;

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB, at least 8 a lane.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    /// What OWASP advises for argon2id: 19 MiB, two passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 }
    }
}

impl Cost {
    /// The least there is. Safe for nobody's password.
    pub fn for_tests() -> Self {
        Self { memory_kib: 8, passes: 1, lanes: 1 }
    }
}

/// No hash can have this cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("argon2id cannot run with this cost: {0:?}")]
pub struct BadCost(pub Cost);

/// Random bytes that make equal passwords hash differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Salt(pub [u8; 16]);

impl Salt {
    /// A fresh salt, for one hash.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        let mut bytes = [0; 16];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }
}

/// The password is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The stored hash is bcrypt, or weaker than what we store today: hash the password again and store that.
    pub needs_upgrade: bool,
}

/// The password could not be found right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It is wrong.
    #[error("the password is wrong")]
    Wrong,
    /// The stored hash is of no kind we know, damaged, or absurdly expensive.
    #[error("the stored password hash cannot be read")]
    Unreadable,
}

/// Hashes and checks on the calling thread, tens of milliseconds each.
pub struct Hasher {
    argon2: Argon2<'static>,
    dummy: String,
}

impl Hasher {
    /// A hasher that stores hashes of this cost. Computes one.
    pub fn new(cost: Cost) -> Result<Self, BadCost> {
        let Cost { memory_kib, passes, lanes } = cost;
        let params = Params::new(memory_kib, passes, lanes, None).map_err(|_| BadCost(cost))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let dummy = argon2id(&argon2, &Password::new(""), Salt([0; 16]));
        Ok(Self { argon2, dummy })
    }

    /// The text to store for a password (a PHC string, `$argon2id$…`).
    pub fn hash(&self, password: &Password, salt: Salt) -> String {
        argon2id(&self.argon2, password, salt)
    }

    /// Whether `password` is the one `stored` was made of. `stored` is a PHC string or bcrypt's `$2a$`, `$2b$`,
    /// `$2y$`.
    pub fn verify(&self, password: &Password, stored: &str) -> Result<Verified, Mismatch> {
        if stored.starts_with("$2") {
            verify_bcrypt(password, stored)
        } else {
            self.verify_argon2(password, stored)
        }
    }

    /// Takes as long as a check against a hash of today's cost, and finds the password wrong: for users who do not
    /// exist, so that the time taken does not tell.
    pub fn verify_dummy(&self, password: &Password) -> Mismatch {
        // The dummy's own password is the empty one, which is no reason to let anybody in.
        let _ = self.verify_argon2(password, &self.dummy);
        Mismatch::Wrong
    }

    fn verify_argon2(&self, password: &Password, stored: &str) -> Result<Verified, Mismatch> {
        let hash = PasswordHash::new(stored).map_err(|_| Mismatch::Unreadable)?;
        let params = Params::try_from(&hash).map_err(|_| Mismatch::Unreadable)?;
        if params.m_cost() > STORED_MEMORY_KIB_MAX || params.t_cost() > STORED_PASSES_MAX {
            return Err(Mismatch::Unreadable);
        }
        self.argon2.verify_password(password.expose().as_bytes(), &hash).map_err(|error| match error {
            argon2::password_hash::Error::PasswordInvalid => Mismatch::Wrong,
            _ => Mismatch::Unreadable,
        })?;
        let current = hash.algorithm == Algorithm::Argon2id.ident() && !self.outgrew(&params);
        Ok(Verified { needs_upgrade: !current })
    }

    fn outgrew(&self, stored: &Params) -> bool {
        let wanted = self.argon2.params();
        stored.m_cost() < wanted.m_cost() || stored.t_cost() < wanted.t_cost()
    }
}

fn argon2id(argon2: &Argon2<'_>, password: &Password, salt: Salt) -> String {
    let hash = argon2.hash_password_with_salt(password.expose().as_bytes(), &salt.0);
    hash.expect("the cost was checked, and so short a salt and password always hash").to_string()
}

fn verify_bcrypt(password: &Password, stored: &str) -> Result<Verified, Mismatch> {
    let parts: bcrypt::HashParts = stored.parse().map_err(|_| Mismatch::Unreadable)?;
    // `$2x$` marks hashes of a bcrypt with a known bug, which ours does not repeat.
    if stored.starts_with("$2x") || parts.get_cost() > STORED_BCRYPT_COST_MAX {
        return Err(Mismatch::Unreadable);
    }
    match bcrypt::verify(password.expose(), stored) {
        Ok(true) => Ok(Verified { needs_upgrade: true }),
        Ok(false) => Err(Mismatch::Wrong),
        Err(_) => Err(Mismatch::Unreadable),
    }
}
