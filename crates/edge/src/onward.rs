//! What the work for one request takes along when it asks another process: the request's id and its trace.

use crate::Trace;

tokio::task_local! {
    static CURRENT: Onward;
}

/// Under which names the request being worked for is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Onward {
    /// The request's id.
    pub request_id: String,
    /// The trace it belongs to.
    pub trace: Trace,
}

impl Onward {
    /// What the present task works for, if it is a request: timers and sweeps work for nobody.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Runs `work` for this request.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// Runs `work` for the request the present task works for, wherever `work` is then polled.
    pub(crate) fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
        let current = Self::current();
        async move {
            match current {
                Some(current) => current.scope(work).await,
                None => work.await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owned;

    #[tokio::test]
    async fn a_task_of_the_services_own_still_works_for_the_request() {
        let onward = Onward { request_id: "abc".into(), trace: Trace("00-1".into()) };
        let seen = onward.clone().scope(owned(async { Ok(Onward::current()) })).await;
        assert_eq!(seen.unwrap(), Some(onward));
        assert_eq!(Onward::current(), None);
    }
}
