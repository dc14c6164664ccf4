//! What staff do to accounts.

use async_trait::async_trait;
use engine::postgres::{Batch, KeyBook, Keys, Tx};
use engine::{IdempotencyKey, Once, Result, params};
use model::{Cents, UserId};

use super::known;
use super::wallets::Wallets;
use crate::store::money::{self, Movement};
use crate::store::{By, Credited};

/// Records what staff did to an account.
pub(super) fn record(tx: &mut Tx<'_>, user: UserId, action: &str, by: &By) {
    let sql = "INSERT INTO user_records (at, by_user, user_id, action, reason) VALUES ($1, $2, $3, $4, $5)";
    tx.write(sql, params![by.at.0, by.user.as_i64(), user.as_i64(), action.to_owned(), by.reason.clone()]);
}

/// An account to be frozen or unfrozen.
pub(super) struct Freeze {
    pub(super) id: UserId,
    pub(super) frozen: bool,
    pub(super) by: By,
    pub(super) key: Option<IdempotencyKey>,
}

/// Freezes and unfreezes; whether there is such a user.
pub(super) struct Freezes(pub(super) Keys);

#[async_trait]
impl Batch for Freezes {
    type Request = Freeze;
    type Answer = Once<bool>;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[Freeze]) -> Result<Vec<Once<bool>>> {
        let mut keys = self.0.load(tx, asked.iter().map(|freeze| freeze.key.as_ref())).await?;
        let mut answers = Vec::with_capacity(asked.len());
        for freeze in asked {
            answers.push(freeze_once(tx, &mut keys, freeze).await?);
        }
        self.0.save(tx, keys);
        Ok(answers)
    }
}

async fn freeze_once(tx: &mut Tx<'_>, keys: &mut KeyBook, freeze: &Freeze) -> Result<Once<bool>> {
    if let Some(known) = known(keys, freeze.key.as_ref())? {
        return Ok(known);
    }
    let found = set_frozen(tx, freeze).await?;
    keys.once(freeze.key.as_ref(), freeze.by.at, || Ok(found))
}

async fn set_frozen(tx: &mut Tx<'_>, freeze: &Freeze) -> Result<bool> {
    let sql = "UPDATE user_users SET frozen = $2 WHERE id = $1 RETURNING id";
    let found = tx.query_opt(sql, &[&freeze.id.as_i64(), &freeze.frozen]).await?.is_some();
    if found {
        record(tx, freeze.id, if freeze.frozen { "freeze" } else { "unfreeze" }, &freeze.by);
    }
    Ok(found)
}

/// Money to be put in.
pub(super) struct Credit {
    pub(super) id: UserId,
    pub(super) amount: Cents,
    pub(super) by: By,
    pub(super) key: Option<IdempotencyKey>,
}

/// Puts money in.
pub(super) struct Credits(pub(super) Keys);

#[async_trait]
impl Batch for Credits {
    type Request = Credit;
    type Answer = Once<Credited>;

    async fn run(&self, tx: &mut Tx<'_>, asked: &[Credit]) -> Result<Vec<Once<Credited>>> {
        let mut keys = self.0.load(tx, asked.iter().map(|credit| credit.key.as_ref())).await?;
        let mut wallets = Wallets::lock(tx, asked.iter().map(|credit| credit.id)).await?;
        let mut answers = Vec::with_capacity(asked.len());
        for credit in asked {
            let work = || put_in(tx, &mut wallets, credit);
            answers.push(keys.once(credit.key.as_ref(), credit.by.at, work)?);
        }
        wallets.save(tx);
        self.0.save(tx, keys);
        Ok(answers)
    }
}

fn put_in(tx: &mut Tx<'_>, wallets: &mut Wallets, credit: &Credit) -> Result<Credited> {
    if let Err(refused) = money::may_credit(wallets.of(credit.id), credit.amount) {
        return Ok(refused);
    }
    record(tx, credit.id, "credit", &credit.by);
    wallets.book(&Movement::credit(credit.id, credit.amount, &credit.by)).map(Credited::Balance)
}
