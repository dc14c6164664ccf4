//! Live pages: whoever looks at an order hears that it changed, and loads what is new.
//!
//! A [`Hub`] knows which orders all open pages of this process show, and asks how they stand: **one question for all
//! of them** every second, none while nobody looks. A page's stream carries versions and nothing else; what a change
//! looks like is told by the page itself, rendered for its reader. So a stream that was cut loses nothing: it begins
//! with how everything stands.

mod hub;
mod stream;

pub(crate) use hub::Hub;
pub(crate) use stream::stream;
