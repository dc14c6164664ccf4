//! The pages as a browser without scripts sees them: over the door of a whole shop, with a jar of cookies.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod buying;
mod console;
mod door;
mod escaping;
mod forms;
mod limits;
mod pages;
mod reader;
mod world;
