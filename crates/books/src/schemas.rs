//! One snapshot of all facts in PostgreSQL.

use std::collections::BTreeSet;
use std::sync::Arc;

use audit::facts::{
    HoldFact, ItemFact, KeyFact, LedgerFact, LedgerKey, MoneyFact, OrderFact, OutboxFact, OutboxKey,
    PayOrderFact, WalletEntryFact, WalletFact,
};
use audit::{Error, Result, Source};
use engine::postgres::{Conn, Db};
use model::{ItemId, Ms, OrderId, PayOrderId, UserId};
use tokio::runtime::Handle;

use crate::ended::Shelves;

/// The tables in which messages wait, by schema, in the order of their names.
const QUEUES: [(&str, &str); 4] =
    [("cart", "cart_inbox"), ("pay", "pay_outbox"), ("trade", "trade_inbox"), ("trade", "trade_outbox")];

/// The tables in which messages lie that nobody could handle, by schema.
const DEAD: [(&str, &str); 4] = [
    ("cart", "cart_inbox_dead"),
    ("pay", "pay_dead"),
    ("trade", "trade_inbox_dead"),
    ("trade", "trade_dead"),
];

/// A snapshot over all schemas: what is committed later is not seen. Lives on a connection of its own, and is to be
/// read where blocking bothers nobody. Ends when dropped.
pub struct Schemas {
    conn: Arc<Conn>,
    runtime: Handle,
}

impl Schemas {
    /// Takes a snapshot over `db`, whose role may read every schema.
    pub async fn take(db: &Db) -> engine::Result<Self> {
        let conn = db.conn().await?;
        conn.batch_execute(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
             SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
        )
        .await?;
        Ok(Self { conn: Arc::new(conn), runtime: Handle::current() })
    }

    fn read<T>(&self, facts: impl Future<Output = engine::Result<T>>) -> Result<T> {
        self.runtime.block_on(facts).map_err(Error::unreadable)
    }

    async fn queue(
        &self,
        (schema, table): (&str, &str),
        after: &OutboxKey,
        limit: usize,
    ) -> engine::Result<Vec<OutboxFact>> {
        let sql = format!(
            "SELECT due, topic, subject, attempts FROM {schema}.{table}
             WHERE (due, topic, subject) > ($1, $2, $3) ORDER BY due, topic, subject LIMIT $4"
        );
        let (topic, subject) = (i32::from(after.topic), after.subject.cast_signed());
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = self.conn.query(&sql, &[&after.due.0, &topic, &subject, &limit]).await?;
        let fact = |row: &engine::postgres::Row| -> engine::Result<OutboxFact> {
            let key = OutboxKey {
                service: table.to_owned(),
                due: Ms(row.try_get(0)?),
                topic: u16::try_from(row.try_get::<_, i32>(1)?).unwrap_or(0),
                subject: row.try_get::<_, i64>(2)?.cast_unsigned(),
            };
            let attempts = u32::try_from(row.try_get::<_, i64>(3)?).unwrap_or(u32::MAX);
            Ok(OutboxFact { key, attempts })
        };
        rows.iter().map(fact).collect()
    }
}

impl Drop for Schemas {
    fn drop(&mut self) {
        // Otherwise the connection would go back to its pool with the snapshot open, and the next one be of this moment.
        let conn = self.conn.clone();
        self.runtime.spawn(async move {
            // If that fails the connection is gone, and the snapshot with it.
            let _ = conn.batch_execute("ROLLBACK").await;
        });
    }
}

impl Source for Schemas {
    fn orders(&self, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
        self.read(trade::facts::postgres::orders(&self.conn, after, limit))
    }

    fn pay_orders(&self, after: OrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
        self.read(pay::facts::postgres::by_order(&self.conn, after, limit))
    }

    fn pay_orders_by_id(&self, after: PayOrderId, limit: usize) -> Result<Vec<PayOrderFact>> {
        self.read(pay::facts::postgres::by_id(&self.conn, after, limit))
    }

    fn holds(&self, after: OrderId, limit: usize) -> Result<Vec<HoldFact>> {
        self.read(item::facts::postgres::holds(&self.conn, after, limit))
    }

    fn items(&self, after: ItemId, limit: usize) -> Result<Vec<ItemFact>> {
        self.read(item::facts::postgres::items(&self.conn, after, limit))
    }

    fn ledger(&self, after: LedgerKey, limit: usize) -> Result<Vec<LedgerFact>> {
        self.read(item::facts::postgres::ledger(&self.conn, after, limit))
    }

    fn wallets(&self, after: UserId, limit: usize) -> Result<Vec<WalletFact>> {
        self.read(user::facts::postgres::wallets(&self.conn, after, limit))
    }

    fn wallet_entries(&self, after: (UserId, u64), limit: usize) -> Result<Vec<WalletEntryFact>> {
        self.read(user::facts::postgres::entries(&self.conn, after, limit))
    }

    fn money(&self, after: (PayOrderId, u64), limit: usize) -> Result<Vec<MoneyFact>> {
        self.read(user::facts::postgres::money(&self.conn, after, limit))
    }

    fn keys(&self, after: (UserId, String), limit: usize) -> Result<Vec<KeyFact>> {
        self.read(trade::facts::postgres::keys(&self.conn, &after, limit))
    }

    fn owners(&self, orders: &[OrderId]) -> Result<Vec<Option<UserId>>> {
        self.read(trade::facts::postgres::owners(&self.conn, orders))
    }

    fn outbox(&self, after: OutboxKey, limit: usize) -> Result<Vec<OutboxFact>> {
        let mut page = Vec::new();
        for queue in QUEUES.into_iter().filter(|(_, table)| *table >= after.service.as_str()) {
            let from = if queue.1 == after.service { after.clone() } else { OutboxKey::default() };
            page.extend(self.read(self.queue(queue, &from, limit - page.len()))?);
            if page.len() == limit {
                break;
            }
        }
        Ok(page)
    }
}

impl Shelves for Schemas {
    fn kept_orders(&self, after: OrderId, limit: usize) -> Result<Vec<OrderFact>> {
        self.read(trade::facts::postgres::kept(&self.conn, after, limit))
    }

    fn awaited(&self, subjects: &[u64]) -> Result<BTreeSet<u64>> {
        let wanted: Vec<i64> = subjects.iter().map(|subject| subject.cast_signed()).collect();
        let of = |(schema, table): &(&str, &str)| format!("SELECT subject FROM {schema}.{table}");
        let all = QUEUES.iter().chain(&DEAD).map(of).collect::<Vec<_>>().join(" UNION ALL ");
        let sql = format!("SELECT subject FROM ({all}) AS messages WHERE subject = ANY($1)");
        self.read(async {
            let rows = self.conn.query(&sql, &[&wanted]).await?;
            let subject = |row: &engine::postgres::Row| Ok(row.try_get::<_, i64>(0)?.cast_unsigned());
            rows.iter().map(subject).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use engine::testing::{PgDatabase, test_name};
    use engine::{Keeps, Migrations};

    use super::*;

    async fn messages(db: &Db) -> usize {
        let snapshot = Schemas::take(db).await.unwrap();
        let reading = tokio::task::spawn_blocking(move || snapshot.outbox(OutboxKey::default(), 10).unwrap());
        reading.await.unwrap().len()
    }

    #[tokio::test]
    async fn the_next_snapshot_sees_what_was_committed_since_the_last() {
        let Some(database) = PgDatabase::create(&test_name()).await else { return };
        for (service, keeps) in [
            ("cart", &[Keeps::Inbox][..]),
            ("pay", &[Keeps::Outbox]),
            ("trade", &[Keeps::Outbox, Keeps::Inbox]),
        ] {
            let tables = Migrations { service, keeps, steps: &[] };
            database.db(service).migrate(&tables).await.unwrap();
        }
        let db = database.db("public");
        assert_eq!(messages(&db).await, 0);
        let sql = "INSERT INTO pay.pay_outbox VALUES (1, 1, 1, 1, 0, 0, 1, '', '', '', 0, 0)";
        db.conn().await.unwrap().execute(sql, &[]).await.unwrap();
        assert_eq!(messages(&db).await, 1);
    }
}
