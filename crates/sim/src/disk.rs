//! The disk of a process, and what can be seen from beside its commits.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use engine::sqlite::Watch;
use engine::{Error, Result, postgres};
use parking_lot::Mutex;

use crate::life::Life;
use crate::mark::Mark;
use crate::matrix::Deed;
use crate::place::{Act, Place, Side, short};
use crate::witness;

/// How long a commit waits for what is to overtake it, in milliseconds.
const OVERTAKES_MS: i64 = 500;

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
        if life.pass(Act::Commit(short(unit)), Side::Before).await == Some(Deed::Repeat) {
            // What led to this commit overtakes it.
            town.repeat_arrival(life.place);
            town.clock.after(OVERTAKES_MS).await;
            life.or_never().await;
        }
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

#[async_trait]
impl postgres::Watch for Beside {
    async fn enter(&self) -> Box<dyn Any + Send + Sync> {
        Box::new(self.0.visit().await)
    }

    async fn before(&self, unit: &str) {
        let life = &self.0;
        if life.pass(Act::Commit(named(unit)), Side::Before).await == Some(Deed::Repeat) {
            // It comes while this one holds its locks.
            life.town.repeat_arrival(life.place);
        }
    }

    async fn after(&self, unit: &str) -> Result<()> {
        let (life, town, unit) = (&self.0, &self.0.town, named(unit));
        town.note("commit", &[], || format!("  {} commits {unit}", life.place));
        match life.pass(Act::Commit(unit), Side::After).await {
            Some(Deed::Lose) => Err(Error::Unknown),
            _ => Ok(()),
        }
    }
}

/// What a unit is called: the batch's type, or what a lone statement does to which table.
fn named(unit: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let statement = ["DELETE FROM ", "UPDATE ", "INSERT INTO "].into_iter().find_map(|verb| {
        let (_, rest) = unit.split_once(verb)?;
        Some(format!("{}{}", verb.to_lowercase(), rest.split_whitespace().next()?))
    });
    let name = statement.unwrap_or_else(|| short(unit).to_owned());
    let mut names = NAMES.lock();
    if let Some(known) = names.get(name.as_str()) {
        return known;
    }
    let name: &'static str = Box::leak(name.into_boxed_str());
    names.insert(name);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_statement_is_called_by_what_it_does() {
        let sql = "WITH mine AS (SELECT 1) DELETE FROM pay_outbox q USING mine";
        assert_eq!(named(sql), "delete from pay_outbox");
        assert_eq!(named("trade::store::postgres::apply::Apply"), "Apply");
    }
}
