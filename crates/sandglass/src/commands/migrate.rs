//! `sandglass migrate`.

use std::process::ExitCode;

use anyhow::{Context, Result};

use super::{quiet, runtime, with};
use crate::cli::MigrateArgs;
use crate::config::Wrong;
use crate::shop::{Role, cluster};

/// Brings the tables up to date: of every service's schema, or of the data directory.
pub(super) fn run(args: &MigrateArgs) -> Result<ExitCode> {
    let config = args.common.configuration()?;
    let owner = owner(args)?;
    if config.is_cluster() {
        let config = quiet(&args.common)?;
        runtime()?.block_on(async {
            if let Some(owner) = &owner {
                cluster::make_roles(&config, owner).await?;
            }
            cluster::bring_up_to_date(&config, &Role::SERVICES).await
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    if owner.is_some() {
        let sentence = "configuration: `database` is empty, so there is nothing to --provision";
        return Err(Wrong(sentence.into()).into());
    }
    // Opening the data brings its tables up to date.
    with(&args.common, async |_| Ok(ExitCode::SUCCESS))
}

/// The address of the database's owner, if there is something to provision.
fn owner(args: &MigrateArgs) -> Result<Option<String>> {
    let Some(file) = &args.provision_file else { return Ok(args.provision.clone()) };
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(Some(text.trim().to_owned()))
}
