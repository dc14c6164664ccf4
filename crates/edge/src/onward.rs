//! What the work under way takes along when it asks another service: the request's id, and traces.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Trace;

tokio::task_local! {
    static CURRENT: Onward;
}

/// The traces of those that are worked for, by what calls name: an order, a pay order, an attempt. Their ids never
/// meet. One batch may work for hundreds, each with a story of its own.
pub type Stories = Arc<BTreeMap<u64, Trace>>;

/// Under which names the work under way is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Onward {
    /// The request's id; empty if it is no request, but a message or a sweep.
    pub request_id: String,
    /// The trace it belongs to; empty if there is none.
    pub trace: Trace,
    /// Where those that are worked for have their own.
    pub stories: Stories,
}

impl Onward {
    /// What the present task works for, if anybody has said so.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// What the present task works for, which goes on in the traces of those named.
    #[must_use]
    pub fn telling(stories: impl IntoIterator<Item = (u64, Trace)>) -> Self {
        let stories: BTreeMap<u64, Trace> =
            stories.into_iter().filter(|(_, trace)| !trace.0.is_empty()).collect();
        Self { stories: Arc::new(stories), ..Self::current().unwrap_or_default() }
    }

    /// The trace in which what is done for `subject` belongs.
    pub fn trace_of(&self, subject: u64) -> &Trace {
        self.stories.get(&subject).unwrap_or(&self.trace)
    }

    /// Runs `work` under these names.
    pub async fn scope<T>(self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self, work).await
    }

    /// Runs `work` for what the present task works for, wherever `work` is then polled.
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
        let trace = Trace("00-1".into());
        let onward = Onward { request_id: "abc".into(), trace, ..Onward::default() };
        let seen = onward.clone().scope(owned(async { Ok(Onward::current()) })).await;
        assert_eq!(seen.unwrap(), Some(onward));
        assert_eq!(Onward::current(), None);
    }

    #[tokio::test]
    async fn whoever_has_no_story_of_its_own_belongs_to_the_request() {
        let asked = Onward { trace: Trace("asked".into()), ..Onward::default() };
        let told = asked.scope(async { Onward::telling([(1, Trace("told".into())), (2, Trace::default())]) });
        let told = told.await;
        assert_eq!([1, 2, 3].map(|subject| told.trace_of(subject).0.as_str()), ["told", "asked", "asked"]);
    }
}
