//! Who stands beside the commits of an inline database.

use async_trait::async_trait;

use crate::Result;

/// Stands at both sides of every commit: a simulation makes the disk slow or full there, looks at what was
/// committed, or has the process end at that very point. Nothing of the kind exists where nobody watches.
#[async_trait]
pub trait Watch: Send + Sync + 'static {
    /// Before the transaction of a unit begins. An `Err` refuses the unit: nothing of it happens. `unit` is the
    /// path of the function that wrote it.
    async fn before(&self, unit: &'static str) -> Result<()>;

    /// After the commit (or the unit's undoing), before its caller hears of it.
    async fn after(&self, unit: &'static str);
}
