//! Which processor is whose, so that a shop and the tool that measures it do not live off each other.

use anyhow::{Context, Result};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// One processor for the shop, another one for the tool; nobody's if this machine has but one.
pub(super) struct Shares {
    all: CpuSet,
    cpus: Option<(usize, usize)>,
}

impl Shares {
    /// The first two processors that this process may use.
    pub(super) fn look() -> Result<Self> {
        let all = sched_getaffinity(None).context("the system does not say which processors may be used")?;
        let mut allowed = (0..CpuSet::MAX_CPU).filter(|cpu| all.is_set(*cpu));
        Ok(Self { cpus: allowed.next().zip(allowed.next()), all })
    }

    /// Does `work` on the shop's processor; a process that is started there stays there.
    pub(super) fn on_the_shops<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.on(self.cpus.map(|(shop, _)| shop), work)
    }

    /// Does `work` on the tool's processor.
    pub(super) fn on_the_tools<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        self.on(self.cpus.map(|(_, tool)| tool), work)
    }

    fn on<T>(&self, cpu: Option<usize>, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let Some(cpu) = cpu else { return work() };
        let mut one = CpuSet::new();
        one.set(cpu);
        sched_setaffinity(None, &one).with_context(|| format!("processor {cpu} cannot be had alone"))?;
        let done = work();
        sched_setaffinity(None, &self.all).context("the other processors cannot be had back")?;
        done
    }

    /// A sentence about who has what.
    pub(super) fn sentence(&self) -> String {
        match self.cpus {
            Some((shop, tool)) => {
                format!("the shop has processor {shop} to itself, the tool processor {tool}")
            }
            None => "ONE PROCESSOR FOR BOTH: shop and tool take it from each other".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_one_processor_and_is_given_back() {
        let shares = Shares::look().unwrap();
        let before = sched_getaffinity(None).unwrap();
        let count = || Ok(sched_getaffinity(None)?.count());
        if let Some((shop, tool)) = shares.cpus {
            assert_eq!(shares.on_the_shops(count).unwrap(), 1);
            assert_ne!(shop, tool);
        }
        assert!(shares.on_the_tools(|| anyhow::bail!("work that fails") as Result<()>).is_err());
        assert_eq!(sched_getaffinity(None).unwrap().count(), before.count());
    }
}
