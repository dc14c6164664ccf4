//! Acknowledges many deliveries with few frames.
//!
//! A quorum queue writes each acknowledgement to its log, and keeps those beyond a few dozen in the channel's memory
//! until it catches up; what is still there when the channel closes is lost, and its messages come again. One
//! acknowledgement for all deliveries up to a number costs one entry.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use lapin::options::{BasicAckOptions, BasicNackOptions};
use parking_lot::Mutex;
use tokio::sync::Mutex as AsyncMutex;

use crate::desk::Inbound;

/// The deliveries of one channel that nothing was said about yet.
#[derive(Debug, Default)]
pub(crate) struct Acks {
    open: Mutex<BTreeSet<u64>>,
    /// One at a time: the broker closes a channel on which a delivery is acknowledged twice.
    sending: AsyncMutex<()>,
}

impl Acks {
    /// Notes a delivery.
    pub(crate) fn open(&self, tag: u64) {
        self.open.lock().insert(tag);
    }

    /// Acknowledges deliveries.
    pub(crate) async fn acknowledge(&self, inbounds: &[Inbound]) {
        let _turn = self.sending.lock().await;
        let through = through(&mut self.open.lock(), inbounds.iter().map(tag));
        let up_to = inbounds.iter().find(|inbound| Some(tag(inbound)) == through);
        let single = inbounds.iter().filter(|inbound| through.is_none_or(|through| tag(inbound) > through));
        let frames =
            up_to.map(|inbound| (inbound, true)).into_iter().chain(single.map(|inbound| (inbound, false)));
        let acks = frames.map(|(inbound, multiple)| inbound.delivery.ack(BasicAckOptions { multiple }));
        report(join_all(acks).await.into_iter().find_map(Result::err));
    }

    /// Gives deliveries back to the broker, which delivers them again.
    pub(crate) async fn give_back(&self, inbounds: &[Inbound]) {
        let _turn = self.sending.lock().await;
        self.open.lock().retain(|open| inbounds.iter().all(|inbound| tag(inbound) != *open));
        let options = BasicNackOptions { requeue: true, multiple: false };
        let nacks = inbounds.iter().map(|inbound| inbound.delivery.nack(options));
        report(join_all(nacks).await.into_iter().find_map(Result::err));
    }
}

fn tag(inbound: &Inbound) -> u64 {
    inbound.delivery.delivery_tag
}

/// Closes `done`, and answers up to which of them nothing else is open.
fn through(open: &mut BTreeSet<u64>, done: impl Iterator<Item = u64> + Clone) -> Option<u64> {
    for tag in done.clone() {
        open.remove(&tag);
    }
    let first_open = open.first().copied().unwrap_or(u64::MAX);
    done.filter(|tag| *tag < first_open).max()
}

/// An acknowledgement that does not get through costs a redelivery, and its session ends anyway.
fn report(failed: Option<lapin::Error>) {
    if let Some(error) = failed {
        tracing::debug!(%error, "an acknowledgement did not reach RabbitMQ; the message will come again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_up_to_the_first_open_one_are_acknowledged_at_once() {
        let mut open: BTreeSet<u64> = (1..=10).collect();
        assert_eq!(through(&mut open, [4, 5, 6].into_iter()), None, "1 to 3 are still open");
        assert_eq!(through(&mut open, [1, 2, 8].into_iter()), Some(2), "3 is still open");
        assert_eq!(through(&mut open, [3].into_iter()), Some(3));
        assert_eq!(through(&mut open, [7, 9, 10].into_iter()), Some(10));
        assert!(open.is_empty());
    }
}
