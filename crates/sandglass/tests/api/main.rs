//! Every operation of the interface, met by callers who should not be there and by input that should not be:
//! the right refusal, never a fault of ours, and nothing changed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod digest;
mod document;
mod foreign;
mod fuzz;
mod hostile;
mod mutate;
mod samples;
mod shop;
mod siege;
mod wire;
