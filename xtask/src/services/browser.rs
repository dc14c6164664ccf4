//! Chromium and `ChromeDriver`, for tests and pictures of the pages.

use super::install;
use crate::{Result, environment, programs};

/// Programs of which one must be there, and the Debian package that brings it.
const NEEDED: [(&[&str], &str); 2] = [
    (&["chromium", "chromium-browser", "google-chrome"], "chromium"),
    (&["chromedriver"], "chromium-driver"),
];
/// Chinese is read where there are letters for it.
const LETTERS: &str = "fonts-noto-cjk";

/// Makes sure that both are there, installing them if need be and we may.
pub(crate) fn ensure() -> Result<()> {
    let missing = NEEDED.into_iter().filter(|(names, _)| !names.iter().any(|name| programs::exists(name)));
    for (names, package) in missing {
        if !environment::is_root_on_debian() {
            return Err(format!(
                "there is no {} on the path: install it (on Debian `apt-get install {package}`)",
                names[0]
            ));
        }
        install(package)?;
        if package == "chromium" {
            install(LETTERS)?;
        }
    }
    Ok(())
}
