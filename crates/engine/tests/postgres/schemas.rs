//! Schemas, roles, versions, numbers.

use clock::{HOUR, MINUTE, Ms};
use engine::postgres::{Account, Db, Options, provision};
use engine::testing::PgDatabase;
use engine::{Error, Migrations};

use crate::{SHOP, shop};

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_at_once_migrate_once() {
    let Some(database) = PgDatabase::create("replicas_that_start_at_once_migrate_once").await else { return };
    let starting: Vec<_> = (0..6)
        .map(|_| {
            let db = database.db("shop");
            tokio::spawn(async move { db.migrate(&SHOP).await })
        })
        .collect();
    for replica in starting {
        replica.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn newer_data_is_refused_with_a_sentence() {
    let Some((_database, db)) = shop("newer_data_is_refused_with_a_sentence").await else { return };
    let older = Migrations { steps: &[], ..SHOP };
    let refused = db.migrate(&older).await.unwrap_err();
    assert!(matches!(refused, Error::NewerData { service: "shop", found: 1, known: 0 }), "{refused}");
}

#[tokio::test]
async fn a_services_role_cannot_look_into_another_schema_but_the_auditor_can() {
    let test = "a_services_role_cannot_look_into_another_schema_but_the_auditor_can";
    let Some(database) = PgDatabase::create(test).await else { return };
    let account = |schema: &str| Account {
        schema: schema.into(),
        role: format!("sandglass_test_{schema}"),
        password: Some("it's secret".into()),
    };
    let accounts = [account("shop"), account("till")];
    provision(database.url(), &accounts, &account("auditor")).await.unwrap();
    provision(database.url(), &accounts, &account("auditor")).await.unwrap();
    let of = |role: &str, schema: &str| {
        let url = format!("{} password='it\\'s secret'", database.url_as(&format!("sandglass_test_{role}")));
        Db::new(&Options { connections: 1, ..Options::new(url, schema) }).unwrap()
    };
    let shop = of("shop", "shop");
    shop.migrate(&SHOP).await.unwrap();
    let look = "SELECT count(*) FROM shop.shop_jars";
    let (own, till, auditor) = (shop, of("till", "till"), of("auditor", "public"));
    assert!(own.conn().await.unwrap().query(look, &[]).await.is_ok());
    let refused = till.conn().await.unwrap().query(look, &[]).await.unwrap_err();
    assert!(refused.to_string().contains("permission denied"), "{refused}");
    assert!(auditor.conn().await.unwrap().query(look, &[]).await.is_ok());
    assert!(auditor.conn().await.unwrap().execute("DELETE FROM shop.shop_jars", &[]).await.is_err());
}

#[tokio::test]
async fn a_schema_may_bear_a_name_that_is_a_word_of_sql() {
    let Some(database) = PgDatabase::create("a_schema_may_bear_a_name_that_is_a_word_of_sql").await else {
        return;
    };
    let account = |schema: &str| Account {
        schema: schema.into(),
        role: format!("sandglass_test_word_{schema}"),
        password: None,
    };
    provision(database.url(), &[account("user")], &account("auditor")).await.unwrap();
    for db in [database.db("user"), database.db("order")] {
        db.migrate(&SHOP).await.unwrap();
        let conn = db.conn().await.unwrap();
        conn.execute("INSERT INTO shop_jars VALUES (1, 1)", &[]).await.unwrap();
        let look = format!(r#"SELECT sweets FROM "{}".shop_jars"#, db.schema());
        assert_eq!(conn.query(&look, &[]).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn no_two_live_processes_have_one_number() {
    let Some((_database, db)) = shop("no_two_live_processes_have_one_number").await else { return };
    let now = Ms(1_000);
    let lease = async |at: Ms, lease_ms: i64| db.lease_worker(at, 40..44, lease_ms).await.unwrap();
    let (one, two, short) = (lease(now, HOUR).await, lease(now, HOUR).await, lease(now, MINUTE).await);
    assert_eq!((one.number, two.number, short.number), (40, 41, 42));
    assert_eq!(lease(now + MINUTE, HOUR).await.number, 43, "a lease lasts to its end");
    assert_eq!(lease(now + MINUTE + 1, HOUR).await.number, 42, "a short one is over sooner");
    db.renew_worker(two, now + HOUR, HOUR).await.unwrap();
    let three = lease(now + HOUR + 1, HOUR).await;
    assert_eq!(three.number, 40, "the first was not renewed");
    db.release_worker(two).await.unwrap();
    assert_eq!(lease(now + HOUR + 1, HOUR).await.number, 41);
}
