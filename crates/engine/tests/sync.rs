//! Nobody is answered before the disk has said that it is there, and never if it says that it is not.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

use disk::Sync;
use engine::Error;
use engine::sqlite::{Db, Keeps, Migrations, Options};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

const TABLES: Migrations =
    Migrations { service: "shop", keeps: &[Keeps::Outbox, Keeps::Keys], steps: &[include_str!("shop.sql")] };
/// The thread that commits; others sync the log too, when they copy it.
const WRITER: &str = "sqlite-writer";
/// How long the process that is to end may go on.
const PATIENCE: Duration = Duration::from_secs(20);
/// Tells this program that it is to fail in the directory named.
const FAIL_IN: &str = "SANDGLASS_TEST_SYNC_FAILS_IN";

fn file(dir: &Path) -> PathBuf {
    dir.join("test.db")
}

fn open(dir: &Path) -> Db {
    disk::install();
    Db::open(&file(dir), Options::default(), &[TABLES]).unwrap()
}

async fn add(db: &Db, id: i64) -> Result<i64, Error> {
    db.write(move |tx| {
        tx.prepare_cached("INSERT INTO shop_things (id) VALUES (?1)")?.execute([id])?;
        Ok(id)
    })
    .await
}

/// What a reader sees.
fn ids(db: &Db) -> BTreeSet<i64> {
    let look = |connection: &Connection| {
        let mut statement = connection.prepare_cached("SELECT id FROM shop_things")?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    db.read(look).unwrap()
}

fn on_writers_sync(dir: &Path, asked: impl Fn() -> Sync + Send + std::marker::Sync + 'static) {
    disk::on_sync(&file(dir), move || {
        if std::thread::current().name() == Some(WRITER) { asked() } else { Sync::Done }
    });
}

/// Holds every sync of the writer until it is let go.
struct Held {
    began: UnboundedReceiver<()>,
    go: mpsc::Sender<()>,
}

impl Held {
    fn of(dir: &Path) -> Self {
        let (begin, began) = tokio::sync::mpsc::unbounded_channel();
        let (go, gone) = mpsc::channel();
        let gone = Mutex::new(gone);
        on_writers_sync(dir, move || {
            // Once the test is over nobody is held any more.
            if begin.send(()).is_ok() {
                let _ = gone.lock().recv();
            }
            Sync::Done
        });
        Self { began, go }
    }
}

/// Lets whoever was answered hear of it: longer than all of them need.
async fn all_hear() {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn nobody_is_answered_before_the_sync_of_their_commit_has_returned() {
    const WRITES: i64 = 40;
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path());
    let mut held = Held::of(dir.path());
    let mut writes = JoinSet::new();
    for id in 0..WRITES {
        let db = db.clone();
        writes.spawn(async move { add(&db, id).await.unwrap() });
    }
    let (mut answered, mut syncs) = (BTreeSet::new(), 0);
    loop {
        tokio::select! {
            biased;
            answer = writes.join_next() => {
                let Some(id) = answer else { break };
                assert!(syncs > 0, "{id:?} was answered, and no sync had even begun");
                answered.insert(id.unwrap());
            }
            Some(()) = held.began.recv() => {
                all_hear().await;
                while let Some(id) = writes.try_join_next() {
                    answered.insert(id.unwrap());
                }
                // A reader sees what was committed. The commit that is being synced now is not among it yet.
                let there = ids(&db);
                assert!(answered.is_subset(&there), "{answered:?} were answered, {there:?} were on disk");
                syncs += 1;
                held.go.send(()).unwrap();
            }
        }
    }
    assert_eq!(answered.len(), usize::try_from(WRITES).unwrap());
    assert_eq!(answered, ids(&db));
}

/// Run in a process of its own, because what is tested ends it.
#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, clippy::exit, reason = "this is how it tells the test what was answered")]
async fn fail_in(dir: &Path) {
    let db = open(dir);
    println!("answered {}", add(&db, 1).await.unwrap());
    on_writers_sync(dir, || Sync::Failed);
    match add(&db, 2).await {
        Ok(id) => println!("answered {id}"),
        Err(error) => println!("refused: {error}"),
    }
    // The writer ends this process. If it does not, the test hears of that by another code.
    let _ = tokio::time::timeout(PATIENCE, std::future::pending::<()>()).await;
    std::process::exit(7);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a process that is to fail is told where by its environment")]
fn a_sync_that_fails_is_answered_to_nobody_and_the_next_start_finds_what_was_acknowledged() {
    if let Ok(dir) = std::env::var(FAIL_IN) {
        return fail_in(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let name = "a_sync_that_fails_is_answered_to_nobody_and_the_next_start_finds_what_was_acknowledged";
    let failed = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(FAIL_IN, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&failed.stdout).into_owned();
    let answers: Vec<_> = said.lines().filter_map(|line| line.split_once("answered ")).collect();
    assert!(matches!(answers.as_slice(), [(_, "1")]), "only what was on disk is acknowledged:\n{said}");
    assert_eq!(
        failed.status.code(),
        Some(1),
        "an outcome that is not known leaves no honest answer:\n{said}"
    );

    assert!(ids(&open(dir.path())).contains(&1), "what was acknowledged is there");
}
