//! Waits with an end, on the bus's own clock.

use std::future::Future;

use clock::Clock;

use crate::Error;

/// What `asked` answers, unless that takes longer than `wait_ms`.
pub(crate) async fn within<T>(
    clock: &dyn Clock,
    wait_ms: i64,
    to: &'static str,
    asked: impl Future<Output = T>,
) -> Result<T, Error> {
    tokio::select! {
        answer = asked => Ok(answer),
        () = clock.sleep_until(clock.now() + wait_ms) => Err(Error::Silent { to, wait_ms }),
    }
}
