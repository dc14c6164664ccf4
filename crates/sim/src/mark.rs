//! What a run has reached.

use std::collections::BTreeMap;
use std::fmt;

use crate::place::Point;

/// Something that a run can reach, and that some run of many must.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A transition or an end.
    Move(&'static str),
    /// Two things that met in the order that matters.
    Race(&'static str),
    /// Something a person did.
    Person(&'static str),
    /// A fault that struck.
    Fault(&'static str),
    /// A process ended here.
    Death(Point),
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mark::Move(what) => write!(f, "move    {what}"),
            Mark::Race(what) => write!(f, "race    {what}"),
            Mark::Person(what) => write!(f, "person  {what}"),
            Mark::Fault(what) => write!(f, "fault   {what}"),
            Mark::Death(point) => write!(f, "death   {point}"),
        }
    }
}

/// How often each mark was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    counts: BTreeMap<Mark, u64>,
}

impl Marks {
    /// Counts one more.
    pub(crate) fn hit(&mut self, mark: Mark) {
        *self.counts.entry(mark).or_default() += 1;
    }

    /// How often `mark` was reached.
    pub fn count(&self, mark: Mark) -> u64 {
        self.counts.get(&mark).copied().unwrap_or(0)
    }

    /// How many faults struck, deaths included.
    pub fn faults(&self) -> u64 {
        let faults = self.counts.iter().filter(|(mark, _)| matches!(mark, Mark::Fault(_) | Mark::Death(_)));
        faults.map(|(_, count)| count).sum()
    }

    /// Every mark that was reached, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Mark, u64)> {
        self.counts.iter().map(|(mark, count)| (*mark, *count))
    }

    /// Adds what another run reached.
    pub fn add(&mut self, other: &Marks) {
        for (mark, count) in &other.counts {
            *self.counts.entry(*mark).or_default() += count;
        }
    }
}
