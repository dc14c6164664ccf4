//! The disk of a process, and what can be seen from beside its commits.

use std::sync::Arc;

use async_trait::async_trait;
use engine::sqlite::Watch;
use engine::{Error, Result};

use crate::life::Life;
use crate::mark::Mark;
use crate::place::{Act, Place, Side, short};
use crate::witness;

/// How a disk is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Disk {
    /// As it should be.
    #[default]
    Fine,
    /// A commit takes up to so many milliseconds.
    Slow(i64),
    /// No commit is possible.
    Full,
}

/// Stands beside the commits of one life.
pub(crate) struct Beside(pub(crate) Arc<Life>);

#[async_trait]
impl Watch for Beside {
    async fn before(&self, unit: &'static str) -> Result<()> {
        let (life, town) = (&self.0, &self.0.town);
        life.pass(Act::Commit(short(unit)), Side::Before).await;
        match town.disk(life.place) {
            Disk::Fine => {}
            Disk::Slow(most_ms) => {
                town.hit(Mark::Fault("a commit took its time"));
                let span = town.draw(|chance| chance.span(1..=most_ms));
                town.clock.after(span).await;
                life.or_never().await;
            }
            Disk::Full => {
                town.hit(Mark::Fault("a commit found the disk full"));
                return Err(Error::Unavailable("the disk is full".into()));
            }
        }
        Ok(())
    }

    async fn after(&self, unit: &'static str) {
        let (life, town) = (&self.0, &self.0.town);
        town.note("commit", &[], || format!("  {} commits {}", life.place, short(unit)));
        if life.place == Place::Item && short(unit) == "hold" {
            witness::held(town);
        }
        town.committed();
        life.pass(Act::Commit(short(unit)), Side::After).await;
    }
}
