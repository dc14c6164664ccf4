//! Out of the data directory.

use std::io::Write;

use anyhow::Result;
use engine::sqlite::Db;
use engine::transfer::{Source, Table, Versions};

use super::lines::{Line, Writer};
use super::{Counts, SERVICES, tables};

/// After how many rows the progress is told.
const TELL_EVERY: u64 = 1_000;

/// Writes all tables to `out`; answers how many rows each has. `progress` hears how many rows are done, of how many.
pub fn export(db: &Db, out: impl Write, progress: &mut dyn FnMut(u64, u64)) -> Result<Counts> {
    let source = Source::of(db)?;
    let (mut versions, mut total) = (Versions::new(), 0);
    for (_, service) in &SERVICES {
        versions.extend(source.versions(service)?);
    }
    for (place, table) in tables() {
        total += source.count(SERVICES[place].1, &table)?;
    }
    let mut writer = Writer::begin(out, versions)?;
    let (mut counts, mut done) = (Counts::new(), 0);
    for (place, table) in tables() {
        let rows = write(&source, place, &table, &mut writer, &mut |rows| progress(done + rows, total))?;
        done += rows;
        counts.insert(SERVICES[place].1.name_of(&table), rows);
    }
    writer.end(&counts)?;
    progress(done, total);
    Ok(counts)
}

fn write(
    source: &Source,
    place: usize,
    table: &Table,
    writer: &mut Writer<impl Write>,
    progress: &mut dyn FnMut(u64),
) -> Result<u64> {
    let service = SERVICES[place].1;
    let columns = table.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    writer.write(&Line::Table { table: service.name_of(table), columns })?;
    let mut rows = 0;
    source.rows(service, table, |row| -> Result<()> {
        rows += 1;
        if rows % TELL_EVERY == 0 {
            progress(rows);
        }
        writer.write(&Line::Row(row))
    })?;
    Ok(rows)
}
