//! A database that may forget what it acknowledged is not worked with unasked.

use engine::testing::PgDatabase;
use sandglass::config::Layers;
use sandglass::shop::Role;
use sandglass::shop::cluster::check_keeping;

/// What is said at a start on `database`, with or without leave to forget.
async fn said(database: &PgDatabase, may_forget: &str) -> String {
    let layers = Layers::defaults().set("database", database.url()).set("database_may_forget", may_forget);
    let checked = check_keeping(&layers.config().unwrap(), &[Role::Trade, Role::Pay]).await;
    checked.map_or_else(|error| error.to_string(), |()| "fine".into())
}

/// Databases of tests do not wait for the disk.
#[tokio::test]
async fn a_database_that_may_forget_is_refused_with_a_sentence_unless_it_is_let() {
    let name = "a_database_that_may_forget_is_refused_with_a_sentence_unless_it_is_let";
    let Some(database) = PgDatabase::create(name).await else { return };
    let refused = said(&database, "false").await;
    assert_eq!(
        refused,
        "PostgreSQL may forget what it acknowledged to `trade`: `synchronous_commit` is `off`; turn it on, or set \
         `database_may_forget`"
    );
    assert_eq!(said(&database, "true").await, "fine");

    let conn = database.db("public").conn().await.unwrap();
    let keep = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = local', current_database()); END $$";
    conn.batch_execute(keep).await.unwrap();
    assert_eq!(said(&database, "false").await, "fine", "every new connection waits for the disk");
}
