//! A file of archived orders: JSON Lines packed with gzip. A head with the form's number, an order a line, and an end
//! with the count and a digest of it all, without which a file is not believed.

use std::fs::{self, DirBuilder, File};
use std::io::{BufRead, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use model::OrderId;
use serde::{Deserialize, Serialize};
use tempfile::{Builder, NamedTempFile};
use trade::store::archive::Whole;

use crate::transfer::packed;

/// The form that this program writes, and reads.
const FORMAT: u32 = 1;
/// The longest line that is read, in bytes: far longer than any order.
const LINE_MAX: u64 = 16 * 1_024 * 1_024;
/// How many files of the same first and last order there can be.
const NAMES_MAX: u32 = 1_000;
/// How the names of unfinished files begin and end. Whoever finds one after its writer has ended may delete it.
const PART: (&str, &str) = (".orders-", ".part");

/// One line.
#[derive(Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Line {
    /// An order.
    Order(Box<Whole>),
    /// Nothing follows.
    End { orders: usize, blake3: String },
    /// The first line.
    Head { sandglass_archive: u32 },
}

/// Writes `orders`, ascending and at least one, to a new file in `folder`; answers its name. When it returns, the file
/// is on disk and was read again. One of the same orders that was left by a run that got no further is taken as it is.
pub fn write(folder: &Path, orders: &[Whole]) -> Result<String> {
    let unwritten = || format!("the archive folder {} cannot be written", folder.display());
    make(folder).with_context(unwritten)?;
    sweep(folder);
    // Mode 0600: addresses are in it.
    let part = Builder::new().prefix(PART.0).suffix(PART.1).tempfile_in(folder).with_context(unwritten)?;
    packed::write(BufWriter::new(part.as_file()), true, |out| lines(out, orders)).with_context(unwritten)?;
    part.as_file().sync_all().with_context(unwritten)?;
    let name = settle(part, folder, orders).with_context(unwritten)?;
    let synced = File::open(folder.join(&name)).and_then(|file| file.sync_all());
    synced.and_then(|()| File::open(folder)?.sync_all()).with_context(unwritten)?;
    ensure!(holds(&folder.join(&name), orders), "{name} in {} is not what was written", folder.display());
    Ok(name)
}

/// The orders of a file.
pub fn read(path: &Path) -> Result<Vec<Whole>> {
    let file = File::open(path).with_context(|| format!("the archive {} cannot be read", path.display()))?;
    let input = packed::read(file).and_then(parse);
    input.with_context(|| format!("the archive {} is damaged", path.display()))
}

/// One order of a file.
pub fn find(path: &Path, order: OrderId) -> Result<Whole> {
    let found = read(path)?.into_iter().find(|whole| whole.row.order.id == order);
    found.with_context(|| format!("order {order} was archived in {}, but is not in it", path.display()))
}

/// Makes the folder, for its owner alone, and makes sure that it is found again.
fn make(folder: &Path) -> std::io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    match folder.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

/// Deletes what runs that were killed have left unfinished.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_part = |name: &str| name.starts_with(PART.0) && name.ends_with(PART.1);
        if name.to_str().is_some_and(is_part) {
            // One that stays only takes space.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Gives the file its name, and never an existing one another content.
fn settle(mut part: NamedTempFile, folder: &Path, orders: &[Whole]) -> Result<String> {
    let id = |whole: Option<&Whole>| whole.map(|whole| whole.row.order.id).unwrap_or_default();
    let (first, last) = (id(orders.first()), id(orders.last()));
    for number in 1..=NAMES_MAX {
        let ordinal = if number == 1 { String::new() } else { format!("-{number}") };
        let name = format!("orders-{first}-{last}{ordinal}.jsonl.gz");
        match part.persist_noclobber(folder.join(&name)) {
            Ok(_) => return Ok(name),
            Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => {
                if holds(&folder.join(&name), orders) {
                    return Ok(name);
                }
                part = failed.file;
            }
            Err(failed) => return Err(failed.error.into()),
        }
    }
    bail!("there are {NAMES_MAX} files from order {first} to {last} already");
}

fn holds(path: &Path, orders: &[Whole]) -> bool {
    read(path).is_ok_and(|found| found == orders)
}

fn lines(out: &mut dyn Write, orders: &[Whole]) -> Result<()> {
    let mut digest = blake3::Hasher::new();
    let mut put = |line: &Line| {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        digest.update(&text);
        out.write_all(&text)?;
        Ok::<_, anyhow::Error>(digest.finalize().to_string())
    };
    let mut blake3 = put(&Line::Head { sandglass_archive: FORMAT })?;
    for whole in orders {
        blake3 = put(&Line::Order(Box::new(whole.clone())))?;
    }
    put(&Line::End { orders: orders.len(), blake3 })?;
    Ok(())
}

fn parse(mut input: impl BufRead) -> Result<Vec<Whole>> {
    let (mut orders, mut digest, mut number) = (Vec::new(), blake3::Hasher::new(), 0);
    loop {
        let mut text = Vec::new();
        number += 1;
        input.by_ref().take(LINE_MAX).read_until(b'\n', &mut text)?;
        ensure!(text.ends_with(b"\n"), "it is cut off at line {number}");
        // What serde says may quote the order, which nobody should find in a log.
        let line = serde_json::from_slice(&text).map_err(|_| anyhow::anyhow!("line {number}"))?;
        match line {
            Line::Head { sandglass_archive } => ensure!(
                sandglass_archive == FORMAT && number == 1,
                "it is of the form {sandglass_archive}, this program reads {FORMAT}"
            ),
            Line::Order(whole) => orders.push(*whole),
            Line::End { orders: count, blake3 } => {
                let whole = count == orders.len() && blake3 == digest.finalize().to_string();
                ensure!(whole && input.fill_buf()?.is_empty(), "its end does not fit it");
                return Ok(orders);
            }
        }
        digest.update(&text);
    }
}

#[cfg(test)]
mod tests;
