//! `sandglass dead`.

use std::process::ExitCode;

use anyhow::Result;
use http::Method;

use super::{show, with};
use crate::cli::{DeadCommand, DeadOne};
use crate::ops::client::Client;

pub(super) fn run(command: &DeadCommand) -> Result<ExitCode> {
    match command {
        DeadCommand::List { common } => with(common, async |client| list(client).await),
        DeadCommand::Show(one) => {
            with(&one.common, async |client| show(&client.call(Method::GET, &path(one), None).await?))
        }
        DeadCommand::Replay(one) => act(one, Method::POST, "/replay", "sent again"),
        DeadCommand::Drop(one) => act(one, Method::DELETE, "", "dropped"),
    }
}

fn path(one: &DeadOne) -> String {
    format!("/dead/{}/{}", one.service, one.id)
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
async fn list(client: &Client) -> Result<ExitCode> {
    let letters = client.call(Method::GET, "/dead", None).await?;
    let letters = letters.as_array().cloned().unwrap_or_default();
    if letters.is_empty() {
        println!("no dead letters");
    }
    for letter in letters {
        let text = |name: &str| letter[name].as_str().map_or_else(|| letter[name].to_string(), str::to_owned);
        println!(
            "{:<6} {:>6}  {}  {} {}  after {} tries: {}",
            text("service"),
            text("id"),
            text("died"),
            text("topic"),
            text("subject"),
            text("attempts"),
            text("error"),
        );
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
fn act(one: &DeadOne, method: Method, suffix: &str, done: &str) -> Result<ExitCode> {
    with(&one.common, async |client| {
        client.call(method, &format!("{}{suffix}", path(one)), None).await?;
        println!("{done}");
        Ok(ExitCode::SUCCESS)
    })
}
