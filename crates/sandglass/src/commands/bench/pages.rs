//! `bench pages`: who looks at the console, and which pages there are.

use std::process::ExitCode;

use anyhow::Result;
use bench::PagesArgs;
use rand::Rng;

use crate::cli::{BenchPagesArgs, Common};
use crate::commands::user::hire;
use crate::commands::{quiet, runtime};
use crate::ops::client::Client;
use crate::secrets::hex;
use crate::up::system_rng;

/// Looks at every page; exit code 1 if one is slow or missing.
pub(super) fn run(args: &BenchPagesArgs) -> Result<ExitCode> {
    let mut looks = args.looks.clone();
    if looks.staff_password.is_none() {
        hired(&mut looks, &args.common)?;
    }
    let clean = bench::pages(&looks, &web::page_paths())?;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Makes a staff user for the looks, in the shop's data.
fn hired(looks: &mut PagesArgs, common: &Common) -> Result<()> {
    let mut bytes = [0; 4];
    system_rng().fill_bytes(&mut bytes);
    looks.staff_user = format!("bench-staff-{}", hex(&bytes));
    let config = quiet(common)?;
    runtime()?.block_on(async {
        let client = Client::connect(config).await?;
        let made = hire(&client, &looks.staff_user, "staff").await;
        client.close().await;
        looks.staff_password = Some(made?);
        Ok(())
    })
}
