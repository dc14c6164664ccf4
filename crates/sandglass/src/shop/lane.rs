//! One queue and the pump over it.

use std::sync::Arc;

use clock::Clock;
use delay::{Backlog, Bounds, Bus, DeadLetters, Inbox, Outbox, Pump, PumpStatus};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A service's queue of messages, its dead letters, and the state of its pump.
pub struct Lane {
    /// Which service's.
    pub service: &'static str,
    /// Which of its queues: `outbox` or `inbox`.
    pub queue: &'static str,
    /// What nobody could handle.
    pub dead: Arc<dyn DeadLetters>,
    /// How far behind it is.
    pub backlog: Arc<dyn Backlog>,
    /// Where the pump hears of new messages.
    pub inbox: Inbox,
    /// A view of the pump.
    pub status: PumpStatus,
    pump: Mutex<Option<Pump>>,
}

impl Lane {
    /// The lane over `outbox`, which offers its messages to `inbox`.
    pub fn new<O: Outbox + DeadLetters + Backlog>(
        (service, queue): (&'static str, &'static str),
        outbox: Arc<O>,
        inbox: Inbox,
        bus: Arc<dyn Bus>,
        clock: Arc<dyn Clock>,
        bounds: Bounds,
    ) -> Self {
        let pump = Pump::new(outbox.clone(), inbox.clone(), bus, clock).with_bounds(bounds);
        Self {
            service,
            queue,
            dead: outbox.clone(),
            backlog: outbox,
            inbox,
            status: pump.status(),
            pump: Mutex::new(Some(pump)),
        }
    }

    /// What operators call it: the service, or `<service>.inbox`.
    pub fn name(&self) -> String {
        if self.queue == "outbox" { self.service.into() } else { format!("{}.{}", self.service, self.queue) }
    }

    /// Starts the pump; a second call changes nothing.
    pub fn start(&self, tasks: &TaskTracker, stop: &CancellationToken) {
        if let Some(pump) = self.pump.lock().take() {
            tasks.spawn(pump.run(stop.clone()));
        }
    }
}

/// The pump that the service's own timers go through; of a service that is not here, one that is never late.
pub(super) fn timers_of(lanes: &[Lane], service: &str) -> PumpStatus {
    let lane = lanes.iter().find(|lane| lane.service == service && lane.queue == "outbox");
    lane.map(|lane| lane.status.clone()).unwrap_or_default()
}
