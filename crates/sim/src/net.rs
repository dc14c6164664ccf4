//! The network between places: whatever is asked arrives once, twice, late or never, and so does the answer.
//!
//! Nobody who asks can tell a request that was lost from an answer that was. Whoever waits gives up after a
//! while; the request may still be on its way, and may be served a day later.

use std::sync::Arc;

use clock::{Clock, HOUR, SECOND};
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::mark::Mark;
use crate::place::Place;
use crate::shop::Running;
use crate::town::Town;

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// Nobody listens there, or the connection broke.
    Broke,
    /// None came in time.
    Late,
}

/// What the network does with one request.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// Milliseconds to its place; none: it is lost.
    there: Option<i64>,
    /// Milliseconds back.
    back: Option<i64>,
    /// It arrives once more, after so long.
    again: Option<i64>,
}

/// What a request has done at the place it is for. It may be done more than once.
pub(crate) type Work<T> = dyn Fn(&Running) -> BoxFuture<'static, T> + Send + Sync;

/// From this delay on a wait is for the wall clock: a machine that slept through the night finds the request.
const NIGHT_MS: i64 = HOUR;

impl Town {
    /// Has `work` done at `to`, asked for from `from`, and waits `patience_ms` for the answer.
    pub(crate) async fn exchange<T: Send + 'static>(
        self: &Arc<Self>,
        (from, to): (Place, Place),
        patience_ms: i64,
        work: Arc<Work<T>>,
    ) -> Result<T, Silence> {
        let fate = self.fate(from, to);
        let (answer, answered) = oneshot::channel();
        let mut unsent = Some(answer);
        if let Some(ms) = fate.there {
            let road = Road { town: self.clone(), from, to, back: fate.back, patience_ms };
            self.spawn(road.carry(ms, work.clone(), unsent.take()));
        }
        if let Some(ms) = fate.again {
            let road = Road { town: self.clone(), from, to, back: None, patience_ms };
            self.spawn(road.carry(ms, work, None));
        }
        tokio::select! {
            biased;
            answer = answered => answer.map_err(|_| Silence::Broke),
            () = self.clock.after(patience_ms) => Err(Silence::Late),
        }
    }

    /// Has `work` done at the payment provider, which always runs, asked for by `pay`.
    pub(crate) async fn exchange_at_provider<T: Send + 'static>(
        self: &Arc<Self>,
        patience_ms: i64,
        work: Arc<dyn Fn() -> T + Send + Sync>,
    ) -> Result<T, Silence> {
        let (from, to) = (Place::Pay, Place::Provider);
        let fate = self.fate(from, to);
        let (answer, answered) = oneshot::channel();
        if let Some(ms) = fate.there {
            let road = Road { town: self.clone(), from, to, back: fate.back, patience_ms };
            self.spawn(road.carry_to_provider(ms, work.clone(), Some(answer)));
        }
        if let Some(ms) = fate.again {
            let road = Road { town: self.clone(), from, to, back: None, patience_ms };
            self.spawn(road.carry_to_provider(ms, work, None));
        }
        tokio::select! {
            biased;
            Ok(answer) = answered => Ok(answer),
            () = self.clock.after(patience_ms) => Err(Silence::Late),
        }
    }

    fn fate(&self, from: Place, to: Place) -> Fate {
        let weather = self.weather();
        let people = from == Place::People;
        let cut = self.is_cut(from, to);
        let fate = self.draw(|chance| {
            let lost = chance.happens(weather.request_lost);
            let late = !people && chance.happens(weather.late);
            let slow = chance.happens(weather.slow);
            let there = match (late, slow) {
                (true, _) => chance.span(5 * SECOND..=24 * HOUR),
                (_, true) => chance.span(20..=6 * SECOND),
                _ => chance.span(1..=5),
            };
            let back = (!chance.happens(weather.answer_lost)).then(|| chance.span(1..=5));
            let again = chance.happens(weather.twice).then(|| chance.span(1..=20 * SECOND));
            Fate { there: (!lost).then_some(there), back, again }
        });
        if cut {
            self.hit(Mark::Fault("a cut link swallowed a request"));
            return Fate { there: None, back: None, again: None };
        }
        for (happened, what) in [
            (fate.there.is_none(), "a request was lost"),
            (fate.there.is_some_and(|ms| ms > 5), "a request was late"),
            (fate.back.is_none(), "an answer was lost after the work was done"),
            (fate.again.is_some(), "a request came twice"),
        ] {
            if happened {
                self.hit(Mark::Fault(what));
            }
        }
        fate
    }
}

/// The way of one request and its answer.
struct Road {
    town: Arc<Town>,
    from: Place,
    to: Place,
    back: Option<i64>,
    patience_ms: i64,
}

impl Road {
    async fn travel(&self, ms: i64) {
        let clock = &self.town.clock;
        if ms >= NIGHT_MS {
            clock.sleep_until(clock.now() + ms).await;
        } else {
            clock.after(ms).await;
        }
    }

    async fn carry_to_provider<T: Send + 'static>(
        self,
        ms: i64,
        work: Arc<dyn Fn() -> T + Send + Sync>,
        answer: Option<oneshot::Sender<T>>,
    ) {
        self.travel(ms).await;
        let done = work();
        if let Some(answer) = answer {
            self.bring_back(done, answer).await;
        }
    }

    async fn carry<T: Send + 'static>(self, ms: i64, work: Arc<Work<T>>, answer: Option<oneshot::Sender<T>>) {
        self.travel(ms).await;
        let Some((life, running)) = self.town.running(self.to) else { return };
        let done = tokio::select! {
            biased;
            done = work(&running) => done,
            () = life.over.cancelled() => return,
        };
        if let Some(answer) = answer {
            self.bring_back(done, answer).await;
        }
    }

    async fn bring_back<T>(self, done: T, answer: oneshot::Sender<T>) {
        let clock = &self.town.clock;
        let cut = self.town.is_cut(self.to, self.from);
        if cut {
            self.town.hit(Mark::Fault("a cut link swallowed an answer"));
        }
        match self.back.filter(|_| !cut) {
            Some(ms) => {
                clock.after(ms).await;
                let _ = answer.send(done);
            }
            // Whoever waits is left waiting, not told.
            None => clock.after(self.patience_ms).await,
        }
    }
}
