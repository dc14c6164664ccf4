//! `sandglass user`.

use std::process::ExitCode;

use anyhow::Result;
use http::Method;
use rand::Rng;
use serde_json::json;

use super::{show, with};
use crate::cli::UserCommand;
use crate::ops::client::Client;
use crate::secrets::hex;
use crate::up::system_rng;

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
pub(super) fn run(command: &UserCommand) -> Result<ExitCode> {
    match command {
        UserCommand::Staff { username, read_only, common } => {
            let role = if *read_only { "staff-read" } else { "staff" };
            with(common, async |client| {
                let password = hire(client, username, role).await?;
                println!("{username}, password {password} (shown only now)");
                Ok(ExitCode::SUCCESS)
            })
        }
        UserCommand::Credit { username, amount, reason, common } => {
            let form = json!({ "username": username, "amount": amount, "reason": reason });
            with(common, async |client| show(&client.call(Method::POST, "/users/credit", Some(form)).await?))
        }
    }
}

/// Makes a staff user; answers the password, which nobody else knows.
pub(super) async fn hire(client: &Client, username: &str, role: &str) -> Result<String> {
    let mut bytes = [0; 9];
    system_rng().fill_bytes(&mut bytes);
    let password = hex(&bytes);
    let form = json!({ "username": username, "password": password, "role": role });
    client.call(Method::POST, "/users/staff", Some(form)).await?;
    Ok(password)
}
