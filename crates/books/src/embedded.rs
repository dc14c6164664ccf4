//! One snapshot of all facts.

use audit::facts::{
    HoldFact, ItemFact, KeyFact, LedgerFact, LedgerKey, MoneyFact, OrderFact, OutboxFact, OutboxKey,
    PayOrderFact, WalletEntryFact, WalletFact,
};
use audit::{Error, Result, Source};
use engine::sqlite::{Db, Reader};
use model::{ItemId, Ms, OrderId, PayOrderId, UserId};

/// The services that keep an outbox, by name.
const OUTBOXES: [&str; 2] = ["pay", "trade"];

/// A snapshot of the database: what is committed later is not seen. Ends when dropped.
pub struct Snapshot {
    reader: Reader,
}

impl Snapshot {
    /// Takes a snapshot of `db` as it is now.
    pub fn take(db: &Db) -> Result<Self> {
        let reader = db.reader().map_err(Error::unreadable)?;
        reader.execute_batch("BEGIN").map_err(Error::unreadable)?;
        // The snapshot is taken by the first read, not by the BEGIN.
        let count: rusqlite::Result<i64> =
            reader.query_row("SELECT count(*) FROM engine_schema", [], |row| row.get(0));
        count.map_err(Error::unreadable)?;
        Ok(Self { reader })
    }

    fn read<T>(&self, facts: impl FnOnce(&rusqlite::Connection) -> engine::Result<T>) -> Result<T> {
        facts(&self.reader).map_err(Error::unreadable)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // Otherwise the connection would not go back to its pool, and the WAL could not start over.
        let _ = self.reader.execute_batch("COMMIT");
    }
}

impl Source for Snapshot {
    fn orders(&self, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
        self.read(|connection| trade::facts::orders(connection, after, limit))
    }

    fn pay_orders(&self, after: OrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
        self.read(|connection| pay::facts::by_order(connection, after, limit))
    }

    fn pay_orders_by_id(&self, after: PayOrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
        self.read(|connection| pay::facts::by_id(connection, after, limit))
    }

    fn holds(&self, after: OrderId, limit: usize) -> Result<Vec<HoldFact>> {
        self.read(|connection| item::facts::holds(connection, after, limit))
    }

    fn items(&self, after: ItemId, limit: usize) -> Result<Vec<ItemFact>> {
        self.read(|connection| item::facts::items(connection, after, limit))
    }

    fn ledger(&self, after: LedgerKey, limit: usize) -> Result<Vec<LedgerFact>> {
        self.read(|connection| item::facts::ledger(connection, after, limit))
    }

    fn wallets(&self, after: UserId, limit: usize) -> Result<Vec<WalletFact>> {
        self.read(|connection| user::facts::wallets(connection, after, limit))
    }

    fn wallet_entries(&self, after: (UserId, u64), limit: usize) -> Result<Vec<WalletEntryFact>> {
        self.read(|connection| user::facts::entries(connection, after, limit))
    }

    fn money(&self, after: (PayOrderId, u64), limit: usize) -> Result<Vec<MoneyFact>> {
        self.read(|connection| user::facts::money(connection, after, limit))
    }

    fn keys(&self, after: (UserId, String), limit: usize) -> Result<Vec<KeyFact>> {
        self.read(|connection| trade::facts::keys(connection, &after, limit))
    }

    fn owners(&self, orders: &[OrderId]) -> Result<Vec<Option<UserId>>> {
        self.read(|connection| trade::facts::owners(connection, orders))
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
        self.read(|connection| {
            let mut statement = connection.prepare_cached(&sql)?;
            let position = (after.due.0, after.topic, after.subject.cast_signed(), limit);
            let rows = statement.query_map(position, |row| {
                let due = Ms(row.get(0)?);
                let subject = row.get::<_, i64>(2)?.cast_unsigned();
                let key = OutboxKey { service: service.to_owned(), due, topic: row.get(1)?, subject };
                Ok(OutboxFact { key, attempts: row.get(3)? })
            })?;
            rows.map(|row| row.map_err(engine::Error::from)).collect()
        })
    }
}
