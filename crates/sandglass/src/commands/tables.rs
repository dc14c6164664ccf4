//! `sandglass tables`.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use engine::sqlite::{DataDir, Db, Options};
use indicatif::{ProgressBar, ProgressStyle};

use super::{quiet, runtime};
use crate::cli::TablesCommand;
use crate::config::{Config, Wrong};
use crate::shop::MIGRATIONS;
use crate::transfer::{self, Counts, packed};

pub(super) fn run(command: &TablesCommand) -> Result<ExitCode> {
    match command {
        TablesCommand::Export { file, common } => export(file, &quiet(common)?),
        TablesCommand::Import { file, common } => import(file, &quiet(common)?),
    }
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
fn export(file: &Path, config: &Config) -> Result<ExitCode> {
    if config.is_cluster() {
        let sentence = "configuration: `database` is set, so this shop is in PostgreSQL already";
        return Err(Wrong(sentence.into()).into());
    }
    let counts = write_file(file, config)?;
    println!("{} in {}", sum(&counts), file.display());
    println!(
        "It holds password hashes and addresses, and only you can read it: delete it when the shop has moved.\n\
         Copy {} and {} as well, into the cluster's directory of `keys`.",
        config.data.join("fingerprint.key").display(),
        config.data.join("user.key").display(),
    );
    Ok(ExitCode::SUCCESS)
}

fn write_file(file: &Path, config: &Config) -> Result<Counts> {
    if !config.data.join("sandglass.db").exists() {
        bail!("there is no shop in {}: give its --data", config.data.display());
    }
    let dir = DataDir::open(&config.data)?;
    let db = Db::open(&dir.database(), Options::default(), &MIGRATIONS)?;
    let unwritten = || format!("{} cannot be written", file.display());
    let beside =
        file.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(".".into(), PathBuf::from);
    let fresh = tempfile::NamedTempFile::new_in(beside).with_context(unwritten)?; // mode 0600
    let progress = bar("{bar:32} {human_pos}/{human_len} rows {per_sec}")?;
    let mut tell = |done, total| {
        progress.set_length(total);
        progress.set_position(done);
    };
    let pack = file.extension().is_some_and(|extension| extension == "gz");
    let out = BufWriter::new(fresh.as_file());
    let counts = packed::write(out, pack, |out| transfer::export(&db, out, &mut tell));
    progress.finish_and_clear();
    let counts = counts?;
    fresh.as_file().sync_all().with_context(unwritten)?;
    fresh.persist_noclobber(file).map_err(|failed| failed.error).with_context(unwritten)?;
    Ok(counts)
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
fn import(file: &Path, config: &Config) -> Result<ExitCode> {
    if !config.is_cluster() {
        let sentence = "configuration: `database` is empty, so there is nowhere to import to";
        return Err(Wrong(sentence.into()).into());
    }
    let input = File::open(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let progress = bar("{bar:32} {bytes}/{total_bytes} {bytes_per_sec}")?;
    progress.set_length(input.metadata()?.len());
    let input = packed::read(progress.wrap_read(input))
        .with_context(|| format!("{} cannot be read", file.display()))?;
    let counts = runtime()?.block_on(transfer::import(config, input));
    progress.finish_and_clear();
    println!("{} in PostgreSQL", sum(&counts?));
    println!(
        "Before the first process starts, put fingerprint.key and user.key of the data directory into {} \
         (mode 0600), then audit.",
        config.keys_dir().display(),
    );
    Ok(ExitCode::SUCCESS)
}

fn bar(template: &str) -> Result<ProgressBar> {
    Ok(ProgressBar::new(0).with_style(ProgressStyle::with_template(template)?))
}

fn sum(counts: &Counts) -> String {
    let filled = counts.iter().filter(|(_, rows)| **rows > 0);
    let mut lines: Vec<String> = filled.map(|(table, rows)| format!("{table:<16} {rows:>12}")).collect();
    lines.push(format!("{} rows", counts.values().sum::<u64>()));
    lines.join("\n")
}
