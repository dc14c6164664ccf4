//! Registrations and passwords.

use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, KeyBook, Keys, Tx};
use engine::{IdempotencyKey, Once, Result};
use model::UserId;

use super::known;
use super::staff::record;
use crate::store::{By, Changed, NewUser, Registered, codec};

/// Sets a password unless it was changed meanwhile: id, old, new.
pub(super) const SET_PASSWORD: &str = "UPDATE user_users SET password = $3 WHERE id = $1 AND password = $2";

/// Registers users.
pub(super) struct Registrations(pub(super) Keys);

#[async_trait]
impl Batch for Registrations {
    type Request = (NewUser, Option<IdempotencyKey>);
    type Answer = Once<Registered>;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[Self::Request]) -> Result<Vec<Once<Registered>>> {
        let mut keys = self.0.load(tx, asked.iter().map(|(_, key)| key.as_ref())).await?;
        let mut answers = Vec::with_capacity(asked.len());
        for (new, key) in asked {
            answers.push(register_once(tx, &mut keys, new, key.as_ref()).await?);
        }
        self.0.save(tx, keys);
        Ok(answers)
    }
}

async fn register_once(
    tx: &mut Tx<'_>,
    keys: &mut KeyBook,
    new: &NewUser,
    key: Option<&IdempotencyKey>,
) -> Result<Once<Registered>> {
    if let Some(known) = known(keys, key)? {
        return Ok(known);
    }
    let registered = register(tx, new).await?;
    keys.once(key, new.at, || Ok(registered))
}

async fn register(tx: &mut Tx<'_>, new: &NewUser) -> Result<Registered> {
    let sql = "INSERT INTO user_users (id, username, password, role, created)
               VALUES ($1, $2, $3, ($4::bigint)::smallint, $5)
               ON CONFLICT (lower(username)) DO NOTHING RETURNING id";
    let role = codec::role_code(new.role);
    let row = tx.query_opt(sql, &[&new.id.as_i64(), &new.username, &new.password, &role, &new.at.0]).await?;
    if row.is_none() {
        return Ok(Registered::NameTaken);
    }
    if let Some(user) = new.hired_by {
        record(tx, new.id, "hire", &By { user, reason: String::new(), at: new.at });
    }
    Ok(Registered::Created(new.id))
}

/// A password to be changed.
pub(super) struct PasswordChange {
    pub(super) id: UserId,
    pub(super) old: String,
    pub(super) new: String,
    pub(super) at: Ms,
    pub(super) key: Option<IdempotencyKey>,
}

/// Changes passwords. `None`, which is kept under no key, if it is not the old one any more.
pub(super) struct PasswordChanges(pub(super) Keys);

#[async_trait]
impl Batch for PasswordChanges {
    type Request = PasswordChange;
    type Answer = Option<Once<Changed>>;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[PasswordChange]) -> Result<Vec<Self::Answer>> {
        let mut keys = self.0.load(tx, asked.iter().map(|change| change.key.as_ref())).await?;
        let mut answers = Vec::with_capacity(asked.len());
        for change in asked {
            answers.push(change_once(tx, &mut keys, change).await?);
        }
        self.0.save(tx, keys);
        Ok(answers)
    }
}

async fn change_once(
    tx: &Tx<'_>,
    keys: &mut KeyBook,
    change: &PasswordChange,
) -> Result<Option<Once<Changed>>> {
    if let Some(known) = known(keys, change.key.as_ref())? {
        return Ok(Some(known));
    }
    if !set_password(tx, change).await? {
        return Ok(None);
    }
    keys.once(change.key.as_ref(), change.at, || Ok(Changed)).map(Some)
}

async fn set_password(tx: &Tx<'_>, change: &PasswordChange) -> Result<bool> {
    let sql = format!("{SET_PASSWORD} RETURNING id");
    Ok(tx.query_opt(&sql, &[&change.id.as_i64(), &change.old, &change.new]).await?.is_some())
}
