//! The cart: what a buyer wants, before it is an order.
//!
//! A row remembers the item as it looked when it was put in; what it costs *now* is always asked from
//! `item`, never from the client. When an order is placed, `trade` says so by a message, and the ordered
//! items leave the cart, but only rows last changed before that message was written: what the buyer put in
//! since is theirs. Every write names its user, so nobody reaches another's cart.

mod clear;
pub mod config;
mod http;
mod rules;
mod service;
pub mod store;
mod sweep;

pub use clear::ClearHandler;
pub use config::Config;
pub use http::routes;
pub use rules::{Offer, Outcome, Refusal, Snapshot};
pub use service::{Line, Parts, Service};
