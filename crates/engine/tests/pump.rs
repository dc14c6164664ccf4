//! Outbox and pump together: a message is handed over only if the transaction that wrote it was committed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use async_trait::async_trait;
use clock::{ManualClock, Ms};
use delay::{Bus, EmbeddedBus, Handler, Message, Pump, Topic, Verdict};
use engine::Error;
use engine::sqlite::{Db, Keeps, Migrations, Options, SqliteOutbox};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const TOPIC: Topic = Topic { code: 1, name: "test" };
const TABLES: Migrations = Migrations { service: "shop", keeps: &[Keeps::Outbox], steps: &[] };
const NOW: Ms = Ms(100);

/// Reports every message that is handed over.
struct Reporter(mpsc::UnboundedSender<u64>);

#[async_trait]
impl Handler for Reporter {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        for message in batch {
            self.0.send(message.subject).unwrap();
        }
        vec![Verdict::Done; batch.len()]
    }
}

/// Writes a message that is due, in a unit of work that ends as `end` says.
async fn send(
    db: &Db,
    outbox: &SqliteOutbox,
    subject: u64,
    end: fn() -> Result<(), Error>,
) -> Result<(), Error> {
    let outbox = outbox.clone();
    db.write(move |tx| {
        outbox.send(tx, Message::new(TOPIC, subject, NOW, NOW))?;
        end()
    })
    .await
}

#[tokio::test]
async fn a_message_whose_unit_was_undone_is_not_handed_over() {
    let dir = tempfile::tempdir().unwrap();
    let db = Db::open(&dir.path().join("test.db"), Options::for_tests(), &[TABLES]).unwrap();
    let outbox = SqliteOutbox::new(db.clone(), "shop", &[TOPIC]);
    let (sender, mut seen) = mpsc::unbounded_channel();
    let bus = Arc::new(EmbeddedBus::default());
    bus.subscribe(TOPIC, Arc::new(Reporter(sender)));
    let pump = Pump::new(Arc::new(outbox.clone()), outbox.inbox(), bus, Arc::new(ManualClock::at(NOW)));
    let stop = CancellationToken::new();
    let running = tokio::spawn(pump.run(stop.clone()));
    // Once the first is handed over, the pump has read the store: from here on it goes by what it hears.
    send(&db, &outbox, 1, || Ok(())).await.unwrap();
    assert_eq!(seen.recv().await, Some(1));

    assert!(send(&db, &outbox, 2, || Err(Error::Overloaded)).await.is_err());
    send(&db, &outbox, 3, || Ok(())).await.unwrap();
    assert_eq!(seen.recv().await, Some(3), "2 was never committed");
    stop.cancel();
    running.await.unwrap();
    assert!(seen.try_recv().is_err());
}
