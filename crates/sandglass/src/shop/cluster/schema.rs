//! One service's schema, and this process's number in it.

use std::ops::Range;
use std::sync::Arc;

use anyhow::{Context, Result};
use clock::{Clock, HOUR, IdGen, MINUTE};
use engine::Migrations;
use engine::postgres::{Account, Db, Options, Worker, provision};
use tokio_util::sync::CancellationToken;

use super::Calls;
use crate::config::Config;
use crate::shop::Role;

/// How long a process's number stays taken without being renewed, in milliseconds: far longer than any outage during
/// which it could still be making ids.
const LEASE_MS: i64 = HOUR;
/// The same for a command, which gives its number back at its end: so long it stays taken if the command is killed.
const COMMAND_LEASE_MS: i64 = 10 * MINUTE;
/// How often in the span of a lease it is renewed.
const RENEWALS: i64 = 12;
/// What the database's roles are called: this and the service's name.
const ROLES: &str = "sandglass_";

/// A service's schema.
#[derive(Clone)]
pub(super) struct Schema {
    pub(super) role: Role,
    pub(super) db: Db,
    pub(super) worker: Worker,
    pub(super) ids: Arc<IdGen>,
    lease_ms: i64,
}

impl Schema {
    /// The schema of `role`, for a process of the shop or, where the services call each other directly, for a command.
    pub(super) async fn open(config: &Config, role: Role, calls: Calls, clock: &dyn Clock) -> Result<Self> {
        let lease_ms = match calls {
            Calls::Remote => LEASE_MS,
            Calls::Direct => COMMAND_LEASE_MS,
        };
        let db = database(config, role)?;
        let leased = db.lease_worker(clock.now(), numbers(role), lease_ms).await;
        let worker = leased.with_context(|| unreachable(role))?;
        Ok(Self { role, db, worker, ids: Arc::new(IdGen::new(worker.number)), lease_ms })
    }

    /// Keeps the number leased until `stop`, then gives it back.
    pub(super) async fn keep_number(self, clock: Arc<dyn Clock>, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => break,
                () = clock.sleep_until(clock.now() + self.lease_ms / RENEWALS) => {}
            }
            if let Err(error) = self.db.renew_worker(self.worker, clock.now(), self.lease_ms).await {
                tracing::warn!(%error, "the process's number could not be renewed; trying again");
            }
        }
        if let Err(error) = self.db.release_worker(self.worker).await {
            tracing::debug!(%error, "the process's number was not given back; its lease will end");
        }
    }
}

/// The numbers of `role`'s processes. Ids of different services lie side by side, such as in the stock's ledger, so
/// no two roles share a number.
fn numbers(role: Role) -> Range<u16> {
    let each = clock::WORKERS / 5;
    let place = Role::SERVICES.iter().position(|service| *service == role).unwrap_or(0);
    let start = u16::try_from(place).unwrap_or(0) * each;
    start..start + each
}

/// A handle on the schema of `role`.
pub fn database(config: &Config, role: Role) -> Result<Db> {
    let statement_ms = u32::try_from(config.statement_timeout.ms()).unwrap_or(u32::MAX);
    Ok(Db::new(&Options {
        connections: config.database_connections.0,
        statement_timeout_ms: statement_ms,
        ..Options::new(config.database_of(role)?, role.name())
    })?)
}

fn unreachable(role: Role) -> String {
    format!("the database of `{}` cannot be used; is it there, and was `sandglass migrate` run?", role.name())
}

/// Brings the tables of each of `roles` up to date.
pub async fn bring_up_to_date(config: &Config, roles: &[Role]) -> Result<()> {
    for role in roles.iter().copied() {
        let Some(migrations) = migrations(role) else { continue };
        let db = database(config, role)?;
        db.migrate(&migrations).await.with_context(|| unreachable(role))?;
        if let Some(sender) = sender_to(role) {
            db.open_inbox(role.name(), &format!("{ROLES}{}", sender.name())).await?;
        }
    }
    Ok(())
}

fn migrations(role: Role) -> Option<Migrations> {
    match role {
        Role::Gateway | Role::Web => None,
        Role::User => Some(user::store::postgres::MIGRATIONS),
        Role::Item => Some(item::store::postgres::MIGRATIONS),
        Role::Cart => Some(cart::store::postgres::MIGRATIONS),
        Role::Trade => Some(trade::store::postgres::MIGRATIONS),
        Role::Pay => Some(pay::store::postgres::MIGRATIONS),
    }
}

/// Who puts messages into the inbox of `role`, where no broker carries them.
pub(super) fn sender_to(role: Role) -> Option<Role> {
    match role {
        Role::Trade => Some(Role::Pay),
        Role::Cart => Some(Role::Trade),
        _ => None,
    }
}

/// Makes each service's role and schema, and the auditor's role, as the owner of the database at `owner`.
pub async fn make_roles(config: &Config, owner: &str) -> Result<()> {
    let account = |schema: &str, address: String| -> Result<Account> {
        let password = Options::new(address, schema).password()?;
        Ok(Account { schema: schema.into(), role: format!("{ROLES}{schema}"), password })
    };
    let mut accounts = Vec::new();
    for role in Role::SERVICES {
        accounts.push(account(role.name(), config.database_of(role)?)?);
    }
    let auditor = account("auditor", config.database_of_auditor()?)?;
    provision(owner, &accounts, &auditor).await.context("the database's roles and schemas cannot be made")
}
