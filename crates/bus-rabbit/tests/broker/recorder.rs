//! A handler that remembers what it was given, and when.

use std::sync::Arc;

use async_trait::async_trait;
use clock::Ms;
use delay::{Handler, Message, RetryPolicy, Verdict};
use parking_lot::Mutex;

use crate::world::{now, until};

/// Short waits, three tries.
const POLICY: RetryPolicy = RetryPolicy { first_ms: 100, cap_ms: 200, tries: 3 };

type Judge = dyn Fn(&Message) -> Verdict + Send + Sync;

pub(crate) struct Recorder {
    judge: Box<Judge>,
    seen: Mutex<Vec<(Message, Ms)>>,
}

impl Recorder {
    /// Is done with everything at once.
    pub(crate) fn done() -> Arc<Self> {
        Self::judging(|_| Verdict::Done)
    }

    pub(crate) fn judging(judge: impl Fn(&Message) -> Verdict + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { judge: Box::new(judge), seen: Mutex::default() })
    }

    /// What it was given, with the time of it.
    pub(crate) fn seen(&self) -> Vec<(Message, Ms)> {
        self.seen.lock().clone()
    }

    pub(crate) fn subjects(&self) -> Vec<u64> {
        let mut subjects: Vec<u64> = self.seen.lock().iter().map(|(message, _)| message.subject).collect();
        subjects.sort_unstable();
        subjects
    }

    pub(crate) fn times(&self, subject: u64) -> usize {
        self.seen.lock().iter().filter(|(message, _)| message.subject == subject).count()
    }

    pub(crate) async fn saw(&self, count: usize) {
        until(&format!("{count} messages are handled"), || self.seen.lock().len() >= count).await;
    }

    pub(crate) fn assert_never_early(&self) {
        for (message, at) in self.seen() {
            assert!(at >= message.due, "{message:?} was handled {} ms early", message.due.since(at));
        }
    }
}

#[async_trait]
impl Handler for Recorder {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let at = now();
        self.seen.lock().extend(batch.iter().map(|message| (message.clone(), at)));
        batch.iter().map(|message| (self.judge)(message)).collect()
    }

    fn retry(&self) -> RetryPolicy {
        POLICY
    }
}
