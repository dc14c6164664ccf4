//! One snapshot of all facts.

use std::collections::BTreeSet;

use audit::facts::{
    HoldFact, ItemFact, KeyFact, LedgerFact, LedgerKey, MoneyFact, OrderFact, OutboxFact, OutboxKey,
    PayOrderFact, WalletEntryFact, WalletFact,
};
use audit::{Error, Result, Source};
use engine::sqlite::{Db, Reader};
use model::{ItemId, Ms, OrderId, PayOrderId, UserId};

use crate::ended::Shelves;

/// The services that keep an outbox, by name.
const OUTBOXES: [&str; 2] = ["pay", "trade"];

/// A snapshot of the database: what is committed later is not seen. Ends when dropped.
pub struct Snapshot {
    reader: Reader,
    apart: Option<Apart<Reader>>,
}

/// Something for each service with facts of its own beside `trade`.
pub struct Apart<T> {
    /// Of `item`.
    pub item: T,
    /// Of `pay`.
    pub pay: T,
    /// Of `user`.
    pub user: T,
}

impl Snapshot {
    /// Takes a snapshot of `db` as it is now.
    pub fn take(db: &Db) -> Result<Self> {
        Ok(Self { reader: begin(db)?, apart: None })
    }

    /// Takes a snapshot of services that have a database each. It is one of a single moment only if nobody
    /// commits while it is taken.
    pub fn of_several(trade: &Db, others: &Apart<Db>) -> Result<Self> {
        let apart =
            Apart { item: begin(&others.item)?, pay: begin(&others.pay)?, user: begin(&others.user)? };
        Ok(Self { reader: begin(trade)?, apart: Some(apart) })
    }

    fn trade(&self) -> &Reader {
        &self.reader
    }

    fn item(&self) -> &Reader {
        self.apart.as_ref().map_or(&self.reader, |apart| &apart.item)
    }

    fn pay(&self) -> &Reader {
        self.apart.as_ref().map_or(&self.reader, |apart| &apart.pay)
    }

    fn user(&self) -> &Reader {
        self.apart.as_ref().map_or(&self.reader, |apart| &apart.user)
    }
}

fn begin(db: &Db) -> Result<Reader> {
    let reader = db.reader().map_err(Error::unreadable)?;
    reader.execute_batch("BEGIN").map_err(Error::unreadable)?;
    // The snapshot is taken by the first read, not by the BEGIN.
    let count: rusqlite::Result<i64> =
        reader.query_row("SELECT count(*) FROM engine_schema", [], |row| row.get(0));
    count.map_err(Error::unreadable)?;
    Ok(reader)
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // Otherwise the connections would not go back to their pools, and the WALs could not start over.
        let apart = self.apart.iter().flat_map(|apart| [&apart.item, &apart.pay, &apart.user]);
        for reader in apart.chain([&self.reader]) {
            let _ = reader.execute_batch("COMMIT");
        }
    }
}

impl Source for Snapshot {
    fn orders(&self, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
        trade::facts::orders(self.trade(), after, limit).map_err(Error::unreadable)
    }

    fn pay_orders(&self, after: OrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
        pay::facts::by_order(self.pay(), after, limit).map_err(Error::unreadable)
    }

    fn pay_orders_by_id(&self, after: PayOrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
        pay::facts::by_id(self.pay(), after, limit).map_err(Error::unreadable)
    }

    fn holds(&self, after: OrderId, limit: usize) -> Result<Vec<HoldFact>> {
        item::facts::holds(self.item(), after, limit).map_err(Error::unreadable)
    }

    fn items(&self, after: ItemId, limit: usize) -> Result<Vec<ItemFact>> {
        item::facts::items(self.item(), after, limit).map_err(Error::unreadable)
    }

    fn ledger(&self, after: LedgerKey, limit: usize) -> Result<Vec<LedgerFact>> {
        item::facts::ledger(self.item(), after, limit).map_err(Error::unreadable)
    }

    fn wallets(&self, after: UserId, limit: usize) -> Result<Vec<WalletFact>> {
        user::facts::wallets(self.user(), after, limit).map_err(Error::unreadable)
    }

    fn wallet_entries(&self, after: (UserId, u64), limit: usize) -> Result<Vec<WalletEntryFact>> {
        user::facts::entries(self.user(), after, limit).map_err(Error::unreadable)
    }

    fn money(&self, after: (PayOrderId, u64), limit: usize) -> Result<Vec<MoneyFact>> {
        user::facts::money(self.user(), after, limit).map_err(Error::unreadable)
    }

    fn keys(&self, after: (UserId, String), limit: usize) -> Result<Vec<KeyFact>> {
        trade::facts::keys(self.trade(), &after, limit).map_err(Error::unreadable)
    }

    fn owners(&self, orders: &[OrderId]) -> Result<Vec<Option<UserId>>> {
        trade::facts::owners(self.trade(), orders).map_err(Error::unreadable)
    }

    fn outbox(&self, after: OutboxKey, limit: usize) -> Result<Vec<OutboxFact>> {
        let mut page = Vec::new();
        for service in OUTBOXES.into_iter().filter(|service| *service >= after.service.as_str()) {
            let from = if service == after.service { after.clone() } else { OutboxKey::default() };
            page.extend(self.outbox_of(service, &from, limit - page.len())?);
            if page.len() == limit {
                break;
            }
        }
        Ok(page)
    }
}

impl Snapshot {
    fn outbox_of(&self, service: &str, after: &OutboxKey, limit: usize) -> Result<Vec<OutboxFact>> {
        let sql = format!(
            "SELECT due, topic, subject, attempts FROM {service}_outbox
             WHERE (due, topic, subject) > (?1, ?2, ?3) ORDER BY due, topic, subject LIMIT ?4"
        );
        let reader = if service == "pay" { self.pay() } else { self.trade() };
        let mut statement = reader.prepare_cached(&sql).map_err(Error::unreadable)?;
        let position = (after.due.0, after.topic, after.subject.cast_signed(), limit);
        let rows = statement.query_map(position, |row| {
            let due = Ms(row.get(0)?);
            let subject = row.get::<_, i64>(2)?.cast_unsigned();
            let key = OutboxKey { service: service.to_owned(), due, topic: row.get(1)?, subject };
            Ok(OutboxFact { key, attempts: row.get(3)? })
        });
        rows.map_err(Error::unreadable)?.map(|row| row.map_err(Error::unreadable)).collect()
    }
}

impl Shelves for Snapshot {
    fn kept_orders(&self, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
        trade::facts::kept(self.trade(), after, limit).map_err(Error::unreadable)
    }

    fn awaited(&self, subjects: &[u64]) -> Result<BTreeSet<u64>> {
        let wanted: BTreeSet<u64> = subjects.iter().copied().collect();
        let mut found = BTreeSet::new();
        for service in OUTBOXES {
            let reader = if service == "pay" { self.pay() } else { self.trade() };
            let sql =
                format!("SELECT subject FROM {service}_outbox UNION ALL SELECT subject FROM {service}_dead");
            let mut statement = reader.prepare_cached(&sql).map_err(Error::unreadable)?;
            let rows = statement.query_map([], |row| row.get::<_, i64>(0)).map_err(Error::unreadable)?;
            for subject in rows {
                let subject = subject.map_err(Error::unreadable)?.cast_unsigned();
                if wanted.contains(&subject) {
                    found.insert(subject);
                }
            }
        }
        Ok(found)
    }
}
