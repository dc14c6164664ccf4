//! One life of a service's process: from its start on its data to its end.
//!
//! A process that ends does so at a [`Point`]: whatever it was doing stops there for ever, and nothing it kept
//! in memory is seen again. Its tasks are not unwound, which a killed process has no time for either; they wait
//! for something that never comes, and every commit, call and message of theirs would first have to pass here.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::mark::Mark;
use crate::matrix::Deed;
use crate::place::{Act, Place, Point, Side};
use crate::time::Held;
use crate::town::Town;

/// A process while it lives, and the memory of it afterwards.
pub(crate) struct Life {
    pub(crate) town: Arc<Town>,
    pub(crate) place: Place,
    /// Cancelled when it is over.
    pub(crate) over: CancellationToken,
    /// Its tasks that are at work with a database server.
    visits: Arc<Mutex<Visits>>,
}

#[derive(Default)]
struct Visits {
    next: u64,
    open: BTreeMap<u64, Held>,
}

/// A task that is at work with a database server, until dropped. No time passes meanwhile, unless its process ends.
pub(crate) struct Visit {
    visits: Arc<Mutex<Visits>>,
    number: u64,
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.visits.lock().open.remove(&self.number);
    }
}

/// Where a process is to end, and how long it is gone then. It outlives the lives that never came to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aim {
    /// The number of the trouble it belongs to.
    pub(crate) number: usize,
    pub(crate) place: Place,
    pub(crate) wanted: Wanted,
    pub(crate) down_ms: i64,
}

/// At which point.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted {
    /// The next time it comes to this one.
    At(Point),
    /// After so many more, whichever they are.
    After(u32),
}

impl Aim {
    /// Whether `point` is where the process ends.
    pub(crate) fn hit(&mut self, point: Point) -> bool {
        if self.place != point.place {
            return false;
        }
        match &mut self.wanted {
            Wanted::At(wanted) => *wanted == point,
            Wanted::After(0) => true,
            Wanted::After(left) => {
                *left -= 1;
                false
            }
        }
    }
}

impl Life {
    pub(crate) fn new(town: Arc<Town>, place: Place) -> Self {
        Self { town, place, over: CancellationToken::new(), visits: Arc::default() }
    }

    /// Goes past a point, unless the process has ended or ends here: then it never returns. Answers what else is to be
    /// done with the step, if this is the one that a cell of the matrix is about.
    pub(crate) async fn pass(&self, act: Act, side: Side) -> Option<Deed> {
        let point = Point { place: self.place, act, side };
        let mut deed = None;
        if !self.over.is_cancelled() {
            deed = self.town.directed(point);
            let down_ms = match deed {
                Some(Deed::EndBefore | Deed::EndAfter) => Some(crate::matrix::DOWN_MS),
                _ => self.town.hit_aim(point),
            };
            if let Some(down_ms) = down_ms {
                self.end(point, down_ms);
            }
        }
        if deed == Some(Deed::HangUp) {
            // So that the request is dropped before anything else happens.
            tokio::task::yield_now().await;
        }
        self.or_never().await;
        deed
    }

    /// Begins work with a database server.
    pub(crate) async fn visit(&self) -> Visit {
        self.or_never().await;
        let mut visits = self.visits.lock();
        visits.next += 1;
        let number = visits.next;
        visits.open.insert(number, self.town.clock.hold());
        Visit { visits: self.visits.clone(), number }
    }

    /// Goes on, if the process lives.
    pub(crate) async fn or_never(&self) {
        if self.over.is_cancelled() {
            pending::<()>().await;
        }
    }

    fn end(&self, point: Point, down_ms: i64) {
        let town = &self.town;
        town.hit(Mark::Death(point));
        town.note("death", &[], || format!("✝ {point}: the process ends, for {} s", down_ms / 1_000));
        self.over.cancel();
        self.visits.lock().open.clear();
        town.forget(self.place);
        let (again, place) = (town.clone(), self.place);
        town.spawn(async move {
            again.cut_connections(place).await;
            again.clock.after(down_ms).await;
            again.start(place).await;
        });
    }
}
