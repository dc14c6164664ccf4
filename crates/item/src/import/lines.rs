//! The records of an input with the lines they stand on.

use std::io::{self, BufRead, BufReader, Read};

use serde_json::{Map, Value};

use super::fields;

/// The longest line of JSON, or record of CSV, in bytes.
const LINE_MAX: usize = 64 << 10;

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values with the fields' names in the first line.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

impl Format {
    /// By the end of a file's name: `.csv`, or `.jsonl` and `.ndjson`.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('.')?;
        match end.to_ascii_lowercase().as_str() {
            "csv" => Some(Format::Csv),
            "jsonl" | "ndjson" => Some(Format::JsonLines),
            _ => None,
        }
    }
}

/// A record's line and its fields, or what is wrong with it.
pub(super) type Record = (u64, Result<Map<String, Value>, String>);

pub(super) fn read<'a>(
    source: impl Read + Send + 'a,
    format: Format,
) -> Box<dyn Iterator<Item = io::Result<Record>> + Send + 'a> {
    match format {
        Format::Csv => Box::new(Csv::new(source)),
        Format::JsonLines => Box::new(JsonLines { source: BufReader::new(source), number: 0 }),
    }
}

struct JsonLines<R> {
    source: BufReader<R>,
    number: u64,
}

impl<R: Read> JsonLines<R> {
    /// The next line, or `None` at the end. One that is too long is read over.
    fn line(&mut self) -> io::Result<Option<Result<Vec<u8>, String>>> {
        let mut line = Vec::new();
        let most = LINE_MAX as u64 + 1;
        if self.source.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.len() <= LINE_MAX || line.ends_with(b"\n") {
            return Ok(Some(Ok(line)));
        }
        self.source.skip_until(b'\n')?;
        Ok(Some(Err(format!("is longer than {LINE_MAX} bytes"))))
    }
}

impl<R: Read> Iterator for JsonLines<R> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.line() {
                Ok(line) => line?,
                Err(error) => return Some(Err(error)),
            };
            self.number += 1;
            let blank = line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty());
            if !blank {
                return Some(Ok((self.number, line.and_then(|line| object(&line)))));
            }
        }
    }
}

fn object(line: &[u8]) -> Result<Map<String, Value>, String> {
    let line = line.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(line);
    serde_json::from_slice(line).map_err(|error| format!("is not a JSON object: {error}"))
}

/// The records of a CSV input: read on, or at its end.
enum Csv<R> {
    Reading {
        reader: csv::Reader<R>,
        names: Vec<String>,
    },
    /// What is left to say, such as that the header is wrong.
    Ended(Option<io::Result<Record>>),
}

impl<R: Read> Csv<R> {
    /// Reads the header. A name that means nothing is all that is said of the input.
    fn new(source: R) -> Self {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(source);
        let names: Vec<String> = match reader.headers() {
            Ok(names) => names.iter().map(|name| name.trim().to_owned()).collect(),
            Err(error) => return Csv::Ended(Some(fault(1, error))),
        };
        match names.iter().find(|name| !fields::is_known(name)) {
            Some(name) => Csv::Ended(Some(Ok((1, Err(format!("unknown field `{name}`")))))),
            None => Csv::Reading { reader, names },
        }
    }
}

impl<R: Read> Iterator for Csv<R> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let (reader, names) = match self {
            Csv::Reading { reader, names } => (reader, names),
            Csv::Ended(last) => return last.take(),
        };
        let line = reader.position().line();
        let mut record = csv::StringRecord::new();
        match reader.read_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let line = record.position().map_or(line, csv::Position::line);
                Some(Ok((line, named(names, &record))))
            }
            Err(error) => {
                let fault = fault(line, error);
                if fault.is_err() {
                    *self = Csv::Ended(None);
                }
                Some(fault)
            }
        }
    }
}

/// A record that is not text is a bad row; an input that cannot be read is an error.
fn fault(line: u64, error: csv::Error) -> io::Result<Record> {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Err(error),
        csv::ErrorKind::Utf8 { pos, .. } => {
            Ok((pos.map_or(line, |at| at.line()), Err("is not UTF-8 text".into())))
        }
        _ => Ok((line, Err("is not a CSV record".into()))),
    }
}

fn named(names: &[String], record: &csv::StringRecord) -> Result<Map<String, Value>, String> {
    if record.len() != names.len() {
        return Err(format!("has {} fields, but the header has {}", record.len(), names.len()));
    }
    if record.as_slice().len() > LINE_MAX {
        return Err(format!("is longer than {LINE_MAX} bytes"));
    }
    let given = names.iter().zip(record).filter(|(_, value)| !value.is_empty());
    Ok(given.map(|(name, value)| (name.clone(), Value::from(value))).collect())
}
