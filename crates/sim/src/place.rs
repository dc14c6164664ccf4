//! The places of the simulated world, and the points in them at which a process can end.

use std::fmt;

/// Somewhere that can be cut off from somewhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The process of `user`.
    User,
    /// Of `item`.
    Item,
    /// Of `cart`.
    Cart,
    /// Of `trade`.
    Trade,
    /// Of `pay`.
    Pay,
    /// The broker that messages between services go through.
    Broker,
    /// Wherever buyers and staff sit.
    People,
    /// The payment provider's.
    Provider,
}

impl Place {
    /// The services' processes.
    pub const SERVICES: [Place; 5] = [Place::User, Place::Item, Place::Cart, Place::Trade, Place::Pay];
    /// How many places there are.
    pub(crate) const COUNT: usize = 8;

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Place::User => "user",
            Place::Item => "item",
            Place::Cart => "cart",
            Place::Trade => "trade",
            Place::Pay => "pay",
            Place::Broker => "broker",
            Place::People => "people",
            Place::Provider => "provider",
        }
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a process is about to do, or has just done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Commit the unit that this function wrote.
    Commit(&'static str),
    /// Ask another service this; *after* is when its answer came.
    Ask(&'static str),
    /// Hand a message of this topic over to its handler, or to the broker.
    HandOver(&'static str),
    /// Serve this request of a person.
    Serve(&'static str),
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Act::Commit(unit) => write!(f, "commits {unit}"),
            Act::Ask(call) => write!(f, "asks {call}"),
            Act::HandOver(topic) => write!(f, "hands over {topic}"),
            Act::Serve(request) => write!(f, "serves {request}"),
        }
    }
}

/// Before or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// It has not happened.
    Before,
    /// It has happened, and nobody in this process knows it yet.
    After,
}

/// A point at which a process can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    /// Whose process.
    pub place: Place,
    /// At what.
    pub act: Act,
    /// On which side of it.
    pub side: Side,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Before => "before",
            Side::After => "after",
        };
        match self.act {
            Act::Commit(unit) => write!(f, "{} {side} the commit of {unit}", self.place),
            Act::Ask(call) => write!(f, "{} {side} asking {call}", self.place),
            Act::HandOver(topic) => write!(f, "{} {side} handing over {topic}", self.place),
            Act::Serve(request) => write!(f, "{} {side} serving {request}", self.place),
        }
    }
}

/// The function that wrote a unit, from its path as the compiler gives it.
pub(crate) fn short(unit: &str) -> &str {
    let name = unit.rsplit("::").find(|part| !part.starts_with('{')).unwrap_or(unit);
    name.split('<').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_called_by_the_function_that_wrote_it() {
        assert_eq!(short("trade::store::sqlite::SqliteStore::apply::{{closure}}::{{closure}}"), "apply");
        assert_eq!(short("<a::Store as b::Store>::begin<'_, '_>::{{closure}}"), "begin");
    }
}
