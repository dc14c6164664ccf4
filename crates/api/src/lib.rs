//! What the services say to each other and to clients.
//!
//! * [`calls`]: one trait a service with what the *other services* may ask of it. In one process the service
//!   itself implements it; across processes an HTTP client does. Every answer may be missing:
//!   [`NoAnswer`] is an answer of its own, and nobody may read it as yes or no.
//! * [`body`]: the JSON bodies of the public HTTP interface that more than one crate needs.
//! * [`Problem`]: the one shape of every error a client sees.
//! * [`topics`]: every kind of message there is.

pub mod body;
pub mod calls;
mod problem;
pub mod time;
pub mod topics;

pub use calls::{Answer, NoAnswer};
pub use problem::{Kind, Problem};
pub use time::Time;
