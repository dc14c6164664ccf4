//! The engine on the real server. Without one, every test says that it is skipped.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod batches;
mod messages;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use engine::postgres::{Batch, Db, Keys, Tx};
use engine::testing::PgDatabase;
use engine::{Error, IdempotencyKey, Keeps, Migrations, Once, Result, params};

pub(crate) const SHOP: Migrations = Migrations {
    service: "shop",
    keeps: &[Keeps::Outbox, Keeps::Inbox, Keeps::Keys],
    steps: &["CREATE TABLE shop_jars (id BIGINT PRIMARY KEY, sweets BIGINT NOT NULL CHECK (sweets >= 0))"],
};

/// A fresh database with the shop's schema, migrated.
pub(crate) async fn shop(test: &str) -> Option<(PgDatabase, Db)> {
    let database = PgDatabase::create(test).await?;
    let db = database.db("shop");
    db.migrate(&SHOP).await.unwrap();
    Some((database, db))
}

/// Puts sweets into a jar or takes them out, under a key if there is one; answers how many are in it then.
pub(crate) struct Change;

pub(crate) type Wish = (i64, i64, Option<IdempotencyKey>);

#[async_trait]
impl Batch for Change {
    type Request = Wish;
    type Answer = Once<i64>;

    async fn run(&self, tx: &mut Tx<'_>, wishes: &[Wish]) -> Result<Vec<Once<i64>>> {
        let keys = Keys::new("shop");
        let mut book = keys.load(tx, wishes.iter().map(|(_, _, key)| key.as_ref())).await?;
        let jars: Vec<i64> = wishes.iter().map(|(jar, _, _)| *jar).collect();
        let sql = "SELECT id, sweets FROM shop_jars WHERE id = ANY($1) ORDER BY id FOR UPDATE";
        let rows = tx.query(sql, &[&jars]).await?;
        let mut sweets: BTreeMap<i64, i64> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let mut answers = Vec::new();
        for (jar, change, key) in wishes {
            let inside = sweets.entry(*jar).or_default();
            answers.push(book.once(key.as_ref(), clock::Ms(1), || {
                *inside += change;
                Ok(*inside)
            })?);
        }
        let known: BTreeSet<i64> = rows.iter().map(|row| row.get(0)).collect();
        let (old, new): (BTreeMap<i64, i64>, _) = sweets.into_iter().partition(|(id, _)| known.contains(id));
        let (ids, counts): (Vec<i64>, Vec<i64>) = old.into_iter().unzip();
        let sql = "UPDATE shop_jars j SET sweets = n.sweets
                   FROM unnest($1::bigint[], $2::bigint[]) AS n (id, sweets) WHERE j.id = n.id";
        tx.write(sql, params![ids, counts]);
        // What is not there cannot be locked: if another made it meanwhile, this collides and is run again.
        let (ids, counts): (Vec<i64>, Vec<i64>) = new.into_iter().unzip();
        tx.write(
            "INSERT INTO shop_jars SELECT * FROM unnest($1::bigint[], $2::bigint[])",
            params![ids, counts],
        );
        keys.save(tx, book);
        Ok(answers)
    }

    fn broken(&self, _: &Wish, _: &Error) -> Option<Once<i64>> {
        Some(Once::Outcome(-1))
    }
}

pub(crate) fn key(name: &str) -> IdempotencyKey {
    IdempotencyKey { owner: 7, key: name.into(), fingerprint: [1; 16] }
}
