//! The handle services hold.

use std::any::{Any, type_name};
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Config, NoTls, Row};

use super::{Batch, Tx, Watch, failure};
use crate::{Error, Result};

/// How long to wait for a connection, new or from the pool, before the database counts as away.
const CONNECT: Duration = Duration::from_secs(3);
/// How often a transaction that lost against another one is run again.
const CONFLICTS_MAX: u32 = 8;

/// How to reach a service's schema.
#[derive(Clone)]
pub struct Options {
    /// `postgres://user:password@host:port/database`, or the same as `key=value` pairs. Holds a secret: the type
    /// has no `Debug`.
    pub url: String,
    /// The service's schema; every statement finds its tables there.
    pub schema: String,
    /// How many connections are open at most.
    pub connections: usize,
    /// How long one statement may take, in milliseconds.
    pub statement_timeout_ms: u32,
    /// What its statements look for.
    pub reads: Reads,
}

/// What the statements of a connection look for, which the planner is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// A few rows, by their keys. Statistics of a table that was empty a minute ago make the planner read and hash
    /// all of it, and a prepared statement keeps such a plan while the table grows: so it is to use indexes always.
    ByKey,
    /// Whole tables; the planner is free.
    Whole,
}

impl Reads {
    fn settings(self) -> &'static str {
        match self {
            Reads::ByKey => "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off",
            Reads::Whole => "",
        }
    }
}

impl Options {
    /// The usual bounds for `schema` at `url`.
    pub fn new(url: impl Into<String>, schema: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            schema: schema.into(),
            connections: 6,
            statement_timeout_ms: 10_000,
            reads: Reads::ByKey,
        }
    }

    /// The password in the address, if there is one there.
    pub fn password(&self) -> Result<Option<String>> {
        let config = config(self)?;
        Ok(config.get_password().map(|secret| String::from_utf8_lossy(secret).into_owned()))
    }
}

/// A service's schema. Clones share its connections.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    schema: Arc<str>,
    config: Arc<Config>,
    watch: Option<Arc<dyn Watch>>,
}

impl Db {
    /// A handle on the schema. Connections are made when they are needed: a database that is away now is
    /// noticed by the first call, and found again by the first call after it is back.
    pub fn new(options: &Options) -> Result<Self> {
        let config = config(options)?;
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config.clone(), NoTls, manager))
            .max_size(options.connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(CONNECT))
            .create_timeout(Some(CONNECT))
            .recycle_timeout(Some(CONNECT))
            .build()
            .map_err(|error| Error::Unavailable(error.to_string()))?;
        Ok(Self { pool, schema: options.schema.as_str().into(), config: Arc::new(config), watch: None })
    }

    /// The same schema with somebody beside its commits; for simulations. Clones made before are not watched.
    #[must_use]
    pub fn watched(self, watch: Arc<dyn Watch>) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// The schema's name.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// How its connections are made, for one outside the pool.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// A connection for reading.
    pub async fn conn(&self) -> Result<Conn> {
        let visit = self.enter().await;
        match self.pool.get().await {
            Ok(client) => Ok(Conn { client, watch: self.watch.clone(), _visit: visit }),
            Err(PoolError::Backend(error)) => Err(away(&error)),
            Err(error) => Err(Error::Unavailable(format!("the database does not answer: {error}"))),
        }
    }

    /// Tells whoever watches that somebody is at work here.
    async fn enter(&self) -> Option<Visit> {
        match &self.watch {
            None => None,
            Some(watch) => Some(watch.enter().await),
        }
    }

    /// Does `work` while no other process does work of the same `name`: they wait for each other.
    pub async fn alone<T>(&self, name: &str, work: impl Future<Output = T> + Send) -> Result<T> {
        let conn = self.conn().await?;
        conn.batch_execute(
            "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0",
        )
        .await?;
        conn.query("SELECT pg_advisory_xact_lock(hashtext('sandglass ' || $1))", &[&name]).await?;
        let outcome = work.await;
        conn.batch_execute("COMMIT").await?;
        Ok(outcome)
    }

    /// Runs `batch` over `requests` in one transaction, and again if it loses against another one; answers once
    /// it is committed. For what is rare; what is frequent goes through a [`super::Batcher`].
    pub async fn run<B: Batch>(&self, batch: &B, requests: &[B::Request]) -> Result<Vec<B::Answer>> {
        // Between two tries as well.
        let _visit = self.enter().await;
        let mut lost = 0;
        loop {
            match self.try_run(batch, requests).await {
                Err(Error::Postgres(error)) if failure::is_conflict(&error) && lost < CONFLICTS_MAX => {
                    lost += 1;
                    metrics::counter!("sandglass_transactions_again_total").increment(1);
                    tokio::time::sleep(Duration::from_millis(u64::from(lost))).await;
                }
                Err(Error::Postgres(error)) if failure::is_away(&error) => return Err(away(&error)),
                outcome => return outcome,
            }
        }
    }

    async fn try_run<B: Batch>(&self, batch: &B, requests: &[B::Request]) -> Result<Vec<B::Answer>> {
        let conn = self.conn().await?;
        let mut tx = Tx::on(&conn);
        match batch.run(&mut tx, requests).await {
            Ok(answers) => tx.commit(type_name::<B>()).await.map(|()| answers),
            Err(error) => {
                tx.roll_back().await;
                Err(error)
            }
        }
    }
}

/// Somebody who is at work with the database, until dropped.
type Visit = Box<dyn Any + Send + Sync>;

fn away(error: &tokio_postgres::Error) -> Error {
    Error::Unavailable(format!("the database does not answer: {}", failure::sentence(error)))
}

/// Every connection's settings. Nothing here runs long enough that compiling it would pay.
fn config(options: &Options) -> Result<Config> {
    let wrong = |error: tokio_postgres::Error| {
        Error::Unavailable(format!("the address of the database makes no sense: {error}"))
    };
    let mut config: Config = options.url.parse().map_err(wrong)?;
    let statement_ms = options.statement_timeout_ms;
    config.connect_timeout(CONNECT).application_name(format!("sandglass {}", options.schema)).options(
        format!(
            "-c search_path={} -c jit=off -c statement_timeout={statement_ms} -c lock_timeout={} \
         -c idle_in_transaction_session_timeout={} {}",
            options.schema,
            statement_ms / 2,
            statement_ms * 2,
            options.reads.settings(),
        ),
    );
    Ok(config)
}

/// A borrowed connection; goes back to the pool when dropped. Its statements are prepared once.
pub struct Conn {
    pub(super) client: Object,
    pub(super) watch: Option<Arc<dyn Watch>>,
    _visit: Option<Visit>,
}

impl Conn {
    /// The rows a statement answers.
    pub async fn query(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        self.answer(sql, params).await.map_err(from_read)
    }

    /// The one row it answers, if any.
    pub async fn query_opt(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Option<Row>> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// The rows a statement answers, planned anew for these very values: for a search whose best plan depends on
    /// what is asked, and whose text on which criteria there are. Nothing of it is kept prepared; one round trip.
    pub async fn query_planned(&self, sql: &str, params: &[(&(dyn ToSql + Sync), Type)]) -> Result<Vec<Row>> {
        self.client.query_typed(sql, params).await.map_err(from_read)
    }

    /// Runs one statement as a transaction of its own; answers how many rows it touched.
    pub async fn execute(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<u64> {
        let statement = self.client.prepare_cached(sql).await.map_err(from_read)?;
        let Some(watch) = &self.watch else {
            return self.client.execute(&statement, params).await.map_err(from_write);
        };
        watch.before(sql).await;
        let done = self.client.execute(&statement, params).await.map_err(from_write);
        watch.after(sql).await.and(done)
    }

    /// Runs some statements without parameters.
    pub async fn batch_execute(&self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).await.map_err(from_write)
    }

    async fn answer(
        &self,
        sql: &str,
        params: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, tokio_postgres::Error> {
        let statement = self.client.prepare_cached(sql).await?;
        self.client.query(&statement, params).await
    }
}

/// A read that failed changed nothing.
fn from_read(error: tokio_postgres::Error) -> Error {
    if failure::is_away(&error) { away(&error) } else { Error::Postgres(error) }
}

/// A write alone is its own commit.
fn from_write(error: tokio_postgres::Error) -> Error {
    match failure::is_away(&error) {
        true if failure::is_certain(&error) => away(&error),
        true => Error::Unknown,
        false => Error::Postgres(error),
    }
}
