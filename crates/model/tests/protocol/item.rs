//! `item`: one hold over one piece, and the three counters it moves between.

use model::hold::{End, Movement, State, settle};
use mutants::Mutant;

use crate::world::{Msg, World};

/// The counters of the item, and how often each movement was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stock {
    pub(crate) initial: i64,
    pub(crate) available: i64,
    pub(crate) held: i64,
    pub(crate) sold: i64,
    /// Holds, releases, sales, returns.
    pub(crate) moved: [u8; 4],
}

impl Stock {
    pub(crate) fn of(available: i64) -> Self {
        Self { initial: available, available, held: 0, sold: 0, moved: [0; 4] }
    }

    fn make(&mut self, movement: Movement) {
        let (from, to, index) = match movement {
            Movement::Hold => (&mut self.available, &mut self.held, 0),
            Movement::Release => (&mut self.held, &mut self.available, 1),
            Movement::Sell => (&mut self.held, &mut self.sold, 2),
            Movement::Return => (&mut self.sold, &mut self.available, 3),
        };
        *from -= 1;
        *to += 1;
        self.moved[index] += 1;
    }
}

impl World {
    /// Holds once; whatever ended or refused before refuses a late or repeated hold.
    pub(crate) fn item_hold(&mut self) {
        match self.hold {
            None if self.stock.available > 0 => {
                self.stock.make(Movement::Hold);
                self.hold = Some(State::Held);
            }
            None => self.hold = Some(State::Refused),
            Some(_) => {}
        }
        let held = !matches!(self.hold, Some(State::Refused | State::Released));
        self.send(Msg::HoldAnswered(held));
    }

    pub(crate) fn item_settle(&mut self, end: End) {
        let settled = settle(self.hold, end).unwrap_or_else(|wrong| panic!("{wrong}"));
        for movement in settled.1 {
            self.stock.make(*movement);
        }
        if self.hold.is_some() || !mutants::on(Mutant::NoHoldTombstone) {
            self.hold = Some(settled.0);
        }
        self.send(Msg::Settled(end));
    }
}
