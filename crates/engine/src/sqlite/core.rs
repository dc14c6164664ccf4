//! The heart of the writer: run some units in one transaction, commit, answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::Tx;
use super::tx::AfterCommit;
use crate::{Error, Result};

/// After a batch in which a unit failed, so many are run with each unit under a savepoint of its own: where one fails,
/// more may, and a batch that is run again costs twice.
const CAREFUL_BATCHES: u32 = 64;

/// A unit of work on its way through the writer.
pub(super) trait Unit: Send {
    /// Does the work, once more if what it did before was undone. On an error the unit's changes are undone.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), ()>;

    /// Answers the caller, after the commit; with `Err` if the commit did not happen.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// A unit made of a closure and the caller who waits for its value.
pub(super) struct Closure<T, F> {
    work: F,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Closure<T, F>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    pub(super) fn boxed(work: F) -> (Box<dyn Unit>, oneshot::Receiver<Result<T>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { work, outcome: None, reply }), answer)
    }
}

impl<T, F> Unit for Closure<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<(), ()> {
        // A panic costs its own unit, not the thread under everybody else's writes.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.work)(tx))).unwrap_or(Err(Error::Broken));
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

/// How batches are run: boldly until a unit fails, then with care for a while.
///
/// Under a savepoint SQLite copies every page before its first change, and a unit changes a page for nearly each row it
/// writes: being ready to undo one unit alone costs all of them. Units that fail are rare.
#[derive(Debug, Default)]
pub(super) struct Care {
    batches_left: u32,
}

impl Care {
    fn take(&mut self) -> bool {
        let careful = self.batches_left > 0;
        self.batches_left = self.batches_left.saturating_sub(1);
        careful
    }

    fn begin(&mut self) {
        self.batches_left = CAREFUL_BATCHES;
    }
}

/// Runs `units` in one transaction, commits, does what was to be done then (such as telling the pumps of new
/// messages) and answers every caller.
/// `Err` is a commit whose outcome is unknown: nobody may be answered any more.
pub(super) fn run_batch(
    connection: &Connection,
    mut units: Vec<Box<dyn Unit>>,
    care: &mut Care,
) -> Result<()> {
    metrics::histogram!("sandglass_commit_units").record(u32::try_from(units.len()).unwrap_or(u32::MAX));
    match work_and_commit(connection, &mut units, care) {
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

fn work_and_commit(
    connection: &Connection,
    units: &mut [Box<dyn Unit>],
    care: &mut Care,
) -> Result<Vec<AfterCommit>, Failed> {
    if !care.take() {
        if let Some(staged) = boldly(connection, units)? {
            return Ok(staged);
        }
        care.begin();
    }
    carefully(connection, units)
}

/// Runs all units without a way back for a single one, and commits. `None`: one failed, and nothing of any was done.
fn boldly(connection: &Connection, units: &mut [Box<dyn Unit>]) -> Result<Option<Vec<AfterCommit>>, Failed> {
    execute(connection, "BEGIN IMMEDIATE").map_err(Failed::Before)?;
    let mut tx = Tx::new(connection);
    if units.iter_mut().any(|unit| unit.run(&mut tx).is_err()) {
        // After some errors (a full disk) SQLite has already rolled everything back.
        if !connection.is_autocommit() {
            execute(connection, "ROLLBACK").map_err(Failed::Before)?;
        }
        return Ok(None);
    }
    execute(connection, "COMMIT").map_err(Failed::Commit)?;
    Ok(Some(tx.into_staged()))
}

/// Runs each unit so that its failure undoes nothing but itself, and commits.
fn carefully(connection: &Connection, units: &mut [Box<dyn Unit>]) -> Result<Vec<AfterCommit>, Failed> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE things (id INTEGER NOT NULL)").unwrap();
        connection
    }

    fn things(connection: &Connection) -> Vec<i64> {
        let mut statement = connection.prepare("SELECT id FROM things ORDER BY rowid").unwrap();
        let ids = statement.query_map([], |row| row.get(0)).unwrap();
        ids.collect::<rusqlite::Result<_>>().unwrap()
    }

    type Answers = Vec<oneshot::Receiver<Result<i64>>>;

    /// Units that insert their numbers; those of `failing` fail after that.
    fn inserting<const N: usize>(ids: [i64; N], failing: &'static [i64]) -> (Vec<Box<dyn Unit>>, Answers) {
        let unit = |id: i64| {
            Closure::boxed(move |tx: &mut Tx<'_>| {
                tx.execute("INSERT INTO things (id) VALUES (?1)", [id])?;
                if failing.contains(&id) { Err(Error::Overloaded) } else { Ok(id) }
            })
        };
        ids.into_iter().map(unit).unzip()
    }

    /// The numbers of those that were answered with success.
    fn done(answers: Answers) -> Vec<i64> {
        answers.into_iter().filter_map(|mut answer| answer.try_recv().unwrap().ok()).collect()
    }

    #[test]
    fn units_beside_one_that_fails_are_done_once_each_and_all_are_answered() {
        let (connection, mut care) = (table(), Care::default());
        let (units, answers) = inserting([1, 2, 3], &[2]);
        run_batch(&connection, units, &mut care).unwrap();
        assert_eq!((things(&connection), done(answers)), (vec![1, 3], vec![1, 3]));
    }

    #[test]
    fn after_a_failure_batches_are_run_with_care_for_a_while() {
        let (connection, mut care) = (table(), Care::default());
        run_batch(&connection, inserting([1], &[1]).0, &mut care).unwrap();
        for _ in 0..CAREFUL_BATCHES {
            assert!(care.batches_left > 0);
            let (units, answers) = inserting([5, 6], &[6]);
            run_batch(&connection, units, &mut care).unwrap();
            assert_eq!(done(answers), [5]);
        }
        assert_eq!(care.batches_left, 0);
    }
}
