//! The embedded engine's promises: a unit is whole or not there, an answer means it is on disk, one that
//! fails undoes nobody else.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use clock::Ms;
use delay::{Backlog, DeadLetters, Fate, Message, Outbox, Topic};
use engine::sqlite::{DataDir, Db, Keeps, Keys, Migrations, Options, SqliteOutbox};
use engine::{Error, IdempotencyKey, Once};

const TOPIC: Topic = Topic { code: 1, name: "test" };
const TOPICS: &[Topic] = &[TOPIC];
const TABLES: Migrations =
    Migrations { service: "shop", keeps: &[Keeps::Outbox, Keeps::Keys], steps: &[include_str!("shop.sql")] };

fn open(dir: &Path, options: Options) -> Db {
    Db::open(&dir.join("test.db"), options, &[TABLES]).unwrap()
}

async fn count(db: &Db) -> i64 {
    db.scan(|connection| Ok(connection.query_row("SELECT count(*) FROM shop_things", [], |row| row.get(0))?))
        .await
        .unwrap()
}

async fn add(db: &Db, id: i64) -> Result<(), Error> {
    db.write(move |tx| {
        tx.prepare_cached("INSERT INTO shop_things (id) VALUES (?1)")?.execute([id])?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_arrives_together_is_committed_and_a_failing_unit_undoes_only_itself() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options { inline: false, ..Options::for_tests() });
    add(&db, 1).await.unwrap();
    let units = (0..200).map(|id| {
        let db = db.clone();
        tokio::spawn(async move { add(&db, id).await })
    });
    let mut refused = 0;
    for unit in units.collect::<Vec<_>>() {
        refused += usize::from(unit.await.unwrap().is_err());
    }
    assert_eq!((refused, count(&db).await), (1, 200));
}

/// With every commit's number of things, as others see them at that moment, pushed to `seen`.
async fn add_and_look(db: &Db, id: i64, seen: &Arc<Mutex<Vec<i64>>>) -> Result<(), Error> {
    let (beside, seen) = (db.clone(), seen.clone());
    db.write(move |tx| {
        let (beside, seen) = (beside.clone(), seen.clone());
        tx.after_commit(move || {
            let count = |connection: &rusqlite::Connection| {
                Ok(connection.query_row("SELECT count(*) FROM shop_things", [], |row| row.get(0))?)
            };
            seen.lock().unwrap().push(beside.read(count).unwrap());
        });
        tx.prepare_cached("INSERT INTO shop_things (id) VALUES (?1)")?.execute([id])?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_follows_a_commit_is_done_before_it_is_heard_of_and_never_for_an_undone_unit() {
    for inline in [true, false] {
        let (dir, seen) = (tempfile::tempdir().unwrap(), Arc::default());
        let db = open(dir.path(), Options { inline, ..Options::for_tests() });
        add_and_look(&db, 1, &seen).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), [1], "others see what was committed");
        assert!(add_and_look(&db, 1, &seen).await.is_err());
        add_and_look(&db, 2, &seen).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), [1, 2]);
    }
}

#[tokio::test]
async fn an_acknowledged_write_is_there_after_the_process_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options::default());
    add(&db, 1).await.unwrap();
    // The handle is leaked, not closed: nothing gets a chance to tidy up, as after a kill.
    std::mem::forget(db);
    assert_eq!(count(&open(dir.path(), Options::default())).await, 1);
}

#[tokio::test]
async fn a_full_disk_refuses_the_write_and_later_writes_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options::for_tests());
    let limit = |pages: i64| {
        db.write(move |tx| {
            Ok(tx.pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0))?)
        })
    };
    let pages = limit(1).await.unwrap();
    let big = db.write(|tx| {
        tx.execute("INSERT INTO shop_things (id, note) VALUES (2, zeroblob(1000000))", [])?;
        Ok(())
    });
    let refused = big.await.unwrap_err();
    assert!(refused.is_disk_full() || matches!(refused, Error::Unavailable(_)), "{refused}");
    limit(pages + 1_000).await.unwrap();
    add(&db, 3).await.unwrap();
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_unit_that_panics_undoes_only_itself_and_the_writer_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    for inline in [false, true] {
        let db = Db::open(
            &dir.path().join(format!("{inline}.db")),
            Options { inline, ..Options::for_tests() },
            &[TABLES],
        )
        .unwrap();
        add(&db, 1).await.unwrap();
        let broken: Result<(), Error> = db
            .write(|tx| {
                tx.execute("INSERT INTO shop_things (id) VALUES (2)", [])?;
                panic!("a mistake in a unit")
            })
            .await;
        assert!(matches!(broken, Err(Error::Broken)), "{broken:?}");
        add(&db, 3).await.unwrap();
        assert_eq!(count(&db).await, 2);
    }
}

#[tokio::test]
async fn a_stranger_who_holds_the_write_lock_delays_writes_and_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options { busy_ms: 1, ..Options::for_tests() });
    let stranger = rusqlite::Connection::open(dir.path().join("test.db")).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(add(&db, 1).await, Err(Error::Unavailable(_))));
    stranger.execute_batch("COMMIT").unwrap();
    add(&db, 1).await.unwrap();
}

#[tokio::test]
async fn nobody_but_the_owner_reads_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options::for_tests());
    add(&db, 1).await.unwrap();
    for file in ["test.db", "test.db-wal", "test.db-shm"] {
        let mode = dir.path().join(file).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{file} has mode {mode:o}");
    }
}

#[tokio::test]
async fn data_of_a_newer_version_is_refused_with_a_sentence() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path(), Options::for_tests()));
    let older = Migrations { service: "shop", keeps: &[], steps: &[] };
    let Err(refused) = Db::open(&dir.path().join("test.db"), Options::for_tests(), &[older]) else {
        panic!("newer data was opened")
    };
    assert!(matches!(refused, Error::NewerData { found: 1, known: 0, .. }), "{refused}");
}

#[test]
fn a_data_directory_serves_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let held = DataDir::open(dir.path()).unwrap();
    assert!(matches!(DataDir::open(dir.path()), Err(Error::Locked(_))));
    drop(held);
    DataDir::open(dir.path()).unwrap();
}

#[tokio::test]
async fn every_start_gets_another_worker_number() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(dir.path(), Options::for_tests()).lease_worker().await.unwrap();
    let second = open(dir.path(), Options::for_tests()).lease_worker().await.unwrap();
    assert_ne!(first, second);
}

fn key(fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey { owner: 7, key: "k".into(), fingerprint: [fingerprint; 16] }
}

async fn add_once(db: &Db, key: IdempotencyKey, answer: &'static str) -> Once<String> {
    db.write(move |tx| {
        Keys::new("shop").once(tx, Some(&key), Ms(1), |tx| {
            tx.execute("INSERT INTO shop_things (id) VALUES (NULL)", [])?;
            Ok(answer.to_owned())
        })
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn the_same_key_has_one_effect_and_one_answer() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options::for_tests());
    assert_eq!(add_once(&db, key(1), "first").await, Once::Outcome("first".into()));
    assert_eq!(add_once(&db, key(1), "second").await, Once::Outcome("first".into()));
    assert_eq!(add_once(&db, key(2), "third").await, Once::OtherBody);
    assert_eq!(count(&db).await, 1);
}

#[tokio::test]
async fn a_message_of_an_undone_unit_is_never_sent() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options::for_tests());
    let outbox = SqliteOutbox::new(db.clone(), "shop", TOPICS);
    let sender = outbox.clone();
    let undone: Result<(), Error> = db
        .write(move |tx| {
            sender.send(tx, Message::new(TOPIC, 1, Ms(5), Ms(0)))?;
            Err(Error::Overloaded)
        })
        .await;
    assert!(undone.is_err());
    assert!(outbox.page(None, Ms(10), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_first_messages_are_shown_with_what_became_of_them_and_a_wiped_queue_is_empty() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options::for_tests());
    let outbox = SqliteOutbox::new(db.clone(), "shop", TOPICS);
    for (subject, due) in [(1, 30), (2, 10), (3, 20)] {
        send(&db, &outbox, Message::new(TOPIC, subject, Ms(due), Ms(0))).await;
    }
    let failed = outbox.page(None, Ms(10), 1).await.unwrap().remove(0);
    let again = Fate::Again { at: Ms(15), rejected: false, error: "no answer".into() };
    outbox.settle(vec![(failed, again)]).await.unwrap();
    let first = outbox.first(2).await.unwrap();
    let shown: Vec<_> =
        first.iter().map(|waiting| (waiting.message.subject, waiting.error.as_str())).collect();
    assert_eq!(shown, [(2, "no answer"), (3, "")]);
    assert_eq!(outbox.wipe().await, Ok(3));
    assert_eq!((outbox.first(9).await.unwrap().len(), outbox.wipe().await), (0, Ok(0)));
}

async fn send(db: &Db, outbox: &SqliteOutbox, message: Message) {
    let outbox = outbox.clone();
    db.write(move |tx| outbox.send(tx, message.clone())).await.unwrap();
}

#[tokio::test]
async fn messages_come_in_order_of_their_time_and_fates_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options::for_tests());
    let outbox = SqliteOutbox::new(db.clone(), "shop", TOPICS);
    for (subject, due) in [(1, 30), (2, 10), (3, 20), (4, 99)] {
        send(&db, &outbox, Message::new(TOPIC, subject, Ms(due), Ms(0))).await;
    }
    let page = outbox.page(None, Ms(50), 10).await.unwrap();
    assert_eq!(page.iter().map(|m| m.subject).collect::<Vec<_>>(), [2, 3, 1]);
    assert_eq!((outbox.ready(Ms(29), 100).await, outbox.ready(Ms(30), 100).await), (Ok(2), Ok(3)));
    assert_eq!(outbox.ready(Ms(99), 3).await, Ok(3), "counted no further than asked");
    let [two, three, one] = page.try_into().unwrap();
    let again = Fate::Again { at: Ms(40), rejected: true, error: "later".into() };
    let dead = Fate::Dead { at: Ms(50), error: "never".into() };
    outbox.settle(vec![(two, Fate::Done), (three, again), (one.clone(), dead)]).await.unwrap();
    let left = outbox.page(None, Ms(50), 10).await.unwrap();
    assert_eq!(left.iter().map(|m| (m.subject, m.attempts, m.rejects)).collect::<Vec<_>>(), [(3, 1, 1)]);

    let letters = outbox.list(0, 10).await.unwrap();
    assert_eq!((letters.len(), letters[0].message.subject), (1, 1));
    // A duplicate of a message that is gone changes nothing.
    outbox.settle(vec![(one, Fate::Dead { at: Ms(51), error: "never".into() })]).await.unwrap();
    assert_eq!(outbox.list(0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_dead_letter_is_replayed_once_with_fresh_tries() {
    let dir = tempfile::tempdir().unwrap();
    let db = open(dir.path(), Options::for_tests());
    let outbox = SqliteOutbox::new(db.clone(), "shop", TOPICS);
    let message = Message { attempts: 9, rejects: 4, ..Message::new(TOPIC, 1, Ms(1), Ms(0)) };
    send(&db, &outbox, message.clone()).await;
    outbox.settle(vec![(message, Fate::Dead { at: Ms(2), error: "no".into() })]).await.unwrap();
    let id = outbox.list(0, 1).await.unwrap()[0].id;
    let replay = |now| outbox.replay(id, Ms(now));
    assert!(replay(100).await.unwrap());
    assert!(!replay(101).await.unwrap(), "replayed twice");
    let back = outbox.page(None, Ms(200), 10).await.unwrap();
    assert_eq!(back.iter().map(|m| (m.subject, m.due, m.attempts)).collect::<Vec<_>>(), [(1, Ms(100), 0)]);
}
