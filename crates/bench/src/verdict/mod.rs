//! The tool's book against the shop: lost, doubled, wallets, and the shop's own audit.

mod audit;
mod doubled;
mod lateness;
mod orders;
mod wallets;

pub(crate) use audit::{Audit, Finding, ask as audit, asked_of as audited};
pub(crate) use lateness::Lateness;
pub(crate) use orders::Closing;

use std::rc::Rc;

use orders::Findings;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom;
use serde::Serialize;

use crate::api::Token;
use crate::workload::Run;

/// Violations told in full; the others are counted.
const TOLD_MAX: usize = 10;
/// Orders looked at, at most; of more, a sample.
const ORDERS_MAX: usize = 20_000;
/// Requests at once while checking.
const AT_ONCE: usize = 16;

/// What one check found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Part {
    /// Looked at.
    pub(crate) checked: u64,
    /// How many there were to look at.
    pub(crate) of: u64,
    /// How many were wrong.
    pub(crate) violated: u64,
    /// The first of them, a sentence each.
    pub(crate) told: Vec<String>,
}

impl Part {
    fn over(checked: usize, of: usize) -> Self {
        Self { checked: checked as u64, of: of as u64, ..Self::default() }
    }

    fn wrong(&mut self, sentence: String) {
        self.violated += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(sentence);
        }
    }
}

/// How the shop stands against the book.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Verdict {
    /// Nothing was violated.
    pub(crate) clean: bool,
    /// Acknowledged orders that are gone, or at another end than acknowledged.
    pub(crate) lost: Part,
    /// Two orders where one was asked for.
    pub(crate) doubled: Part,
    /// Balances against acknowledged payments.
    pub(crate) wallets: Part,
    /// Unpaid orders whose time was not over when they were last looked at.
    pub(crate) still_open: u64,
    /// Placements that never had a final answer; the book cannot say anything of them.
    pub(crate) doubtful_placements: u64,
    /// What the shop's own audit says.
    pub(crate) audit: Audit,
}

/// Checks everything but the audit; answers also how late unpaid orders were closed.
pub(crate) async fn judge(run: &Rc<Run>, reader: Option<Token>, closing: Closing) -> (Verdict, Lateness) {
    let Findings { lost, still_open, lateness } = orders::check(run, reader, closing).await;
    let doubled = doubled::check(run).await;
    let wallets = wallets::check(run).await;
    let doubtful_placements = run.book.borrow().doubtful_placements;
    let clean = [&lost, &doubled, &wallets].iter().all(|part| part.violated == 0);
    let audit = Audit::default();
    (Verdict { clean, lost, doubled, wallets, still_open, doubtful_placements, audit }, lateness)
}

impl Verdict {
    /// Adds what the shop's audit says.
    pub(crate) fn with_audit(self, audit: Audit) -> Self {
        Self { clean: self.clean && audit.finding.lets_pass(), audit, ..self }
    }
}

/// Up to `max` of `count` numbers, the same for the same seed, ascending.
fn sample(count: usize, max: usize, seed: u64) -> Vec<usize> {
    let mut chosen = (0..count).sample(&mut StdRng::seed_from_u64(seed), max);
    chosen.sort_unstable();
    chosen
}
