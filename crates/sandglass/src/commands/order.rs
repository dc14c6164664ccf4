//! `sandglass order`.

use std::process::ExitCode;

use anyhow::Result;
use http::Method;

use super::{show, with};
use crate::cli::OrderCommand;

pub(super) fn run(command: &OrderCommand) -> Result<ExitCode> {
    let OrderCommand::Show { id, common } = command;
    with(common, async |client| show(&client.call(Method::GET, &format!("/orders/{id}"), None).await?))
}
