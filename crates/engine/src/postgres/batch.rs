//! Units of work of one kind that arrive together become one transaction.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{Db, Tx};
use crate::{Error, Result};

/// How many submissions may wait for a lane; one more is refused.
const QUEUE: usize = 4_096;
/// How many requests one transaction takes at most (a single larger submission goes alone).
const BATCH: usize = 256;

/// One kind of unit of work, written for many at once.
#[async_trait]
pub trait Batch: Send + Sync + 'static {
    /// What one caller asks for.
    type Request: Send + Sync + 'static;
    /// What it is answered.
    type Answer: Send + 'static;

    /// Decides on all `requests`, in their order, and answers each. Must lock what it decides on, in sorted order
    /// over the whole batch, and see within the batch what earlier requests of it have changed.
    async fn run(&self, tx: &mut Tx<'_>, requests: &[Self::Request]) -> Result<Vec<Self::Answer>>;

    /// The answer to a request whose own rows are at fault, if the caller is to have one rather than an error.
    fn broken(&self, request: &Self::Request, error: &Error) -> Option<Self::Answer> {
        let _ = (request, error);
        None
    }
}

struct Job<B: Batch> {
    requests: Vec<B::Request>,
    reply: oneshot::Sender<Result<Vec<B::Answer>>>,
}

type Jobs<B> = Arc<Mutex<mpsc::Receiver<Job<B>>>>;

/// Runs units of one kind in a few lanes; each lane takes all that wait and commits them together. Clones share
/// the lanes, which end when the last clone is gone.
pub struct Batcher<B: Batch> {
    queue: mpsc::Sender<Job<B>>,
}

impl<B: Batch> Clone for Batcher<B> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone() }
    }
}

impl<B: Batch> Batcher<B> {
    /// Starts `lanes` lanes over `db`. Must be called within a runtime.
    pub fn start(db: &Db, batch: B, lanes: usize) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (batch, jobs) = (Arc::new(batch), Arc::new(Mutex::new(jobs)));
        for _ in 0..lanes.max(1) {
            let lane = Lane { db: db.clone(), batch: batch.clone(), jobs: jobs.clone() };
            tokio::spawn(lane.run());
        }
        Self { queue }
    }

    /// One request; answered once it is committed.
    pub async fn submit(&self, request: B::Request) -> Result<B::Answer> {
        self.submit_all(vec![request]).await?.pop().ok_or(Error::Broken)
    }

    /// Some requests; answered in their order once they are committed.
    pub async fn submit_all(&self, requests: Vec<B::Request>) -> Result<Vec<B::Answer>> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, answer) = oneshot::channel();
        self.queue.try_send(Job { requests, reply }).map_err(|_| Error::Overloaded)?;
        answer.await.unwrap_or(Err(Error::Broken))
    }
}

struct Lane<B: Batch> {
    db: Db,
    batch: Arc<B>,
    jobs: Jobs<B>,
}

impl<B: Batch> Lane<B> {
    async fn run(self) {
        while let Some(jobs) = self.take().await {
            // In a task of its own: a panic costs its batch, not the lane.
            let (db, batch) = (self.db.clone(), self.batch.clone());
            let outcome = tokio::spawn(async move { work(&db, batch.as_ref(), jobs).await }).await;
            if let Err(stopped) = outcome {
                tracing::error!(%stopped, "a batch stopped at a mistake of its own and was undone");
            }
        }
    }

    /// Waits for a job and takes what else is there.
    async fn take(&self) -> Option<Vec<Job<B>>> {
        let mut waiting = self.jobs.lock().await;
        let first = waiting.recv().await?;
        let mut size = first.requests.len();
        let mut jobs = vec![first];
        while size < BATCH
            && let Ok(job) = waiting.try_recv()
        {
            size += job.requests.len();
            jobs.push(job);
        }
        Some(jobs)
    }
}

async fn work<B: Batch>(db: &Db, batch: &B, jobs: Vec<Job<B>>) {
    let mut sizes = Vec::with_capacity(jobs.len());
    let (mut requests, mut replies) = (Vec::new(), Vec::with_capacity(jobs.len()));
    for job in jobs {
        sizes.push(job.requests.len());
        requests.extend(job.requests);
        replies.push(job.reply);
    }
    metrics::histogram!("sandglass_commit_units").record(u32::try_from(requests.len()).unwrap_or(u32::MAX));
    let mut answers = match db.run(batch, &requests).await {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) if error.is_of_a_row() => alone(db, batch, &requests).await,
        Err(error) => {
            tracing::warn!(%error, "a batch was not committed");
            return refuse(replies, &error);
        }
    }
    .into_iter();
    for (size, reply) in sizes.into_iter().zip(replies) {
        // The caller may have hung up; the work stands all the same.
        let _ = reply.send(answers.by_ref().take(size).collect());
    }
}

/// One row's fault undid the whole batch: each request is tried alone, so that it costs nobody else anything.
async fn alone<B: Batch>(db: &Db, batch: &B, requests: &[B::Request]) -> Vec<Result<B::Answer>> {
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        let outcome = db.run(batch, std::slice::from_ref(request)).await;
        answers.push(match outcome {
            Ok(mut one) => one.pop().ok_or(Error::Broken),
            Err(error) if error.is_of_a_row() => batch.broken(request, &error).ok_or(error),
            Err(error) => Err(error),
        });
    }
    answers
}

fn refuse<A>(replies: Vec<oneshot::Sender<Result<Vec<A>>>>, error: &Error) {
    for reply in replies {
        let _ = reply.send(Err(match error {
            Error::Unknown => Error::Unknown,
            Error::Overloaded => Error::Overloaded,
            error => Error::Unavailable(error.to_string()),
        }));
    }
}
