//! One consumer: takes deliveries of its queue, has them handled in batches, settles them.

use std::collections::VecDeque;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;

use clock::Ms;
use delay::{Handler, Message, Verdict};
use futures_util::{FutureExt, StreamExt};
use lapin::message::Delivery;
use lapin::options::{BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection, Consumer};
use tokio::task::JoinSet;
use tokio::time::{Sleep, sleep};
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::desk::{Desk, Inbound, Job, May};
use crate::headers::short;
use crate::limits::{BATCHES_PER_TOPIC, LONERS_PER_TOPIC, PACE, PREFETCH};
use crate::next::{Next, after};
use crate::settle::Settler;

pub(crate) struct Listener {
    settler: Settler,
    handler: Arc<dyn Handler>,
    consumer: Consumer,
    /// Closed when the last of its holders is gone; deliveries that were not settled go back then.
    _channel: Channel,
    desk: Desk,
    running: JoinSet<bool>,
    loners: usize,
    /// Until the next batch of fresh messages may start.
    rest: Option<Pin<Box<Sleep>>>,
}

impl Listener {
    /// Starts consuming.
    pub(crate) async fn open(
        connection: &Connection,
        settler: Settler,
        handler: Arc<dyn Handler>,
    ) -> Result<Self, Error> {
        let channel = connection.create_channel().await?;
        channel.basic_qos(PREFETCH, BasicQosOptions::default()).await?;
        let (queue, options) = (short(&settler.route.queue), BasicConsumeOptions::default());
        let consumer = channel.basic_consume(queue, "".into(), options, FieldTable::default()).await?;
        Ok(Self {
            settler,
            handler,
            consumer,
            _channel: channel,
            desk: Desk::default(),
            running: JoinSet::new(),
            loners: 0,
            rest: None,
        })
    }

    /// Consumes until `stop`, then finishes what is being handled; or until the broker ends it.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> Result<(), Error> {
        while !stop.is_cancelled() {
            self.start_jobs();
            self.wait(&stop).await?;
        }
        while self.running.join_next().await.is_some() {}
        Ok(())
    }

    fn start_jobs(&mut self) {
        self.desk.release(self.now());
        while self.running.len() < BATCHES_PER_TOPIC {
            let may = May { loners: self.loners < LONERS_PER_TOPIC, fresh: self.rest.is_none() };
            let Some(job) = self.desk.next_job(may) else { return };
            let loner = job.is_loner();
            if job.is_fresh() {
                self.rest = Some(Box::pin(sleep(PACE)));
            }
            self.loners += usize::from(loner);
            let (settler, handler) = (self.settler.clone(), self.handler.clone());
            self.running.spawn(async move {
                work(&settler, handler, job).await;
                loner
            });
        }
    }

    /// Waits for something to do.
    async fn wait(&mut self, stop: &CancellationToken) -> Result<(), Error> {
        let clock = self.settler.shared.clock.clone();
        let due = self.desk.next_due();
        let parked = async {
            match due {
                Some(due) => clock.sleep_until(due).await,
                None => pending().await,
            }
        };
        let rested = async {
            match &mut self.rest {
                Some(rest) => rest.await,
                None => pending().await,
            }
        };
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            () = rested => {
                self.rest = None;
                Ok(())
            }
            delivery = self.consumer.next() => self.take(delivery),
            loner = finished(&mut self.running) => {
                self.loners -= usize::from(loner);
                Ok(())
            }
            () = parked => Ok(()),
        }
    }

    /// Takes a delivery, and all that arrived with it.
    fn take(&mut self, first: Option<lapin::Result<Delivery>>) -> Result<(), Error> {
        let now = self.now();
        let mut arrived = Some(first);
        while let Some(delivery) = arrived {
            let queue = || self.settler.route.queue.clone();
            let delivery = delivery.ok_or_else(|| Error::ConsumerEnded { queue: queue() })??;
            let (route, steps) = (&self.settler.route, &self.settler.shared.settings.steps);
            self.settler.acks.open(delivery.delivery_tag);
            self.desk.accept(route, delivery, now, steps);
            arrived = self.consumer.next().now_or_never();
        }
        Ok(())
    }

    fn now(&self) -> Ms {
        self.settler.shared.clock.now()
    }
}

async fn finished(running: &mut JoinSet<bool>) -> bool {
    match running.join_next().await {
        Some(loner) => loner.unwrap_or(false),
        None => pending().await,
    }
}

async fn work(settler: &Settler, handler: Arc<dyn Handler>, job: Job) {
    let decided = match job {
        Job::Settle(decided) => decided,
        Job::Handle(batch) => handle(settler, handler, batch).await,
    };
    settler.settle(decided).await;
}

async fn handle(settler: &Settler, handler: Arc<dyn Handler>, batch: Vec<Inbound>) -> Vec<(Inbound, Next)> {
    let policy = handler.retry();
    let verdicts = verdicts(handler, batch.iter().map(|inbound| inbound.message.clone()).collect()).await;
    let (now, steps) = (settler.shared.clock.now(), &settler.shared.settings.steps);
    let decide = |(inbound, verdict): (Inbound, Verdict)| {
        let next = after(&policy, &inbound.message, verdict, now, steps);
        (inbound, next)
    };
    batch.into_iter().zip(verdicts).map(decide).collect()
}

/// Runs the handler in a task of its own, so that its panic costs this batch one try and no more.
async fn verdicts(handler: Arc<dyn Handler>, messages: Vec<Message>) -> VecDeque<Verdict> {
    let count = messages.len();
    let all = |error: String| vec![Verdict::Reject { error }; count].into();
    match tokio::spawn(async move { handler.handle(&messages).await }).await {
        Ok(verdicts) if verdicts.len() == count => verdicts.into(),
        Ok(_) => all("the handler did not answer for every message".into()),
        Err(panic) => all(format!("the handler stopped: {panic}")),
    }
}
