//! The service on its real tables, with a clock driven by hand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod hold;
mod http;
mod import;
mod ledger;
mod search;
mod settle;
mod shop;
mod staff;
mod sweep;
