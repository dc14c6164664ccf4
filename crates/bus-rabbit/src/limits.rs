//! The bounds of everything here that could grow or last.

use std::time::Duration;

/// How many messages are handled, or settled, at once.
pub const BATCH: usize = 256;
/// How many batches of one topic are being handled at once.
pub const BATCHES_PER_TOPIC: usize = 4;
/// How far apart batches of one topic start at least: what comes meanwhile is handled together.
pub const PACE: Duration = Duration::from_millis(20);
/// How many of them may be of messages that were rejected before, which are handled one by one.
pub const LONERS_PER_TOPIC: usize = 2;
/// How many messages of one topic the broker hands out before the first is acknowledged.
pub const PREFETCH: u16 = 1_024;
/// How many messages of one topic may wait in memory for the little that is left until they are due.
pub const PARKED: usize = 512;
/// How many batches are being published at once, each on a channel of its own.
pub const PUBLISH_CHANNELS: usize = 4;
/// How long a batch may wait for its turn, and then for its confirms, in milliseconds.
pub const CONFIRM_WAIT_MS: i64 = 30_000;
/// How long a batch waits for a connection before it is said to be away, in milliseconds. Together with the
/// pump's bounds this keeps an absent broker from costing more than a trickle of retries.
pub const LINK_WAIT_MS: i64 = 2_000;
/// The longest wait before a message that could not be published is tried again, in milliseconds.
pub const RELAY_CAP_MS: i64 = 10_000;
/// How long connecting may take, in milliseconds.
pub const CONNECT_WAIT_MS: i64 = 10_000;
/// How long declaring queues and exchanges may take, in milliseconds.
pub const DECLARE_WAIT_MS: i64 = 30_000;
/// How long a stop waits for what is being handled, in milliseconds.
pub const DRAIN_WAIT_MS: i64 = 5_000;
/// How long closing a connection may take, in milliseconds.
pub const CLOSE_WAIT_MS: i64 = 1_000;
/// How long a message is held that could neither be finished nor put off, before the broker gets it back, in
/// milliseconds.
pub const HOLD_MS: i64 = 1_000;
/// The first wait before connecting again, in milliseconds. Each further one doubles.
pub const RECONNECT_FIRST_MS: i64 = 200;
/// The longest wait before connecting again, in milliseconds.
pub const RECONNECT_CAP_MS: i64 = 15_000;
/// A connection that lasted this long ends the doubling, in milliseconds.
pub const STEADY_MS: i64 = 30_000;
/// The heartbeat asked for when the address does not name one, in seconds.
pub const HEARTBEAT_S: u16 = 10;
/// How often the connections are looked at, besides hearing of their errors, in milliseconds.
pub const LOOK_MS: i64 = 1_000;
/// How many dead letters one look takes from their queue.
pub const DEAD_LETTERS_PAGE: usize = 1_000;
/// How much of an error text a message carries along, in bytes.
pub const ERROR_TEXT: usize = 2_000;
/// How long a name of a queue, exchange, routing key or service may be, in bytes.
pub const NAME: usize = 180;
