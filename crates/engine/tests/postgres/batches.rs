//! What arrives together is committed together, and one caller's fault is its own.

use engine::postgres::Batcher;
use engine::{Error, IdempotencyKey, Once};

use crate::{Change, key, shop};

#[tokio::test(flavor = "multi_thread")]
async fn every_caller_gets_its_own_answer() {
    let Some((_database, db)) = shop("every_caller_gets_its_own_answer").await else { return };
    let jars = Batcher::start(&db, Change, 2);
    let callers: Vec<_> = (1..=200_i64)
        .map(|n| {
            let jars = jars.clone();
            tokio::spawn(async move { (n, jars.submit((n % 10, n, None)).await.unwrap()) })
        })
        .collect();
    let mut total = 0;
    for caller in callers {
        let (n, Once::Outcome(inside)) = caller.await.unwrap() else { panic!() };
        assert!(inside >= n);
        total += n;
    }
    let conn = db.conn().await.unwrap();
    let sum = conn.query_opt("SELECT sum(sweets)::bigint FROM shop_jars", &[]).await.unwrap().unwrap();
    assert_eq!(sum.get::<_, i64>(0), total);
}

#[tokio::test]
async fn a_row_that_breaks_a_rule_costs_nobody_else_anything() {
    let Some((_database, db)) = shop("a_row_that_breaks_a_rule_costs_nobody_else_anything").await else {
        return;
    };
    let jars = Batcher::start(&db, Change, 1);
    let wishes = vec![(1, 5, None), (2, -5, None), (3, 5, None)];
    let answers = jars.submit_all(wishes).await.unwrap();
    assert_eq!(answers, [Once::Outcome(5), Once::Outcome(-1), Once::Outcome(5)]);
    assert_eq!(jars.submit((1, 1, None)).await.unwrap(), Once::Outcome(6));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_has_one_outcome_whoever_comes_first() {
    let Some((_database, db)) = shop("one_key_has_one_outcome_whoever_comes_first").await else { return };
    let (one, other) = (Batcher::start(&db, Change, 4), Batcher::start(&db, Change, 4));
    let callers: Vec<_> = (0..64_i64)
        .map(|n| {
            let jars = if n % 2 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move { jars.submit((n, 3, Some(key("again")))).await.unwrap() })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.await.unwrap(), Once::Outcome(3));
    }
    let conn = db.conn().await.unwrap();
    let sum = conn.query_opt("SELECT sum(sweets)::bigint FROM shop_jars", &[]).await.unwrap().unwrap();
    assert_eq!(sum.get::<_, i64>(0), 3, "the effect happened once");
    let other_body = IdempotencyKey { fingerprint: [2; 16], ..key("again") };
    assert_eq!(one.submit((1, 1, Some(other_body))).await.unwrap(), Once::OtherBody);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_batches_in_opposite_order_do_not_deadlock() {
    let Some((_database, db)) = shop("two_batches_in_opposite_order_do_not_deadlock").await else { return };
    let (one, other) = (Batcher::start(&db, Change, 2), Batcher::start(&db, Change, 2));
    for _ in 0..50 {
        let up: Vec<_> = (1..=8).map(|jar| (jar, 1, None)).collect();
        let down: Vec<_> = up.iter().rev().cloned().collect();
        let (up, down) = tokio::join!(one.submit_all(up), other.submit_all(down));
        assert!(up.is_ok() && down.is_ok());
    }
    let conn = db.conn().await.unwrap();
    let row = conn.query_opt("SELECT min(sweets), max(sweets) FROM shop_jars", &[]).await.unwrap().unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (100, 100));
}

#[tokio::test]
async fn a_lost_connection_is_an_answer_and_heals_by_itself() {
    let Some((database, db)) = shop("a_lost_connection_is_an_answer_and_heals_by_itself").await else {
        return;
    };
    let jars = Batcher::start(&db, Change, 1);
    jars.submit((1, 1, None)).await.unwrap();
    let operator = database.db("public").conn().await.unwrap();
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'sandglass shop' AND datname = current_database()";
    assert!(!operator.query(kill, &[]).await.unwrap().is_empty());
    let mut inside = None;
    for _ in 0..10 {
        match jars.submit((1, 1, None)).await {
            Ok(Once::Outcome(sweets)) => inside = inside.or(Some(sweets)),
            Err(Error::Unavailable(_) | Error::Unknown) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(inside, Some(2), "what was not answered was not done, and later ones were");
}

/// The planner sees a table of three rows and would rather read all of it; the plan would be kept as the table grows.
#[tokio::test]
async fn statements_by_key_use_indexes_however_small_the_table() {
    let Some((_database, db)) = shop("statements_by_key_use_indexes_however_small_the_table").await else {
        return;
    };
    let conn = db.conn().await.unwrap();
    conn.batch_execute("INSERT INTO shop_jars VALUES (1, 1), (2, 2), (3, 3); ANALYZE shop_jars")
        .await
        .unwrap();
    for sql in [
        "EXPLAIN SELECT * FROM shop_jars WHERE id IN (SELECT unnest('{1,2}'::bigint[])) FOR UPDATE",
        "EXPLAIN UPDATE shop_jars j SET sweets = n.sweets
         FROM unnest('{1}'::bigint[], '{5}'::bigint[]) AS n (id, sweets) WHERE j.id = n.id",
    ] {
        let rows = conn.query(sql, &[]).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(plan.iter().any(|line| line.contains("Index")), "{plan:#?}");
        assert!(!plan.iter().any(|line| line.contains("Seq Scan on shop_jars")), "{plan:#?}");
    }
}
