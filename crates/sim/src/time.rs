//! Simulated time: it stands still while anybody has something to do.
//!
//! The runtime calls [`SimClock::fire`] when every task waits; the clock then goes on to the moment for which the
//! first of them waits and wakes that one alone. So an hour in which nothing happens costs nothing, nothing ever
//! happens at two places at once, and which of two waits ends first is the same in every run.
//!
//! There are two times. *Elapsed* time only grows and is what networks and disks take. The *wall clock* is what
//! services see; it may be stepped in either direction, as machines' clocks are.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use clock::{Clock, Ms};
use parking_lot::Mutex;

/// The one clock of a simulation. Clones are the same clock.
#[derive(Clone)]
pub(crate) struct SimClock {
    timers: Arc<Mutex<Timers>>,
    held: Arc<AtomicUsize>,
}

/// No time passes until it is dropped.
pub(crate) struct Held(Arc<AtomicUsize>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Timers {
    elapsed: i64,
    /// How often somebody has looked at the clock since time last went on.
    looks: u64,
    /// Wall time less elapsed time.
    offset: i64,
    latest_wall: i64,
    next_id: u64,
    queue: BTreeSet<(i64, u64)>,
    waits: BTreeMap<u64, Wait>,
}

struct Wait {
    /// In elapsed time.
    due: i64,
    /// Whoever waits for a wall time is woken sooner when the clock is stepped forward.
    wall: Option<i64>,
    waker: Option<Waker>,
}

impl SimClock {
    /// A clock that shows `start`.
    pub(crate) fn new(start: Ms) -> Self {
        let timers = Timers {
            elapsed: 0,
            looks: 0,
            offset: start.0,
            latest_wall: start.0,
            next_id: 0,
            queue: BTreeSet::new(),
            waits: BTreeMap::new(),
        };
        Self { timers: Arc::new(Mutex::new(timers)), held: Arc::default() }
    }

    /// Stops time while something is under way that takes none in the simulated world, such as what a real database
    /// server is asked: every task may wait for its answer, and still nobody's patience is to end.
    pub(crate) fn hold(&self) -> Held {
        self.held.fetch_add(1, Ordering::Relaxed);
        Held(self.held.clone())
    }

    /// Milliseconds since the start, whatever the wall clock was made to show.
    pub(crate) fn elapsed(&self) -> i64 {
        self.timers.lock().elapsed
    }

    /// The latest time the wall clock ever showed.
    pub(crate) fn latest(&self) -> Ms {
        let timers = self.timers.lock();
        Ms(timers.latest_wall.max(timers.wall()))
    }

    /// Steps the wall clock by `by_ms`, back if negative.
    pub(crate) fn step(&self, by_ms: i64) {
        let mut timers = self.timers.lock();
        timers.latest_wall = timers.latest_wall.max(timers.wall());
        timers.offset += by_ms;
        if by_ms > 0 {
            timers.bring_forward();
        }
    }

    /// Waits for a span of elapsed time.
    pub(crate) fn after(&self, span_ms: i64) -> Sleep {
        let mut timers = self.timers.lock();
        let due = timers.elapsed + span_ms.max(0);
        let id = timers.wait(due, None);
        Sleep { timers: self.timers.clone(), id }
    }

    /// Goes on to the next moment somebody waits for, and wakes them.
    pub(crate) fn fire(&self) {
        if self.held.load(Ordering::Relaxed) > 0 {
            return;
        }
        let mut timers = self.timers.lock();
        let Some((due, id)) = timers.queue.pop_first() else { return };
        if due > timers.elapsed {
            (timers.elapsed, timers.looks) = (due, 0);
        }
        let waker = timers.waits.remove(&id).and_then(|wait| wait.waker);
        drop(timers);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// How often the clock may be looked at without time going on; far more than anything needs. Whoever looks more often
/// waits for something that cannot come, and would do so for ever: it is stopped by a panic, which is a violation.
const LOOKS_MAX: u64 = 1_000_000;

impl Timers {
    /// Somebody looks at the clock.
    fn look(&mut self) -> i64 {
        self.looks += 1;
        assert!(
            self.looks <= LOOKS_MAX,
            "time stands still, and somebody looks at the clock again and again"
        );
        self.wall()
    }

    fn wall(&self) -> i64 {
        self.elapsed + self.offset
    }

    fn wait(&mut self, due: i64, wall: Option<i64>) -> u64 {
        self.next_id += 1;
        self.queue.insert((due, self.next_id));
        self.waits.insert(self.next_id, Wait { due, wall, waker: None });
        self.next_id
    }

    /// After a step forward: what was waited for may have come.
    fn bring_forward(&mut self) {
        let (elapsed, wall) = (self.elapsed, self.wall());
        for (id, wait) in &mut self.waits {
            let Some(at) = wait.wall else { continue };
            let due = wait.due.min(elapsed + (at - wall).max(0));
            if due < wait.due {
                self.queue.remove(&(wait.due, *id));
                self.queue.insert((due, *id));
                wait.due = due;
            }
        }
    }
}

#[async_trait]
impl Clock for SimClock {
    fn now(&self) -> Ms {
        Ms(self.timers.lock().look())
    }

    async fn sleep_until(&self, at: Ms) {
        let sleep = {
            let mut timers = self.timers.lock();
            let span = at.0 - timers.look();
            if span <= 0 {
                return;
            }
            let due = timers.elapsed.saturating_add(span);
            let id = timers.wait(due, Some(at.0));
            Sleep { timers: self.timers.clone(), id }
        };
        sleep.await;
    }
}

/// Ends when its time has come.
pub(crate) struct Sleep {
    timers: Arc<Mutex<Timers>>,
    id: u64,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut timers = self.timers.lock();
        match timers.waits.get_mut(&self.id) {
            None => Poll::Ready(()),
            Some(wait) => {
                wait.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let mut timers = self.timers.lock();
        if let Some(wait) = timers.waits.remove(&self.id) {
            timers.queue.remove(&(wait.due, self.id));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs `work` in a runtime whose time `clock` is.
    fn run<T>(clock: &SimClock, work: impl Future<Output = T>) -> T {
        let hook = clock.clone();
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.on_thread_park(move || hook.fire()).build().unwrap();
        runtime.block_on(work)
    }

    #[test]
    fn time_passes_only_when_all_wait() {
        let clock = SimClock::new(Ms(1_000));
        let (one, two) = (clock.clone(), clock.clone());
        run(&clock, async move {
            let first = tokio::spawn(async move {
                one.after(50).await;
                one.elapsed()
            });
            let second = tokio::spawn(async move {
                two.sleep_until(Ms(1_020)).await;
                two.elapsed()
            });
            assert_eq!((first.await.unwrap(), second.await.unwrap()), (50, 20));
        });
        assert_eq!(clock.now(), Ms(1_050));
    }

    #[test]
    #[should_panic(expected = "time stands still")]
    fn whoever_looks_at_the_clock_for_ever_is_stopped() {
        let clock = SimClock::new(Ms(0));
        let looker = clock.clone();
        run(&clock, async move { while looker.now() < Ms(1) {} });
    }

    #[test]
    fn a_step_forward_ends_waits_for_wall_times_only() {
        let clock = SimClock::new(Ms(0));
        let (wall, span, stepper) = (clock.clone(), clock.clone(), clock.clone());
        run(&clock, async move {
            let wall = tokio::spawn(async move {
                wall.sleep_until(Ms(10_000)).await;
                wall.elapsed()
            });
            let span = tokio::spawn(async move {
                span.after(500).await;
                span.elapsed()
            });
            stepper.after(100).await;
            stepper.step(3_600_000);
            assert_eq!((wall.await.unwrap(), span.await.unwrap()), (100, 500));
        });
    }

    #[test]
    fn a_step_back_does_not_lengthen_a_wait() {
        let clock = SimClock::new(Ms(0));
        let (wall, stepper) = (clock.clone(), clock.clone());
        run(&clock, async move {
            let wall = tokio::spawn(async move {
                wall.sleep_until(Ms(1_000)).await;
                wall.elapsed()
            });
            stepper.after(100).await;
            stepper.step(-3_600_000);
            assert_eq!(wall.await.unwrap(), 1_000);
        });
    }
}
