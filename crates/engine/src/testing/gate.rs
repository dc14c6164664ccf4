//! Stopping transactions of others half-way.

use super::PgDatabase;
use crate::postgres::Conn;

/// How often to look at most until as many transactions wait as should; each look is a round trip.
const LOOKS_MAX: u32 = 20_000;

/// An open transaction whose locks hold up others. To lock a row stops whoever is going to decide on it; to lock a
/// table in share mode stops whoever has decided and is going to write.
pub struct Gate {
    conn: Conn,
    watch: Conn,
}

impl PgDatabase {
    /// Runs `sql` in `schema` within a transaction that stays open as long as the gate is shut.
    ///
    /// # Panics
    ///
    /// If the database says no.
    pub async fn gate(&self, schema: &str, sql: &str) -> Gate {
        let db = self.db(schema);
        let conn = db.conn().await.expect("a connection");
        let watch = db.conn().await.expect("a connection");
        conn.batch_execute("BEGIN").await.expect("a transaction");
        conn.batch_execute(sql).await.expect("locks");
        Gate { conn, watch }
    }
}

impl Gate {
    /// Waits until so many transactions of this database wait for a lock.
    ///
    /// # Panics
    ///
    /// If that does not come to pass.
    pub async fn waiting(&self, transactions: i64) {
        let sql = "SELECT count(*) FROM pg_stat_activity
                   WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..LOOKS_MAX {
            let row = self.watch.query_opt(sql, &[]).await.expect("the server answers").expect("a count");
            if row.get::<_, i64>(0) == transactions {
                return;
            }
        }
        panic!("there are not {transactions} transactions that wait for a lock");
    }

    /// Starts both, the second once the first waits; opens when both wait; answers what came of each.
    ///
    /// # Panics
    ///
    /// If one of them does not come to wait, or panics.
    pub async fn meet<A, B>(
        self,
        first: impl Future<Output = A> + Send + 'static,
        second: impl Future<Output = B> + Send + 'static,
    ) -> (A, B)
    where
        A: Send + 'static,
        B: Send + 'static,
    {
        let first = tokio::spawn(first);
        self.waiting(1).await;
        let second = tokio::spawn(second);
        self.waiting(2).await;
        self.open().await;
        (first.await.expect("the first ends"), second.await.expect("the second ends"))
    }

    /// Lets everybody go on.
    ///
    /// # Panics
    ///
    /// If the database says no.
    pub async fn open(self) {
        self.conn.batch_execute("ROLLBACK").await.expect("the transaction ends");
    }
}
