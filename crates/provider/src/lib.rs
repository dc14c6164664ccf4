//! The sandbox provider: a payment provider whose notices come late, twice and out of order, to build against and to
//! try the shop with.
//!
//! | module | what it is |
//! |---|---|
//! | [`sign`] | what is signed, and how: HMAC-SHA256 over method, path, time, nonce and the raw body, both ways |
//! | [`wire`] | the bodies |
//! | [`client`] | [`Sandbox`], the channel by which `pay` reaches it. Channels to real providers look like it |
//! | [`server`] | [`Provider`], the provider itself, with switches for all it may do wrong. Its money is no money |
//!
//! A payment is known by the pay order's id. Making, closing and refunding it are the same however often they come,
//! and closing one that was never made leaves a tombstone that refuses to make it later.

pub mod client;
pub mod server;
pub mod sign;
pub mod wire;

pub use client::Sandbox;
pub use server::{Provider, Switches};
pub use sign::Key;
