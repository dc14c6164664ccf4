//! What the provider is to do wrong.

/// The switches, all off by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switches {
    /// How long every notice waits, in milliseconds.
    pub delay_notices_ms: i64,
    /// Every notice is told twice.
    pub double_notices: bool,
    /// Of the notices that are due, the last is told first.
    pub reorder_notices: bool,
    /// Notices are never told.
    pub lose_notices: bool,
    /// So many refunds are refused first; [`u32::MAX`] is for ever.
    pub refuse_refunds: u32,
    /// How long every answer takes, in milliseconds.
    pub answer_late_ms: i64,
}
