//! Idempotency keys in the same transaction as the effects they guard, for a whole batch.

use std::collections::BTreeMap;
use std::sync::Arc;

use clock::Ms;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;

use super::{Conn, Db, Tx};
use crate::{Error, IdempotencyKey, KEEP_KEYS_MS, Once, Result, params};

/// The idempotency keys of one service, in its table `<service>_keys`. Clones share it.
#[derive(Clone, Debug)]
pub struct Keys {
    sql: Arc<Sql>,
}

#[derive(Debug)]
struct Sql {
    find: String,
    insert: String,
    expire: String,
}

/// What a batch knows of the keys it was given: those in the table, and those it has just recorded.
#[derive(Debug, Default)]
pub struct KeyBook {
    known: BTreeMap<(u64, String), Entry>,
}

#[derive(Debug)]
struct Entry {
    fingerprint: Vec<u8>,
    outcome: String,
    recorded_at: Option<Ms>,
}

impl Keys {
    /// The keys of `service`.
    pub fn new(service: &str) -> Self {
        let sql = Sql {
            find: format!(
                "SELECT owner, key, fingerprint, outcome FROM {service}_keys
                 WHERE (owner, key) IN (SELECT * FROM unnest($1::bigint[], $2::text[]))"
            ),
            insert: format!(
                "INSERT INTO {service}_keys (owner, key, fingerprint, outcome, created)
                 SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::text[], $5::bigint[])"
            ),
            expire: format!(
                "DELETE FROM {service}_keys WHERE (owner, key) IN
                 (SELECT owner, key FROM {service}_keys WHERE created < $1 ORDER BY created LIMIT $2
                  FOR UPDATE SKIP LOCKED)"
            ),
        };
        Self { sql: Arc::new(sql) }
    }

    /// What is known of these keys. Two transactions that record the same key collide at the second one's commit,
    /// which is then run again and finds the first one's outcome here.
    pub async fn load(
        &self,
        tx: &Tx<'_>,
        keys: impl Iterator<Item = Option<&IdempotencyKey>> + Send,
    ) -> Result<KeyBook> {
        let (owners, texts): (Vec<i64>, Vec<&str>) =
            keys.flatten().map(|key| (key.owner.cast_signed(), key.key.as_str())).unzip();
        if owners.is_empty() {
            return Ok(KeyBook::default());
        }
        KeyBook::of(tx.query(&self.sql.find, &[&owners, &texts]).await?)
    }

    /// Writes what the batch has recorded.
    pub fn save(&self, tx: &mut Tx<'_>, book: KeyBook) {
        let fresh: Vec<_> = book.known.into_iter().filter(|(_, entry)| entry.recorded_at.is_some()).collect();
        if fresh.is_empty() {
            return;
        }
        let (mut owners, mut keys) = (Vec::new(), Vec::new());
        let (mut fingerprints, mut outcomes, mut created) = (Vec::new(), Vec::new(), Vec::new());
        for ((owner, key), entry) in fresh {
            owners.push(owner.cast_signed());
            keys.push(key);
            fingerprints.push(entry.fingerprint);
            outcomes.push(entry.outcome);
            created.push(entry.recorded_at.unwrap_or_default().0);
        }
        tx.write(&self.sql.insert, params![owners, keys, fingerprints, outcomes, created]);
    }

    /// The outcome under `key`, if there is one.
    pub async fn find<T: DeserializeOwned>(
        &self,
        conn: &Conn,
        key: &IdempotencyKey,
    ) -> Result<Option<Once<T>>> {
        let (owners, keys) = (vec![key.owner.cast_signed()], vec![key.key.as_str()]);
        KeyBook::of(conn.query(&self.sql.find, &[&owners, &keys]).await?)?.find(key)
    }

    /// Forgets at most `limit` keys older than [`KEEP_KEYS_MS`]; answers how many.
    pub async fn expire(&self, db: &Db, now: Ms, limit: usize) -> Result<usize> {
        let (before, limit) = (now - KEEP_KEYS_MS, i64::try_from(limit).unwrap_or(i64::MAX));
        let gone = db.conn().await?.execute(&self.sql.expire, &[&before.0, &limit]).await?;
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }
}

impl KeyBook {
    fn of(rows: Vec<Row>) -> Result<Self> {
        let mut known = BTreeMap::new();
        for row in rows {
            let place = (row.try_get::<_, i64>(0)?.cast_unsigned(), row.try_get(1)?);
            let entry = Entry { fingerprint: row.try_get(2)?, outcome: row.try_get(3)?, recorded_at: None };
            known.insert(place, entry);
        }
        Ok(Self { known })
    }

    /// The outcome under `key`, if there is one.
    pub fn find<T: DeserializeOwned>(&self, key: &IdempotencyKey) -> Result<Option<Once<T>>> {
        let Some(entry) = self.known.get(&(key.owner, key.key.clone())) else { return Ok(None) };
        if entry.fingerprint != key.fingerprint {
            return Ok(Some(Once::OtherBody));
        }
        let outcome = serde_json::from_str(&entry.outcome).map_err(|_| Error::corrupt("keys", &key.key))?;
        Ok(Some(Once::Outcome(outcome)))
    }

    /// Records the outcome of a key that has none.
    pub fn record<T: Serialize>(&mut self, key: &IdempotencyKey, outcome: &T, now: Ms) -> Result<()> {
        let outcome = serde_json::to_string(outcome).map_err(|_| Error::corrupt("keys", &key.key))?;
        let entry = Entry { fingerprint: key.fingerprint.to_vec(), outcome, recorded_at: Some(now) };
        self.known.insert((key.owner, key.key.clone()), entry);
        Ok(())
    }

    /// Runs `work` unless the key has an outcome already, which is then answered instead. Without a key `work`
    /// simply runs. An `Err` is not an outcome.
    pub fn once<T: Serialize + DeserializeOwned>(
        &mut self,
        key: Option<&IdempotencyKey>,
        now: Ms,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<Once<T>> {
        let Some(key) = key else { return work().map(Once::Outcome) };
        if let Some(known) = self.find(key)? {
            return Ok(known);
        }
        let outcome = work()?;
        self.record(key, &outcome, now)?;
        Ok(Once::Outcome(outcome))
    }
}
