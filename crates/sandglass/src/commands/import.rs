//! `sandglass import`.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use axum::body::Body;
use http::Method;
use indicatif::{ProgressBar, ProgressStyle};
use item::import::Format;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::cli::ImportArgs;
use crate::ops::client::Client;

/// Bytes sent at once.
const CHUNK: usize = 256 * 1_024;
/// Chunks read ahead of the instance.
const AHEAD: usize = 4;

/// Sends a file (or standard input, `-`) to be imported and prints what came of it; exit code 1 if it was
/// rejected.
pub(super) async fn import(client: &Client, args: &ImportArgs) -> Result<ExitCode> {
    match (&args.file, args.items) {
        (_, Some(items)) => generate(client, items).await,
        (Some(name), None) => import_file(client, name, args).await,
        (None, None) => bail!("name a file, or say how many items to make up with --items"),
    }
}

/// Has the instance make up a catalogue.
async fn generate(client: &Client, items: u64) -> Result<ExitCode> {
    let progress = ProgressBar::new_spinner().with_message(format!("making up {items} items"));
    progress.enable_steady_tick(std::time::Duration::from_millis(100));
    let answer = client.call(Method::POST, &format!("/import/generated?items={items}"), None).await;
    progress.finish_and_clear();
    tell(&answer?)
}

async fn import_file(client: &Client, name: &str, args: &ImportArgs) -> Result<ExitCode> {
    let format = format(name, args)?;
    let file = open(name)?;
    let progress = bar(file.metadata()?.len())?;
    let path = format!("/import?format={format}&setStock={}&skipBad={}", args.set_stock, args.skip_bad);
    let answer =
        client.send(Method::POST, &path, "application/octet-stream", stream(file, progress.clone())).await;
    progress.finish_and_clear();
    tell(&answer?)
}

fn format(name: &str, args: &ImportArgs) -> Result<&'static str> {
    let named = match &args.format {
        Some(format) => Format::of_name(&format!("x.{format}")),
        None => Format::of_name(name),
    };
    match named {
        Some(Format::Csv) => Ok("csv"),
        Some(Format::JsonLines) => Ok("jsonl"),
        None => bail!("is {name} CSV or JSON Lines? Say it with --format csv or --format jsonl"),
    }
}

/// Standard input is kept in a nameless file first, so that its size is known and a broken pipe is noticed
/// before anything is sent.
fn open(name: &str) -> Result<File> {
    if name == "-" {
        return item::import::spool(std::io::stdin()).context("standard input cannot be read");
    }
    File::open(name).with_context(|| format!("{name} cannot be read"))
}

fn bar(bytes: u64) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{bar:32} {bytes}/{total_bytes} {bytes_per_sec} {msg}")?;
    Ok(ProgressBar::new(bytes).with_style(style))
}

fn stream(mut file: File, progress: ProgressBar) -> Body {
    let (sender, receiver) = mpsc::channel::<std::io::Result<bytes::Bytes>>(AHEAD);
    tokio::task::spawn_blocking(move || {
        let _ = file.rewind();
        loop {
            let mut chunk = vec![0; CHUNK];
            let read = file.read(&mut chunk).map(|length| {
                chunk.truncate(length);
                progress.inc(length as u64);
                bytes::Bytes::from(chunk)
            });
            let last = read.as_ref().map_or(true, bytes::Bytes::is_empty);
            if last && read.is_ok() {
                progress.set_message("checking and writing");
                return;
            }
            if sender.blocking_send(read).is_err() || last {
                return;
            }
        }
    });
    Body::from_stream(ReceiverStream::new(receiver))
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the command line's promised output")]
fn tell(answer: &Value) -> Result<ExitCode> {
    for bad in answer["bad"].as_array().into_iter().flatten() {
        eprintln!("line {}: {}", bad["line"], bad["why"].as_str().unwrap_or(""));
    }
    if answer["rejected"] == true {
        bail!(
            "{} bad rows; nothing was written. Mend them, or write the good ones with --skip-bad",
            answer["badTotal"]
        );
    }
    println!("{} added, {} updated, {} unchanged", answer["added"], answer["updated"], answer["unchanged"]);
    Ok(ExitCode::SUCCESS)
}
