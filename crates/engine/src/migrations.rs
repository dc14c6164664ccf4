//! A service's tables, as scripts that bring them up to date.

/// A service's migrations: SQL scripts, oldest first. A step that was released is never edited.
#[derive(Clone, Copy, Debug)]
pub struct Migrations {
    /// The service whose tables these are; every table's name starts with it.
    pub service: &'static str,
    /// Tables of the engine's own making that the service keeps.
    pub keeps: &'static [Keeps],
    /// The scripts. The schema's version is the number of scripts that have run.
    pub steps: &'static [&'static str],
}

/// Tables every service has in the same form; the engine makes and migrates them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// `<service>_outbox` and `<service>_dead`: messages until they are done, and those nobody could handle.
    Outbox,
    /// `<service>_inbox`: messages other services put there, where no broker carries them.
    Inbox,
    /// `<service>_keys`: idempotency keys and their outcomes.
    Keys,
}

impl Keeps {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Keeps::Outbox => "outbox",
            Keeps::Inbox => "inbox",
            Keeps::Keys => "keys",
        }
    }
}
