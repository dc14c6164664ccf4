//! Who is inside, and who waits for a place, in the order in which they came.

use std::collections::VecDeque;
use std::sync::Arc;

use clock::{Clock, Ms, SECOND};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Late;
use super::decide::{Bounds, Entry, Picture, knock, places};

/// The mean of how long placing takes follows the last of so many.
const TAKES_OF: u64 = 16;
/// What one may add to it, in milliseconds: a machine's clock may step by hours.
const TAKES_MAX_MS: i64 = 10 * SECOND;

/// The places. Clones are the same.
#[derive(Clone)]
pub(super) struct Hall(Arc<Inner>);

struct Inner {
    bounds: Bounds,
    clock: Arc<dyn Clock>,
    late: Late,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    inside: usize,
    waiting: VecDeque<Waiter>,
    takes_us: u64,
}

struct Waiter {
    since: Ms,
    call: oneshot::Sender<Place>,
}

/// A place inside, until dropped.
pub(super) struct Place {
    hall: Option<Hall>,
    since: Ms,
}

/// What an order that knocked has got.
enum Got {
    Place(Place),
    Turn(oneshot::Receiver<Place>),
    Nothing,
}

impl Hall {
    pub(super) fn new(bounds: Bounds, clock: Arc<dyn Clock>, late: Late) -> Self {
        Self(Arc::new(Inner { bounds, clock, late, state: Mutex::default() }))
    }

    /// A place, at once or in its turn; `None` if the wait would be too long.
    pub(super) async fn enter(&self) -> Option<Place> {
        match self.ask() {
            Got::Place(place) => Some(place),
            Got::Turn(turn) => {
                // Lateness may have passed since the last one left.
                self.call(self.0.clock.now());
                turn.await.ok()
            }
            Got::Nothing => None,
        }
    }

    fn ask(&self) -> Got {
        let (now, late_ms) = (self.0.clock.now(), (self.0.late)());
        let mut state = self.0.state.lock();
        match knock(&self.0.bounds, &state.picture(now, late_ms)) {
            Entry::Now => {
                state.inside += 1;
                Got::Place(Place { hall: Some(self.clone()), since: now })
            }
            Entry::Wait => {
                let (call, turn) = oneshot::channel();
                state.waiting.push_back(Waiter { since: now, call });
                Got::Turn(turn)
            }
            Entry::Refused => Got::Nothing,
        }
    }

    /// Lets in whoever waits, as far as there are places.
    fn call(&self, now: Ms) {
        let places = places(&self.0.bounds, (self.0.late)());
        loop {
            let next = self.0.state.lock().next(places);
            let Some(waiter) = next else { return };
            let place = Place { hall: Some(self.clone()), since: now };
            // Whoever has hung up meanwhile leaves the place to the next.
            if let Err(mut unused) = waiter.call.send(place) {
                unused.hall = None;
                self.0.state.lock().inside -= 1;
            }
        }
    }

    fn leave(&self, since: Ms) {
        let now = self.0.clock.now();
        self.0.state.lock().left(now.since(since));
        self.call(now);
    }
}

impl State {
    fn picture(&self, now: Ms, late_ms: i64) -> Picture {
        Picture {
            inside: self.inside,
            waiting: self.waiting.len(),
            first_waits_ms: self.waiting.front().map_or(0, |first| now.since(first.since)),
            takes_us: self.takes_us,
            late_ms,
        }
    }

    /// Takes a place for the first who waits, if one of `places` is free.
    fn next(&mut self, places: usize) -> Option<Waiter> {
        if self.inside >= places {
            return None;
        }
        let first = self.waiting.pop_front()?;
        self.inside += 1;
        Some(first)
    }

    fn left(&mut self, took_ms: i64) {
        self.inside -= 1;
        let took_us = took_ms.clamp(0, TAKES_MAX_MS).unsigned_abs() * 1_000;
        self.takes_us = (self.takes_us * (TAKES_OF - 1) + took_us) / TAKES_OF;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(hall) = self.hall.take() {
            hall.leave(self.since);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use clock::ManualClock;

    use super::*;

    const BOUNDS: Bounds =
        Bounds { places: 4, places_min: 1, late_ms: 100, waiting_max: 3, wait_max_ms: 1_000 };

    struct World {
        hall: Hall,
        clock: ManualClock,
        late_ms: Arc<AtomicI64>,
    }

    fn world() -> World {
        let (clock, late_ms) = (ManualClock::at(Ms(1_000_000)), Arc::new(AtomicI64::new(0)));
        let late = late_ms.clone();
        let late: Late = Arc::new(move || late.load(Ordering::Relaxed));
        World { hall: Hall::new(BOUNDS, Arc::new(clock.clone()), late), clock, late_ms }
    }

    impl World {
        fn place(&self) -> Place {
            match self.hall.ask() {
                Got::Place(place) => place,
                Got::Turn(_) | Got::Nothing => panic!("there was no place"),
            }
        }

        fn turn(&self) -> oneshot::Receiver<Place> {
            match self.hall.ask() {
                Got::Turn(turn) => turn,
                Got::Place(_) | Got::Nothing => panic!("it should have been asked to wait"),
            }
        }

        fn refused(&self) -> bool {
            matches!(self.hall.ask(), Got::Nothing)
        }
    }

    #[test]
    fn whoever_waits_is_let_in_in_turn_as_others_leave() {
        let world = world();
        let mut inside: Vec<_> = (0..4).map(|_| world.place()).collect();
        let (mut first, mut second) = (world.turn(), world.turn());
        inside.pop();
        let place = first.try_recv();
        assert!(place.is_ok() && second.try_recv().is_err());
        drop(place);
        assert!(second.try_recv().is_ok());
    }

    #[test]
    fn whoever_hangs_up_while_waiting_keeps_no_place() {
        let world = world();
        let inside: Vec<_> = (0..4).map(|_| world.place()).collect();
        let (gone, mut stays) = (world.turn(), world.turn());
        let late = world.turn();
        drop((gone, inside));
        assert!(stays.try_recv().is_ok());
        // Called, and hung up before it was noticed.
        drop(late);
        let all: Vec<_> = (0..4).map(|_| world.place()).collect();
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn the_queue_is_bounded_and_so_is_the_wait() {
        let world = world();
        let _inside: Vec<_> = (0..4).map(|_| world.place()).collect();
        let first = world.turn();
        world.clock.advance(1_001);
        assert!(world.refused(), "the first has waited for longer than anybody should");
        drop(first);
    }

    #[test]
    fn one_more_than_may_wait_is_refused() {
        let world = world();
        let _inside: Vec<_> = (0..4).map(|_| world.place()).collect();
        let _waiting: Vec<_> = (0..3).map(|_| world.turn()).collect();
        assert!(world.refused());
    }

    #[test]
    fn slow_placing_shortens_the_queue() {
        let world = world();
        for _ in 0..64 {
            let place = world.place();
            world.clock.advance(4_000);
            drop(place);
        }
        let _inside: Vec<_> = (0..4).map(|_| world.place()).collect();
        let _second_at_most = world.turn();
        assert!(world.refused(), "one a second leaves, and it would be the second to wait");
    }

    #[tokio::test]
    async fn places_come_back_when_what_was_owed_is_done() {
        let world = world();
        world.late_ms.store(400, Ordering::Relaxed);
        let only = world.place();
        let (hall, waits) = (world.hall.clone(), world.turn());
        world.late_ms.store(0, Ordering::Relaxed);
        // The next who knocks finds the places open, and those before it come first.
        assert!(hall.enter().await.is_some());
        assert!(waits.await.is_ok());
        drop(only);
    }
}
