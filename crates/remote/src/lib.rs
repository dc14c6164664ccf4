//! Calls between services that are other processes.
//!
//! [`Clients`] makes one client for each of the traits of [`api::calls`]. A call goes to one of the service's
//! replicas, carries this process's own token, has a deadline, and is answered or not: whatever is no well-formed
//! success is [`NoAnswer`](api::NoAnswer), and so nobody can take doubt for yes or no.
//!
//! Beneath the clients is the [`Upstream`]: replicas in rotation, a [`Breaker`] before each, and a few tries. What
//! nobody can have seen may always be sent again; what may have been seen, only if it is the same however often.
//! The `gateway` forwards through it too. How bytes travel is a [`Transport`], so that a simulator can bring its
//! own network.

mod base;
mod breaker;
mod caller;
mod clients;
mod item;
mod meter;
mod operator;
mod pay;
mod reading;
mod round;
mod trade;
mod transport;
mod upstream;
mod user;

pub use base::BadUrl;
pub use breaker::{Breaker, Policy};
pub use clients::Clients;
pub use item::ItemClient;
pub use meter::show_counters;
pub use operator::Operator;
pub use pay::PayClient;
pub use trade::TradeClient;
pub use transport::{Broken, Http, Transport};
pub use upstream::{Lost, Options, Outgoing, Repeat, Upstream};
pub use user::UserClient;
