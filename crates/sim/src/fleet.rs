//! Many seeds, on several threads. Each seed is one thread's; they share nothing but the count.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::mark::Marks;
use crate::plan::{Part, Profile};
use crate::run::{Outcome, Seed, run};

/// Which seeds to run.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// The first.
    pub from: u64,
    /// How many.
    pub seeds: u64,
    /// How many at once.
    pub jobs: usize,
    /// Their faults; without, every seed takes the next profile in turn.
    pub profile: Option<Profile>,
    /// What is left out of each plan.
    pub without: Vec<Part>,
    /// Stop at the first that fails.
    pub stop_at_failure: bool,
}

/// A seed that fails.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Which.
    pub seed: Seed,
    /// What is wrong, one sentence each.
    pub violations: Vec<String>,
}

/// What came of all of them.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// How many were run.
    pub seeds: u64,
    /// How many orders they had.
    pub orders: u64,
    /// How many commits.
    pub commits: u64,
    /// The fewest orders a seed had.
    pub orders_min: u64,
    /// The fewest faults that struck in a seed with faults.
    pub faults_min: u64,
    /// What they reached.
    pub marks: Marks,
    /// Those that failed, by number.
    pub failed: Vec<Failed>,
}

impl Fleet {
    /// The seed of this number.
    pub fn seed(&self, number: u64) -> Seed {
        let turn = usize::try_from(number % Profile::EVERY.len() as u64).unwrap_or(0);
        let profile = self.profile.unwrap_or(Profile::EVERY[turn]);
        Seed { number, profile, without: self.without.clone(), keep_trace: false }
    }

    /// Runs all; `seen` is told of each that is over.
    pub fn run(&self, seen: &(dyn Fn(&Seed, &Outcome) + Sync)) -> engine::Result<Summary> {
        let start = Summary { orders_min: u64::MAX, faults_min: u64::MAX, ..Summary::default() };
        let (next, stop, summary) = (AtomicU64::new(0), AtomicBool::new(false), Mutex::new(start));
        let work = || -> engine::Result<()> {
            while !stop.load(Ordering::Relaxed) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= self.seeds {
                    break;
                }
                let seed = self.seed(self.from + index);
                let outcome = run(&seed)?;
                seen(&seed, &outcome);
                if self.stop_at_failure && !outcome.violations.is_empty() {
                    stop.store(true, Ordering::Relaxed);
                }
                let mut summary = summary.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                summary.add(seed, &outcome);
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.jobs.max(1)).map(|_| scope.spawn(work)).collect();
            let ended = workers.into_iter().map(|worker| {
                let stopped = || engine::Error::Unavailable("a worker stopped".into());
                worker.join().unwrap_or_else(|_| Err(stopped()))
            });
            ended.collect::<engine::Result<Vec<()>>>()
        })?;
        let mut summary = summary.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        summary.failed.sort_by_key(|failed| failed.seed.number);
        Ok(summary)
    }
}

impl Summary {
    fn add(&mut self, seed: Seed, outcome: &Outcome) {
        self.seeds += 1;
        self.orders += outcome.orders;
        self.commits += outcome.commits;
        self.orders_min = self.orders_min.min(outcome.orders);
        if seed.profile != Profile::Calm {
            self.faults_min = self.faults_min.min(outcome.marks.faults());
        }
        self.marks.add(&outcome.marks);
        if !outcome.violations.is_empty() {
            let violations = outcome.violations.iter().map(|one| one.what.clone()).collect();
            self.failed.push(Failed { seed, violations });
        }
    }
}
