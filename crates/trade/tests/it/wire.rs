//! The wire between the services: calls get lost on it, answers get lost, and callers die waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::calls::{Answer, NoAnswer};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It never arrives.
    Lost,
    /// It is carried out, but the answer is lost.
    AnswerLost,
    /// It is under way until [`Wire::release`].
    LateCall,
    /// It is carried out, and the answer is under way until [`Wire::release`].
    LateAnswer,
}

#[derive(Default)]
struct State {
    calls: usize,
    faults: BTreeMap<usize, Fault>,
    down: BTreeSet<&'static str>,
    waiting: usize,
}

#[derive(Clone, Default)]
pub(crate) struct Wire {
    state: Arc<Mutex<State>>,
    released: Arc<Notify>,
}

impl Wire {
    /// How many calls were made so far.
    pub(crate) fn calls(&self) -> usize {
        self.state.lock().calls
    }

    /// How many calls are under way.
    pub(crate) fn waiting(&self) -> usize {
        self.state.lock().waiting
    }

    /// Lets `fault` happen to the `nth` call from now, counted from 1.
    pub(crate) fn fault(&self, nth: usize, fault: Fault) {
        let mut state = self.state.lock();
        let number = state.calls + nth;
        state.faults.insert(number, fault);
    }

    pub(crate) fn set_down(&self, service: &'static str, down: bool) {
        let mut state = self.state.lock();
        if down {
            state.down.insert(service)
        } else {
            state.down.remove(service)
        };
    }

    /// What is under way arrives.
    pub(crate) fn release(&self) {
        self.released.notify_waiters();
    }

    /// Everything works again.
    pub(crate) fn heal(&self) {
        let mut state = self.state.lock();
        state.faults.clear();
        state.down.clear();
    }

    /// One call to `service`, which `effect` carries out.
    pub(crate) async fn call<T>(&self, service: &'static str, effect: impl FnOnce() -> T) -> Answer<T> {
        let silence = || NoAnswer::from(service, "it is silent");
        let fault = {
            let mut state = self.state.lock();
            state.calls += 1;
            let number = state.calls;
            if state.down.contains(service) { Some(Fault::Lost) } else { state.faults.remove(&number) }
        };
        match fault {
            None => Ok(effect()),
            Some(Fault::Lost) => Err(silence()),
            Some(Fault::AnswerLost) => {
                effect();
                Err(silence())
            }
            Some(Fault::LateCall) => {
                self.wait().await;
                Ok(effect())
            }
            Some(Fault::LateAnswer) => {
                let answer = effect();
                self.wait().await;
                Ok(answer)
            }
        }
    }

    async fn wait(&self) {
        let released = self.released.notified();
        self.state.lock().waiting += 1;
        released.await;
        self.state.lock().waiting -= 1;
    }
}
