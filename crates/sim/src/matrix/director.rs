//! Who counts the steps of an act, and has something done at one of them.

use std::collections::BTreeMap;
use std::fmt;

use tokio_util::sync::CancellationToken;

use super::Copy;
use crate::place::{Act, Place, Point, Side};

/// What goes wrong at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// The process ends before it.
    EndBefore,
    /// It has happened, and the process ends before it knows.
    EndAfter,
    /// It is done twice: the message handed over twice, the call made twice, the request sent twice under one key. A
    /// commit: what led to it comes once more while it is being made. And once more when all is over.
    Repeat,
    /// The client that waits for an answer goes away.
    HangUp,
    /// The call, the message, the request gets lost and arrives when all is over. A commit: its answer.
    Lose,
}

impl Deed {
    /// Each.
    pub const ALL: [Deed; 5] = [Deed::EndBefore, Deed::EndAfter, Deed::Repeat, Deed::HangUp, Deed::Lose];

    /// The head of its column.
    pub fn title(self) -> &'static str {
        match self {
            Deed::EndBefore => "crash before",
            Deed::EndAfter => "crash after",
            Deed::Repeat => "repeat",
            Deed::HangUp => "client hangs up",
            Deed::Lose => "lost",
        }
    }

    /// On which side of `act` it is done.
    fn side(self, act: Act) -> Side {
        match (self, act) {
            (Deed::EndAfter, _) | (Deed::Lose, Act::Commit(_)) => Side::After,
            _ => Side::Before,
        }
    }
}

/// A step: the so many-th time in an act that this place does this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step {
    /// Whose process.
    pub place: Place,
    /// What it does.
    pub act: Act,
    /// Which time, from 1.
    pub nth: u32,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.act)?;
        if self.nth > 1 { write!(f, " ({})", self.nth) } else { Ok(()) }
    }
}

/// A step that was passed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passed {
    pub(crate) step: Step,
    /// Whether a client waited for an answer.
    pub(crate) waits: bool,
}

/// Counts the steps of one act.
#[derive(Default)]
pub(crate) struct Director {
    target: Option<(Step, Deed)>,
    reached: bool,
    counts: BTreeMap<Point, u32>,
    passed: Vec<Passed>,
    waiting: u32,
    hang_up: CancellationToken,
    arrivals: [Option<Copy>; Place::COUNT],
    put_off: Vec<Copy>,
}

impl Director {
    /// Has `deed` done at `target`; without one, only counts.
    pub(crate) fn new(target: Option<(Step, Deed)>) -> Self {
        Self { target, ..Self::default() }
    }

    /// A process comes to `point`: what is to be done there.
    pub(crate) fn pass(&mut self, point: Point) -> Option<Deed> {
        let nth = self.counts.entry(point).or_default();
        *nth += 1;
        let step = Step { place: point.place, act: point.act, nth: *nth };
        if point.side == Side::Before {
            self.passed.push(Passed { step, waits: self.waiting > 0 });
        }
        let (wanted, deed) = self.target?;
        if self.reached || wanted != step || deed.side(step.act) != point.side {
            return None;
        }
        self.reached = true;
        if deed == Deed::HangUp {
            // Whoever comes later waits for an answer again.
            std::mem::take(&mut self.hang_up).cancel();
        }
        Some(deed)
    }

    /// Whether the step was come to.
    pub(crate) fn reached(&self) -> bool {
        self.reached
    }

    /// The steps so far, in their order.
    pub(crate) fn passed(&self) -> Vec<Passed> {
        self.passed.clone()
    }

    /// A client begins (or ends) to wait. Answers what tells it to go away.
    pub(crate) fn wait(&mut self, on: bool) -> CancellationToken {
        self.waiting = if on { self.waiting + 1 } else { self.waiting.saturating_sub(1) };
        self.hang_up.clone()
    }

    /// Something came to `place`.
    pub(crate) fn arrived(&mut self, place: Place, copy: Copy) {
        self.arrivals[place.index()] = Some(copy);
    }

    /// What came to `place` last.
    pub(crate) fn arrival(&self, place: Place) -> Option<Copy> {
        self.arrivals[place.index()].clone()
    }

    /// Keeps something until all is over.
    pub(crate) fn put_off(&mut self, copy: Copy) {
        self.put_off.push(copy);
    }

    /// What was put off.
    pub(crate) fn take_put_off(&mut self) -> Vec<Copy> {
        std::mem::take(&mut self.put_off)
    }
}
