//! The wallets a batch may move money in: locked, changed in memory, written once, each movement with its entry.

use std::collections::BTreeMap;

use engine::postgres::Tx;
use engine::{Error, Result, params};
use model::wallet::Wallet;
use model::{Cents, PayOrderId, UserId};

use crate::store::codec;
use crate::store::money::Movement;

#[derive(Default)]
pub(super) struct Wallets {
    accounts: BTreeMap<UserId, Account>,
    entries: Entries,
}

struct Account {
    wallet: Wallet,
    /// How many entries it has, which is also the number of the last one.
    entries: i64,
    moved: bool,
}

/// Entries to be written, a column each.
#[derive(Default)]
struct Entries {
    user: Vec<i64>,
    seq: Vec<i64>,
    at: Vec<i64>,
    kind: Vec<i64>,
    amount: Vec<i64>,
    balance: Vec<i64>,
    pay_order: Vec<Option<i64>>,
    by: Vec<i64>,
    reason: Vec<String>,
}

impl Wallets {
    /// Locks the users' rows in the order of their ids.
    pub(super) async fn lock(tx: &Tx<'_>, users: impl Iterator<Item = UserId>) -> Result<Self> {
        let ids: Vec<i64> = users.map(UserId::as_i64).collect();
        let mut wallets = Self::default();
        if ids.is_empty() {
            return Ok(wallets);
        }
        let sql = "SELECT id, balance, frozen, entries FROM user_users
                   WHERE id = ANY($1) ORDER BY id FOR UPDATE";
        for row in tx.query(sql, &[&ids]).await? {
            let wallet = Wallet { balance: Cents(row.try_get(1)?), frozen: row.try_get(2)? };
            let account = Account { wallet, entries: row.try_get(3)?, moved: false };
            wallets.accounts.insert(UserId::from_i64(row.try_get(0)?), account);
        }
        Ok(wallets)
    }

    /// The wallet as it is by now; `None` if there is no such user.
    pub(super) fn of(&self, user: UserId) -> Option<Wallet> {
        self.accounts.get(&user).map(|account| account.wallet)
    }

    /// Moves money; the caller has seen that user and sum allow it. Answers the balance.
    pub(super) fn book(&mut self, movement: &Movement<'_>) -> Result<Cents> {
        let corrupt = || Error::corrupt("user_users", movement.user);
        let account = self.accounts.get_mut(&movement.user).ok_or_else(corrupt)?;
        let balance = account.wallet.balance.plus(movement.signed()).ok_or_else(corrupt)?;
        account.wallet.balance = balance;
        account.entries += 1;
        account.moved = true;
        self.entries.push(movement, account.entries, balance);
        Ok(balance)
    }

    /// Writes balances and entries.
    pub(super) fn save(self, tx: &mut Tx<'_>) {
        if self.entries.seq.is_empty() {
            return;
        }
        let moved = || self.accounts.iter().filter(|(_, account)| account.moved);
        let ids: Vec<i64> = moved().map(|(user, _)| user.as_i64()).collect();
        let balances: Vec<i64> = moved().map(|(_, account)| account.wallet.balance.0).collect();
        let entries: Vec<i64> = moved().map(|(_, account)| account.entries).collect();
        let sql = "UPDATE user_users u SET balance = n.balance, entries = n.entries
                   FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS n (id, balance, entries)
                   WHERE u.id = n.id";
        tx.write(sql, params![ids, balances, entries]);
        self.entries.save(tx);
    }
}

impl Entries {
    fn push(&mut self, movement: &Movement<'_>, seq: i64, balance: Cents) {
        self.user.push(movement.user.as_i64());
        self.seq.push(seq);
        self.at.push(movement.at.0);
        self.kind.push(codec::kind_code(movement.kind));
        self.amount.push(movement.amount.0);
        self.balance.push(balance.0);
        self.pay_order.push(movement.pay_order.map(PayOrderId::as_i64));
        self.by.push(movement.by.as_i64());
        self.reason.push(movement.reason.to_owned());
    }

    fn save(self, tx: &mut Tx<'_>) {
        let sql =
            "INSERT INTO user_entries (user_id, seq, at, kind, amount, balance, pay_order, by_user, reason)
                   SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
                       $6::bigint[], $7::bigint[], $8::bigint[], $9::text[])";
        let Self { user, seq, at, kind, amount, balance, pay_order, by, reason } = self;
        tx.write(sql, params![user, seq, at, kind, amount, balance, pay_order, by, reason]);
    }
}
