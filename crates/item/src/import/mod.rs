//! Bringing a catalogue in from a file: CSV with a header, or JSON Lines.
//!
//! The whole input is read and checked before the first row is written, so a file with a mistake leaves
//! nothing half-written; `skip_bad` takes the good rows anyway. Rows are written in bounded batches and name
//! their item by id, so an import that was interrupted is simply run again.

mod fields;
mod generate;
mod lines;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek};

use model::ItemId;

pub use generate::generate;
pub use lines::Format;

use crate::Service;
use crate::store::{PutCounts, Row};

/// How many rows are written in one transaction.
const BATCH_ROWS: usize = 500;
/// How many bad rows are described; the rest is only counted.
pub const BAD_LISTED_MAX: usize = 100;
/// The largest input that is kept aside while it is checked, in bytes.
const SPOOL_MAX: u64 = 8 << 30;

/// How to import.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What the input is.
    pub format: Format,
    /// Make the stock of items that exist what the file says; otherwise it is left alone.
    pub set_stock: bool,
    /// Write the good rows although there are bad ones.
    pub skip_bad: bool,
}

/// A row that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Its line in the input, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub why: String,
}

/// What was found in an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// How many rows are good.
    pub good: u64,
    /// How many are not.
    pub bad: u64,
    /// The first [`BAD_LISTED_MAX`] of those.
    pub listed: Vec<Bad>,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was found.
    pub checked: Checked,
    /// What was written.
    pub counts: PutCounts,
}

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// So many rows were checked.
    Checked(u64),
    /// So many rows were written, of so many.
    Written(u64, u64),
}

/// Why an import did not happen, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input cannot be read.
    #[error("the input cannot be read: {0}")]
    Input(#[from] io::Error),
    /// There are bad rows; nothing was written.
    #[error("{} rows are bad; nothing was written", .0.bad)]
    Rejected(Checked),
    /// The storage failed; rows before it are written, and the import can be run again.
    #[error(transparent)]
    Storage(#[from] engine::Error),
}

/// Copies an input that can be read only once, such as standard input, to where it can be read again. The
/// file has no name and goes away with its handle.
pub fn spool(source: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    if io::copy(&mut source.take(SPOOL_MAX + 1), &mut file)? > SPOOL_MAX {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the input has more than 8 GiB"));
    }
    file.rewind()?;
    Ok(file)
}

/// Reads all of `source` and says which rows are bad. Writes nothing.
pub fn check(
    source: impl Read + Send,
    format: Format,
    progress: &mut dyn FnMut(Progress),
) -> io::Result<Checked> {
    let mut checked = Checked::default();
    for line in rows(source, format) {
        let (line, row) = line?;
        match row {
            Ok(_) => checked.good += 1,
            Err(why) => {
                checked.bad += 1;
                if checked.listed.len() < BAD_LISTED_MAX {
                    checked.listed.push(Bad { line, why });
                }
            }
        }
        if (checked.good + checked.bad).is_multiple_of(1_000) {
            progress(Progress::Checked(checked.good + checked.bad));
        }
    }
    Ok(checked)
}

/// The rows of `source` with their lines. An item may be named once: its ids are remembered, some 20 bytes
/// each.
fn rows<'a>(
    source: impl Read + Send + 'a,
    format: Format,
) -> impl Iterator<Item = io::Result<(u64, Result<Row, String>)>> + Send + 'a {
    let mut seen: HashMap<ItemId, u64> = HashMap::new();
    lines::read(source, format).map(move |line| {
        let (number, fields) = line?;
        let row = fields.and_then(|fields| fields::row(&fields));
        let row = row.and_then(|row| match seen.insert(row.id, number) {
            Some(before) => Err(format!("id: {} stands on line {before} already", row.id)),
            None => Ok(row),
        });
        Ok((number, row))
    })
}

impl Service {
    /// Imports `source`, which is read twice: once to check it, once to write it.
    pub async fn import(
        &self,
        mut source: impl Read + Seek + Send,
        options: Options,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Report, Error> {
        let checked = check(&mut source, options.format, &mut *progress)?;
        if checked.bad > 0 && !options.skip_bad {
            return Err(Error::Rejected(checked));
        }
        source.rewind()?;
        let good =
            rows(&mut source, options.format).filter_map(|line| line.map(|(_, row)| row.ok()).transpose());
        let counts = self.put_all(good, checked.good, options.set_stock, progress).await?;
        if counts.rows() != checked.good {
            return Err(io::Error::other("it changed while it was imported; import it again").into());
        }
        Ok(Report { checked, counts })
    }

    /// Writes rows that need no check, such as generated ones; `of` is how many there are.
    pub async fn put_rows(
        &self,
        rows: impl Iterator<Item = Row> + Send,
        of: u64,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<PutCounts, Error> {
        self.put_all(rows.map(Ok), of, false, progress).await
    }

    async fn put_all(
        &self,
        mut rows: impl Iterator<Item = io::Result<Row>> + Send,
        of: u64,
        set_stock: bool,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<PutCounts, Error> {
        let (mut counts, mut written) = (PutCounts::default(), 0);
        loop {
            let batch = rows.by_ref().take(BATCH_ROWS).collect::<io::Result<Vec<_>>>()?;
            if batch.is_empty() {
                return Ok(counts);
            }
            written += batch.len() as u64;
            counts = counts.plus(self.store().put(batch, set_stock, self.change(None)).await?);
            progress(Progress::Written(written, of));
        }
    }
}
