//! Idempotency keys in the same transaction as the effect they guard.

use std::sync::Arc;

use clock::Ms;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Tx;
use crate::{Error, IdempotencyKey, KEEP_KEYS_MS, Once, Result};

/// The idempotency keys of one service, in its table `<service>_keys`.
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

impl Keys {
    /// The keys of `service`.
    pub fn new(service: &str) -> Self {
        let sql = Sql {
            find: format!("SELECT fingerprint, outcome FROM {service}_keys WHERE owner = ?1 AND key = ?2"),
            insert: format!(
                "INSERT INTO {service}_keys (owner, key, fingerprint, outcome, created) VALUES (?1,?2,?3,?4,?5)"
            ),
            expire: format!(
                "DELETE FROM {service}_keys WHERE (owner, key) IN
                 (SELECT owner, key FROM {service}_keys WHERE created < ?1 LIMIT ?2)"
            ),
        };
        Self { sql: Arc::new(sql) }
    }

    /// Runs `work` unless the key has an outcome already, which is then answered instead. Effect and outcome
    /// are committed together. Without a key `work` simply runs. An `Err` is not an outcome.
    pub fn once<T: Serialize + DeserializeOwned>(
        &self,
        tx: &mut Tx<'_>,
        key: Option<&IdempotencyKey>,
        now: Ms,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T>,
    ) -> Result<Once<T>> {
        let Some(key) = key else { return work(tx).map(Once::Outcome) };
        if let Some(known) = self.find(tx, key)? {
            return Ok(known);
        }
        let outcome = work(tx)?;
        self.record(tx, key, &outcome, now)?;
        Ok(Once::Outcome(outcome))
    }

    /// The outcome under `key`, if there is one.
    pub fn find<T: DeserializeOwned>(
        &self,
        connection: &Connection,
        key: &IdempotencyKey,
    ) -> Result<Option<Once<T>>> {
        let found: Option<(Vec<u8>, String)> = connection
            .prepare_cached(&self.sql.find)?
            .query_row((key.owner.cast_signed(), &key.key), |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((fingerprint, outcome)) = found else { return Ok(None) };
        if fingerprint != key.fingerprint {
            return Ok(Some(Once::OtherBody));
        }
        let outcome = serde_json::from_str(&outcome).map_err(|_| Error::corrupt("keys", &key.key))?;
        Ok(Some(Once::Outcome(outcome)))
    }

    /// Records the outcome of a key that has none.
    pub fn record<T: Serialize>(
        &self,
        tx: &Tx<'_>,
        key: &IdempotencyKey,
        outcome: &T,
        now: Ms,
    ) -> Result<()> {
        let text = serde_json::to_string(outcome).map_err(|_| Error::corrupt("keys", &key.key))?;
        let row = (key.owner.cast_signed(), &key.key, &key.fingerprint[..], text, now.0);
        tx.prepare_cached(&self.sql.insert)?.execute(row)?;
        Ok(())
    }

    /// Forgets at most `limit` keys older than [`KEEP_KEYS_MS`]; answers how many.
    pub fn expire(&self, tx: &Tx<'_>, now: Ms, limit: usize) -> Result<usize> {
        let before = now - KEEP_KEYS_MS;
        Ok(tx.prepare_cached(&self.sql.expire)?.execute((before.0, limit))?)
    }
}
