//! Counting server-sent events.

/// The field every event has that says something.
const DATA: &[u8] = b"data:";

/// Counts the events of one stream, whose bytes come in pieces of any size.
#[derive(Debug)]
pub(super) struct Events {
    /// How much of the line's beginning is [`DATA`]; `None` once it is something else.
    matched: Option<usize>,
}

impl Default for Events {
    fn default() -> Self {
        Self { matched: Some(0) }
    }
}

impl Events {
    /// How many events' data begin in `bytes`, the next of the stream.
    pub(super) fn read(&mut self, bytes: &[u8]) -> u64 {
        bytes.iter().map(|byte| u64::from(self.step(*byte))).sum()
    }

    /// Whether this byte completes the beginning of an event's data.
    fn step(&mut self, byte: u8) -> bool {
        self.matched = match self.matched {
            _ if byte == b'\n' => Some(0),
            Some(at) if DATA.get(at) == Some(&byte) => Some(at + 1),
            _ => None,
        };
        self.matched == Some(DATA.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &[u8] =
        b"event: order\nid: 1\nretry: 3000\ndata: {\"data:\":1}\n\n:\n\nevent: order\ndata: x\n\n";

    #[test]
    fn events_are_counted_and_heartbeats_are_not() {
        assert_eq!(Events::default().read(STREAM), 2);
        assert_eq!(Events::default().read(b":\n\n: data:\n\nid: data:\n\n"), 0);
    }

    #[test]
    fn it_does_not_matter_where_a_stream_is_cut() {
        for at in 0..STREAM.len() {
            let mut events = Events::default();
            let (before, after) = STREAM.split_at(at);
            assert_eq!(events.read(before) + events.read(after), 2, "cut at {at}");
        }
    }
}
