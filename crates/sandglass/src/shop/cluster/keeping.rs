//! Whether the database keeps what it acknowledges, looked at before anything is acknowledged to anybody.

use anyhow::{Result, ensure};
use engine::postgres::Keeping;

use super::schema::database;
use crate::config::Config;
use crate::shop::Role;

/// Refuses a database that may forget what it acknowledged to one of `roles`, unless the configuration lets it.
pub async fn check_keeping(config: &Config, roles: &[Role]) -> Result<()> {
    for role in roles.iter().copied().filter(|role| Role::SERVICES.contains(role)) {
        let keeping = database(config, role)?.keeping().await?;
        let Some(setting) = keeping.forgets() else { continue };
        let sentence = sentence(role, setting, &keeping);
        ensure!(config.database_may_forget, "{sentence}; turn it on, or set `database_may_forget`");
        tracing::warn!(role = role.name(), setting, "{sentence}");
    }
    Ok(())
}

fn sentence(role: Role, setting: &str, keeping: &Keeping) -> String {
    let value = if setting == "fsync" { &keeping.fsync } else { &keeping.synchronous_commit };
    format!("PostgreSQL may forget what it acknowledged to `{}`: `{setting}` is `{value}`", role.name())
}
