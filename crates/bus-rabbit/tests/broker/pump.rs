//! The whole way: an outbox, its pump, the broker, a handler.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use clock::{Ms, SystemClock};
use delay::{Bus, Fate, Inbox, Key, Message, Outbox, Pump, Unavailable};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::recorder::Recorder;
use crate::world::{CHECK, in_a_corner, now, until};

#[tokio::test]
async fn an_outbox_empties_through_the_broker_and_nothing_is_early() {
    in_a_corner("an_outbox_empties_through_the_broker_and_nothing_is_early", |world| async move {
        let recorder = Recorder::done();
        let running = world.bus(CHECK, recorder.clone()).await;
        let table = Arc::new(Table::default());
        for subject in 1..=300 {
            // The bus holds delays, so the row is ready at once, and due in a while.
            assert!(running.bus.holds_delays(CHECK.code));
            let due = now() + 200 + i64::try_from(subject % 5).unwrap() * 30;
            table.put(Message { ready: now(), ..Message::new(CHECK, subject, due, now()) });
        }
        let stop = CancellationToken::new();
        let pump =
            Pump::new(table.clone(), Inbox::new(1_000), Arc::new(running.bus.clone()), Arc::new(SystemClock));
        let pumping = tokio::spawn(pump.run(stop.clone()));
        until("the outbox is empty", || table.rows.lock().is_empty()).await;
        let status = running.status();
        until("all are acknowledged", || status.consumed() == 300).await;
        stop.cancel();
        pumping.await.unwrap();
        running.stop().await;
        recorder.assert_never_early();
        assert_eq!(recorder.subjects(), (1..=300).collect::<Vec<_>>());
    })
    .await;
}

/// An outbox in memory.
#[derive(Default)]
struct Table {
    rows: Mutex<BTreeMap<Key, Message>>,
}

impl Table {
    fn put(&self, message: Message) {
        self.rows.lock().insert(message.key(), message);
    }
}

#[async_trait]
impl Outbox for Table {
    async fn page(&self, _: Option<Key>, until: Ms, limit: usize) -> Result<Vec<Message>, Unavailable> {
        let mut ready: Vec<Message> =
            self.rows.lock().values().filter(|row| row.ready <= until).cloned().collect();
        ready.sort_by_key(|row| row.ready);
        ready.truncate(limit);
        Ok(ready)
    }

    async fn settle(&self, fates: Vec<(Message, Fate)>) -> Result<(), Unavailable> {
        for (message, fate) in fates {
            self.rows.lock().remove(&message.key());
            if let Fate::Again { at, .. } = fate {
                // It was to be published again, not to be due sooner or later than it was.
                self.put(Message { ready: at, attempts: message.attempts + 1, ..message });
            }
        }
        Ok(())
    }
}
