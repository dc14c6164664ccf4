//! How the command line finds and convinces a running instance: two files in the data directory, readable by
//! their owner alone.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Result;

use crate::secrets::{hex, write_private};

const TOKEN: &str = "ops.token";
const ADDRESS: &str = "ops.address";

/// Makes a new token for this run and says where the operator's calls are answered.
pub fn create(dir: &Path, address: SocketAddr, random: impl FnOnce(&mut [u8; 32])) -> Result<String> {
    let mut secret = [0; 32];
    random(&mut secret);
    let token = hex(&secret);
    write_private(&dir.join(TOKEN), token.as_bytes())?;
    write_private(&dir.join(ADDRESS), address.to_string().as_bytes())?;
    Ok(token)
}

/// Takes the files away: nobody answers any more.
pub fn remove(dir: &Path) {
    let _ = fs::remove_file(dir.join(ADDRESS));
    let _ = fs::remove_file(dir.join(TOKEN));
}

/// Where a running instance over `dir` answers, and its token.
pub fn find(dir: &Path) -> Option<(SocketAddr, String)> {
    let address = fs::read_to_string(dir.join(ADDRESS)).ok()?.trim().parse().ok()?;
    let token = fs::read_to_string(dir.join(TOKEN)).ok()?.trim().to_owned();
    Some((address, token))
}
