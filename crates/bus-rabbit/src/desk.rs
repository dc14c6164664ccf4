//! What a consumer has on its desk: deliveries it holds and has not given to anybody.

use std::collections::{BTreeMap, VecDeque};

use clock::Ms;
use delay::Message;
use lapin::message::Delivery;

use crate::codec::decode;
use crate::limits::{BATCH, PARKED};
use crate::next::{Next, early};
use crate::route::Route;
use crate::steps::Steps;

/// A delivery that was understood.
#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) message: Message,
    pub(crate) delivery: Delivery,
}

/// Something to be done with some deliveries.
#[derive(Debug)]
pub(crate) enum Job {
    /// Give them to the handler.
    Handle(Vec<Inbound>),
    /// Their fate is decided already.
    Settle(Vec<(Inbound, Next)>),
}

/// What may be started now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct May {
    /// A message that is handled alone.
    pub(crate) loners: bool,
    /// A batch of the others.
    pub(crate) fresh: bool,
}

/// Bounded by the consumer's prefetch: the broker hands out no more until something is acknowledged.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    fresh: VecDeque<Inbound>,
    /// Rejected before. Each is handled alone, so that a poison message drags nobody along.
    loners: VecDeque<Inbound>,
    /// Due in less than the smallest step, by due time and delivery.
    parked: BTreeMap<(Ms, u64), Inbound>,
    decided: VecDeque<(Inbound, Next)>,
}

impl Desk {
    /// Takes a delivery in.
    pub(crate) fn accept(&mut self, route: &Route, delivery: Delivery, now: Ms, steps: &Steps) {
        match decode(route, &delivery.properties, &delivery.data, now) {
            Ok(message) => self.sort(Inbound { message, delivery }, now, steps),
            Err(error) => {
                let message = Message::new(route.topic, 0, now, now);
                self.decided.push_back((Inbound { message, delivery }, Next::Bury { error }));
            }
        }
    }

    fn sort(&mut self, inbound: Inbound, now: Ms, steps: &Steps) {
        let due = inbound.message.due;
        if due <= now {
            self.give(inbound);
        } else if due.since(now) < steps.smallest() && self.parked.len() < PARKED {
            self.parked.insert((due, inbound.delivery.delivery_tag), inbound);
        } else {
            self.decided.push_back((inbound, early(due, now, steps)));
        }
    }

    fn give(&mut self, inbound: Inbound) {
        if inbound.message.rejects > 0 {
            self.loners.push_back(inbound);
        } else {
            self.fresh.push_back(inbound);
        }
    }

    /// Moves on what is due by now.
    pub(crate) fn release(&mut self, now: Ms) {
        while let Some(first) = self.parked.first_entry().filter(|first| first.key().0 <= now) {
            let inbound = first.remove();
            self.give(inbound);
        }
    }

    /// When the next parked message is due.
    pub(crate) fn next_due(&self) -> Option<Ms> {
        self.parked.first_key_value().map(|((due, _), _)| *due)
    }

    /// The next job that may be started.
    pub(crate) fn next_job(&mut self, may: May) -> Option<Job> {
        if !self.decided.is_empty() {
            return Some(Job::Settle(self.decided.drain(..self.decided.len().min(BATCH)).collect()));
        }
        let loner = if may.loners { self.loners.pop_front() } else { None };
        if let Some(loner) = loner {
            return Some(Job::Handle(vec![loner]));
        }
        if !may.fresh {
            return None;
        }
        let batch: Vec<Inbound> = self.fresh.drain(..self.fresh.len().min(BATCH)).collect();
        (!batch.is_empty()).then_some(Job::Handle(batch))
    }
}

impl Job {
    /// Whether it is a batch for the handler.
    pub(crate) fn is_fresh(&self) -> bool {
        matches!(self, Self::Handle(_)) && !self.is_loner()
    }

    /// Whether it is a message handled alone because it was rejected before.
    pub(crate) fn is_loner(&self) -> bool {
        matches!(self, Self::Handle(batch) if batch.first().is_some_and(|first| first.message.rejects > 0))
    }
}

#[cfg(test)]
mod tests {
    use delay::Topic;
    use lapin::BasicProperties;
    use lapin::types::FieldTable;

    use super::*;
    use crate::headers;

    const NOW: Ms = Ms(1_000_000);
    const ALL: May = May { loners: true, fresh: true };

    fn route() -> Route {
        Route::new(Topic { code: 1, name: "t" }, "e", "q", "s")
    }

    fn delivery(tag: u64, body: &str, headers_of: &[(&str, i64)]) -> Delivery {
        let mut table = FieldTable::default();
        for (name, value) in headers_of {
            headers::put_integer(&mut table, name, *value);
        }
        let mut delivery = Delivery::mock(tag, "e".into(), "t".into(), false, body.into());
        delivery.properties = BasicProperties::default().with_headers(table);
        delivery
    }

    fn desk(deliveries: impl IntoIterator<Item = Delivery>) -> Desk {
        let mut desk = Desk::default();
        for delivery in deliveries {
            desk.accept(&route(), delivery, NOW, &Steps::with(&[]));
        }
        desk
    }

    fn subjects(job: Option<Job>) -> Vec<u64> {
        match job {
            Some(Job::Handle(batch)) => batch.iter().map(|inbound| inbound.message.subject).collect(),
            other => panic!("not to be handled: {other:?}"),
        }
    }

    #[test]
    fn a_batch_gathers_until_the_next_may_start() {
        let mut desk = desk([delivery(1, "1", &[]), delivery(2, "2", &[(headers::REJECTS, 1)])]);
        let resting = May { fresh: false, ..ALL };
        assert_eq!(subjects(desk.next_job(resting)), [2], "what was rejected waits for nobody");
        assert!(desk.next_job(resting).is_none());
        assert_eq!(subjects(desk.next_job(ALL)), [1]);
    }

    #[test]
    fn what_is_due_is_handled_together_and_the_rejected_alone() {
        let rejected = [(headers::REJECTS, 1)];
        let mut desk = desk([
            delivery(1, "1", &[]),
            delivery(2, "2", &rejected),
            delivery(3, "3", &[]),
            delivery(4, "4", &rejected),
        ]);
        assert_eq!(subjects(desk.next_job(ALL)), [2]);
        assert_eq!(subjects(desk.next_job(May { loners: false, ..ALL })), [1, 3]);
        assert!(desk.next_job(May { loners: false, ..ALL }).is_none());
        assert_eq!(subjects(desk.next_job(ALL)), [4]);
    }

    #[test]
    fn nothing_early_is_handled() {
        let due = |ms: i64| [(headers::DUE, NOW.0 + ms)];
        let mut desk = desk([delivery(1, "1", &due(60)), delivery(2, "2", &due(5_000))]);
        let Some(Job::Settle(decided)) = desk.next_job(ALL) else { panic!("the far one is put off") };
        assert!(matches!(decided[0].1, Next::PutOff { due, step_ms: 5_000, .. } if due == NOW + 5_000));
        assert!(desk.next_job(ALL).is_none());
        assert_eq!(desk.next_due(), Some(NOW + 60));
        desk.release(NOW + 59);
        assert!(desk.next_job(ALL).is_none());
        desk.release(NOW + 60);
        assert_eq!(subjects(desk.next_job(ALL)), [1]);
    }

    #[test]
    fn no_more_than_the_bound_is_parked() {
        let all = (0..PARKED as u64 + 3).map(|tag| delivery(tag, "1", &[(headers::DUE, NOW.0 + 50)]));
        let mut desk = desk(all);
        let Some(Job::Settle(decided)) = desk.next_job(ALL) else { panic!("the rest is put off") };
        assert_eq!(decided.len(), 3);
        assert!(desk.next_job(ALL).is_none());
    }

    #[test]
    fn what_cannot_be_understood_is_buried() {
        let mut desk = desk([delivery(1, "order 7", &[])]);
        let Some(Job::Settle(decided)) = desk.next_job(ALL) else { panic!("not decided") };
        assert!(matches!(&decided[0].1, Next::Bury { error } if error.contains("order 7")));
    }
}
