//! The heart of the writer: run some units in one transaction, commit, answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::Tx;
use super::tx::AfterCommit;
use crate::{Error, Result};

/// A unit of work on its way through the writer.
pub(super) trait Unit: Send {
    /// Does the work. On an error the unit's changes are undone.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), ()>;

    /// Answers the caller, after the commit; with `Err` if the commit did not happen.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// A unit made of a closure and the caller who waits for its value.
pub(super) struct Closure<T, F> {
    work: Option<F>,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Closure<T, F>
where
    T: Send + 'static,
    F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    pub(super) fn boxed(work: F) -> (Box<dyn Unit>, oneshot::Receiver<Result<T>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { work: Some(work), outcome: None, reply }), answer)
    }
}

impl<T, F> Unit for Closure<T, F>
where
    T: Send,
    F: FnOnce(&mut Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), ()> {
        let Some(work) = self.work.take() else { return Err(()) };
        // A panic costs its own unit, not the thread under everybody else's writes.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(tx))).unwrap_or(Err(Error::Broken));
        let ok = outcome.is_ok();
        self.outcome = Some(outcome);
        if ok { Ok(()) } else { Err(()) }
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let outcome = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(Error::Unavailable("the unit of work did not run".into())),
            (Err(error), _) => Err(error),
        };
        // The caller may have hung up; the work stands all the same.
        let _ = self.reply.send(outcome);
    }
}

/// Runs `units` in one transaction, commits, does what was to be done then (such as telling the pumps of new
/// messages) and answers every caller.
/// `Err` is a commit whose outcome is unknown: nobody may be answered any more.
pub(super) fn run_batch(connection: &Connection, mut units: Vec<Box<dyn Unit>>) -> Result<()> {
    metrics::histogram!("sandglass_commit_units").record(u32::try_from(units.len()).unwrap_or(u32::MAX));
    match work_and_commit(connection, &mut units) {
        Ok(staged) => {
            for then in staged {
                then();
            }
            for unit in units {
                unit.answer(Ok(()));
            }
            Ok(())
        }
        Err(failed) if failed.is_certain() && rolled_back(connection) => {
            let error = failed.error();
            let sentence = unavailable(error);
            tracing::error!(%error, "a commit was refused and undone");
            for unit in units {
                unit.answer(Err(Error::Unavailable(sentence.clone())));
            }
            Ok(())
        }
        Err(Failed::Before(error) | Failed::Commit(error)) => Err(error),
    }
}

/// Where a batch failed.
enum Failed {
    /// Before its commit was tried: nothing of it can have reached the disk.
    Before(Error),
    /// At the commit.
    Commit(Error),
}

impl Failed {
    fn error(&self) -> &Error {
        match self {
            Failed::Before(error) | Failed::Commit(error) => error,
        }
    }

    /// Whether it is certain that nothing was committed. A full disk refuses a commit before its sync; after
    /// any other failure of a commit the outcome is unknown.
    fn is_certain(&self) -> bool {
        match self {
            Failed::Before(_) => true,
            Failed::Commit(error) => error.is_disk_full(),
        }
    }
}

fn work_and_commit(connection: &Connection, units: &mut [Box<dyn Unit>]) -> Result<Vec<AfterCommit>, Failed> {
    execute(connection, "BEGIN IMMEDIATE").map_err(Failed::Before)?;
    let mut tx = Tx::new(connection);
    for unit in units {
        run_one(&mut tx, unit.as_mut()).map_err(Failed::Before)?;
    }
    execute(connection, "COMMIT").map_err(Failed::Commit)?;
    Ok(tx.into_staged())
}

/// Runs one unit under a savepoint, so that its failure undoes nothing but itself.
fn run_one(tx: &mut Tx<'_>, unit: &mut dyn Unit) -> Result<()> {
    let mark = tx.staged();
    execute(tx, "SAVEPOINT unit")?;
    if unit.run(tx).is_err() {
        tx.unstage(mark);
        // After some errors (a full disk) SQLite has already rolled everything back.
        if tx.is_autocommit() {
            return Err(Error::Unavailable("the transaction was rolled back by the database".into()));
        }
        execute(tx, "ROLLBACK TO unit")?;
    }
    execute(tx, "RELEASE unit")
}

fn execute(connection: &Connection, sql: &str) -> Result<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// Ends the failed batch's transaction, if the database has not done so already.
fn rolled_back(connection: &Connection) -> bool {
    connection.is_autocommit() || connection.execute_batch("ROLLBACK").is_ok()
}

fn unavailable(error: &Error) -> String {
    if error.is_disk_full() {
        "the disk is full: nothing was changed; free some space, writing goes on by itself".into()
    } else {
        error.to_string()
    }
}
