//! Who calls, and may they pay?
//!
//! Small things, each usable alone and none aware of HTTP or SQL:
//!
//! * [`token`]: a process whose key is known signs who the caller is; every other process checks it offline.
//! * [`limit`]: wrong passwords are limited, without letting a stranger lock the owner out.
//!
//! Time and randomness are parameters throughout.

pub mod limit;
pub mod token;
