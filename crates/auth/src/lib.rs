//! Who calls, and may they pay?
//!
//! Three small things, each usable alone and none aware of HTTP or SQL:
//!
//! * [`token`]: a process whose key is known signs who the caller is; every other process checks it offline.
//! * [`password`]: passwords are checked against slow hashes, a bounded number at once, and a right one is
//!   remembered for some minutes so that paying does not cost a hash each time.
//! * [`limit`]: wrong passwords are limited, without letting a stranger lock the owner out.
//!
//! Time and randomness are parameters throughout.

pub mod limit;
pub mod password;
pub mod token;
