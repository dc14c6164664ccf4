//! The service on its real tables, with a clock driven by hand.
//!
//! `SANDGLASS_TEST_ENGINE=postgres` runs the same tests on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod facts;
mod hold;
mod http;
mod import;
mod interleave_postgres;
mod ledger;
mod race;
mod search;
mod settle;
mod shop;
mod staff;
mod sweep;
mod tables;
