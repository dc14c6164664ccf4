//! The lines of the file.

use std::io::{BufRead, Read, Write};

use anyhow::{Context, Result, ensure};
use engine::transfer::{Value, Versions};
use serde::{Deserialize, Serialize};

use super::Counts;

/// What this program writes, and understands.
const FORMAT: u32 = 1;
/// The longest line that is read, in bytes: far longer than any row.
const LINE_MAX: u64 = 16 * 1_024 * 1_024;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum Line {
    /// A row of the table named last.
    Row(Vec<Value>),
    /// A table begins.
    Table { table: String, columns: Vec<String> },
    /// Nothing follows.
    End { rows: Counts, blake3: String },
    /// The first line.
    Head { sandglass_tables: u32, versions: Versions },
}

/// Writes lines, and keeps their digest.
pub(super) struct Writer<W> {
    out: W,
    digest: blake3::Hasher,
}

impl<W: Write> Writer<W> {
    /// Begins with the head.
    pub(super) fn begin(out: W, versions: Versions) -> Result<Self> {
        let mut this = Self { out, digest: blake3::Hasher::new() };
        this.write(&Line::Head { sandglass_tables: FORMAT, versions })?;
        Ok(this)
    }

    pub(super) fn write(&mut self, line: &Line) -> Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.digest.update(&text);
        self.out.write_all(&text).context("the file cannot be written")
    }

    /// Ends with the counts.
    pub(super) fn end(mut self, rows: &Counts) -> Result<()> {
        let blake3 = with_counts(&self.digest, rows)?;
        self.write(&Line::End { rows: rows.clone(), blake3 })?;
        self.out.flush().context("the file cannot be written")
    }
}

/// Reads lines, and keeps the digest of those before the end.
pub(super) struct Reader<R> {
    input: R,
    digest: blake3::Hasher,
    number: u64,
    bytes: u64,
}

impl<R: BufRead> Reader<R> {
    /// Reads the head; answers the versions in it.
    pub(super) fn begin(input: R) -> Result<(Self, Versions)> {
        let mut this = Self { input, digest: blake3::Hasher::new(), number: 0, bytes: 0 };
        let head = this.next().context("this is no file of `sandglass tables export`")?;
        let Line::Head { sandglass_tables: FORMAT, versions } = head else {
            anyhow::bail!("this is no file of `sandglass tables export`, or one of another version of it");
        };
        Ok((this, versions))
    }

    /// How many bytes were read.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line. That nothing is left is an error: the last line says that it is the last.
    pub(super) fn next(&mut self) -> Result<Line> {
        let mut text = Vec::new();
        self.number += 1;
        let read = self.input.by_ref().take(LINE_MAX).read_until(b'\n', &mut text);
        self.bytes += read.context("the file cannot be read")? as u64;
        ensure!(text.ends_with(b"\n"), "the file is cut off at line {}: export again", self.number);
        let line = serde_json::from_slice(&text);
        // What serde says may quote the row, which nobody should find in a log.
        let line = line.map_err(|_| anyhow::anyhow!("line {} is damaged: export again", self.number))?;
        if let Line::End { rows, blake3 } = &line {
            ensure!(*blake3 == with_counts(&self.digest, rows)?, "the file is damaged: export again");
            ensure!(self.input.fill_buf()?.is_empty(), "the file goes on after its end: export again");
        }
        self.digest.update(&text);
        Ok(line)
    }
}

/// The digest of all lines before the end, and of the counts in it.
fn with_counts(lines: &blake3::Hasher, rows: &Counts) -> Result<String> {
    Ok(lines.clone().update(&serde_json::to_vec(rows)?).finalize().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Writer::begin(&mut bytes, Versions::from([("cart".into(), 1)])).unwrap();
        writer.write(&Line::Table { table: "cart_rows".into(), columns: vec!["id".into()] }).unwrap();
        writer.write(&Line::Row(vec![i64::MIN.into(), Value::Null, "茶\n".into()])).unwrap();
        writer.end(&Counts::from([("cart_rows".into(), 1)])).unwrap();
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<Line>> {
        let (mut reader, _) = Reader::begin(bytes)?;
        let mut lines = Vec::new();
        while !matches!(lines.last(), Some(Line::End { .. })) {
            lines.push(reader.next()?);
        }
        Ok(lines)
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let lines = read(&file()).unwrap();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[1], Line::Row(vec![i64::MIN.into(), Value::Null, "茶\n".into()]));
    }

    #[test]
    fn no_part_of_a_file_passes_for_the_whole_nor_does_a_changed_one() {
        let whole = file();
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "the first {length} bytes");
        }
        for place in 0..whole.len() {
            let mut changed = whole.clone();
            changed[place] ^= 1;
            assert!(read(&changed).is_err(), "byte {place}");
        }
        assert!(read(&[&whole[..], b"[]\n"].concat()).is_err());
    }
}
