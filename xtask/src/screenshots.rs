//! `cargo xtask screenshots`: every page as a picture, wide and narrow, light and dark, in both languages, taken by
//! Chromium of a shop in which people have lived a little.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::options::Options;
use crate::services::browser;
use crate::{Result, environment, programs};

/// Says to the test that takes them where they go.
const VARIABLE: &str = "SANDGLASS_TEST_PICTURES";

/// Takes them all.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args, &["out"], &[])?;
    let given = options.value("out").map(|dir| environment::repository().join(dir));
    let out: PathBuf = given.unwrap_or_else(|| environment::target().join("screenshots"));
    browser::ensure()?;
    let mut cargo = programs::cargo();
    cargo.args(["test", "--package", "sandglass", "--test", "browser", "--"]);
    cargo.args(["--ignored", "--exact", "--nocapture", "pictures::take"]);
    programs::succeeds(cargo.env(VARIABLE, &out))?;
    Ok(ExitCode::SUCCESS)
}
