//! Into the empty schemas of PostgreSQL.

use std::io::BufRead;

use anyhow::{Context, Result, bail, ensure};
use engine::transfer::{Table, Target, Value, Versions};

use super::lines::{Line, Reader};
use super::{Counts, SERVICES, tables};
use crate::config::Config;
use crate::shop::cluster;

/// How many rows one statement writes at most.
const BATCH: usize = 1_000;
/// How many bytes of the file one statement writes at most, and one row more.
const BATCH_BYTES: u64 = 1_024 * 1_024;

/// Fills the empty schemas of `config` with what `input` has; answers how many rows each table got. Until all of it is
/// read, checked and counted again, nothing stays.
pub async fn import(config: &Config, input: impl BufRead) -> Result<Counts> {
    let (reader, versions) = Reader::begin(input)?;
    check(&versions)?;
    let mut targets = Vec::with_capacity(SERVICES.len());
    let outcome = match begin(config, &mut targets).await {
        Ok(()) => Load { reader, targets: &targets, begun: None }.run().await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(counts) => commit(targets).await.map(|()| counts),
        Err(error) => {
            for target in targets {
                // What cannot be undone now is undone when the connection ends.
                let _ = target.roll_back().await;
            }
            Err(error)
        }
    }
}

fn check(versions: &Versions) -> Result<()> {
    let known: Versions = SERVICES.iter().flat_map(|(_, service)| service.versions()).collect();
    ensure!(
        *versions == known,
        "the file has tables of another version: export again with the program that is to take it in"
    );
    Ok(())
}

async fn begin(config: &Config, targets: &mut Vec<Target>) -> Result<()> {
    for (role, service) in SERVICES {
        let db = cluster::database(config, role)?;
        let begun = Target::begin(&db, service).await;
        targets.push(begun.with_context(|| format!("nothing was written to the schema `{}`", role.name()))?);
    }
    Ok(())
}

/// A commit that fails when others have been made leaves a part of a shop, which nobody may serve.
async fn commit(targets: Vec<Target>) -> Result<()> {
    for target in targets {
        target.commit().await.context(
            "the last step failed and perhaps only some schemas are filled: make the database anew, then import again",
        )?;
    }
    Ok(())
}

struct Load<'t, R> {
    reader: Reader<R>,
    targets: &'t [Target],
    begun: Option<Begun>,
}

/// The table whose rows come, and those that are not written yet.
struct Begun {
    place: usize,
    table: Table,
    rows: Vec<Vec<Value>>,
    from_byte: u64,
}

impl<R: BufRead> Load<'_, R> {
    async fn run(mut self) -> Result<Counts> {
        let counts = loop {
            match self.reader.next()? {
                Line::Row(row) => self.row(row).await?,
                Line::Table { table, columns } => self.table(&table, &columns).await?,
                Line::End { rows, .. } => {
                    self.flush().await?;
                    break rows;
                }
                Line::Head { .. } => bail!("the file begins twice: export again"),
            }
        };
        for target in self.targets {
            target.finish().await?;
        }
        self.compare(&counts).await?;
        Ok(counts)
    }

    async fn table(&mut self, name: &str, columns: &[String]) -> Result<()> {
        self.flush().await?;
        let found = tables().find(|(place, table)| SERVICES[*place].1.name_of(table) == name);
        let (place, table) = found.with_context(|| format!("this program has no table {name}"))?;
        let fits = table.columns.iter().map(|(column, _)| *column).eq(columns);
        ensure!(fits, "the table {name} has other columns in the file than in this program");
        self.begun = Some(Begun { place, table, rows: Vec::new(), from_byte: self.reader.bytes() });
        Ok(())
    }

    async fn row(&mut self, row: Vec<Value>) -> Result<()> {
        let bytes = self.reader.bytes();
        let begun = self.begun.as_mut().context("the file has a row that belongs to no table")?;
        begun.rows.push(row);
        if begun.rows.len() >= BATCH || bytes - begun.from_byte >= BATCH_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    async fn flush(&mut self) -> Result<()> {
        let Some(begun) = &mut self.begun else { return Ok(()) };
        let rows = std::mem::take(&mut begun.rows);
        begun.from_byte = self.reader.bytes();
        let name = || format!("the table {} was not filled", SERVICES[begun.place].1.name_of(&begun.table));
        self.targets[begun.place].put(&begun.table, &rows).await.with_context(name)
    }

    /// What is there now must be what the file says it has.
    async fn compare(&self, counts: &Counts) -> Result<()> {
        let mut found = Counts::new();
        for (place, table) in tables() {
            found.insert(SERVICES[place].1.name_of(&table), self.targets[place].count(&table).await?);
        }
        ensure!(found == *counts, "the tables do not have as many rows as the file says: export again");
        Ok(())
    }
}
