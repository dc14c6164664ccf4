//! What happened, in order.

use std::fmt;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Elapsed milliseconds since the start.
    pub at: i64,
    /// The ids it is about: orders, pay orders, attempts. None: it concerns everybody.
    pub about: Vec<u64>,
    /// What.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, rest) = (self.at / 1_000, self.at % 1_000);
        write!(f, "{seconds:>6}.{rest:03}  {}", self.text)
    }
}

/// Notes what happens. Most runs keep only a digest of it: a seed that fails is run again with every line kept,
/// and its digest shows that it was the same run.
#[derive(Debug)]
pub(crate) struct Trace {
    digest: u64,
    lines: Option<Vec<Line>>,
}

impl Trace {
    pub(crate) fn new(keep: bool) -> Self {
        Self { digest: 0xCBF2_9CE4_8422_2325, lines: keep.then(Vec::new) }
    }

    /// Notes that `what` happened at `at`; `text` says it in full.
    pub(crate) fn note(&mut self, at: i64, what: &str, about: &[u64], text: impl FnOnce() -> String) {
        self.mix(&at.to_le_bytes());
        self.mix(what.as_bytes());
        for id in about {
            self.mix(&id.to_le_bytes());
        }
        if let Some(lines) = &mut self.lines {
            lines.push(Line { at, about: about.to_vec(), text: text() });
        }
    }

    /// A number that two runs share only if they were the same.
    pub(crate) fn digest(&self) -> u64 {
        self.digest
    }

    /// The lines kept so far.
    pub(crate) fn take(&mut self) -> Vec<Line> {
        self.lines.take().unwrap_or_default()
    }

    fn mix(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.digest = (self.digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}
