//! How many new orders this process takes.

use std::sync::Arc;

use clock::Clock;
use gateway::{Admission, Bounds};

use super::lane::{Lane, timers_of};

/// New orders give way while those that were placed are closed late.
pub(super) fn admission(lanes: &[Lane], clock: &Arc<dyn Clock>) -> Admission {
    let (timers, now) = (timers_of(lanes, "trade"), clock.clone());
    let late = move || timers.lag_ms(now.now());
    Admission::new(Bounds::default(), clock.clone(), Arc::new(late))
}
