//! `sandglass archive`.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use api::Time;
use clock::Ms;
use http::Method;
use indicatif::ProgressBar;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde_json::{Value, json};

use super::{with, zone};
use crate::cli::ArchiveArgs;
use crate::config::Wrong;
use crate::ops::client::Client;

/// How often the progress is drawn.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// Why orders stay, as they are counted and as they are told.
const STAYING: [(&str, &str); 5] = [
    ("open", "not ended"),
    ("young", "ended or changed later"),
    ("owing", "with something owed or in flight"),
    ("awaited", "with a message or dead letter about them"),
    ("objected", "that the audit objects to"),
];

/// Has the data archived a file at a time, until nothing is left.
pub(super) fn run(args: &ArchiveArgs) -> Result<ExitCode> {
    let before = time(&args.before, &zone(&args.common.configuration()?)?)?;
    // The process that has the data may have another working directory.
    let to = args.to.as_deref().map(std::path::absolute).transpose().context("--to is no path")?;
    with(&args.common, async |client| archive(client, before, args.received, to.as_deref()).await)
}

/// A point in time, as people write it.
fn time(text: &str, zone: &TimeZone) -> Result<Ms, Wrong> {
    let local = |time: DateTime| time.to_zoned(zone.clone()).map(|zoned| zoned.timestamp());
    let zoned = || text.parse::<Zoned>().map(|zoned| zoned.timestamp());
    let read = text.parse::<Timestamp>().or_else(|_| zoned());
    let read = read.or_else(|_| text.parse::<DateTime>().and_then(local));
    let at = read.map_err(|_| {
        Wrong(format!(
            "--before: `{text}` is no time; write a day such as 2026-03-01, or 2026-03-01T12:00+08:00"
        ))
    })?;
    Ok(Ms(at.as_millisecond()))
}

/// What all files together came to.
#[derive(Default)]
struct Sum {
    archived: u64,
    looked: u64,
    files: u64,
    staying: [u64; STAYING.len()],
}

impl Sum {
    fn add(&mut self, step: &Value) {
        let number = |value: &Value| value.as_u64().unwrap_or(0);
        self.archived += number(&step["archived"]);
        self.looked += number(&step["looked"]);
        self.files += u64::from(step["file"].is_string());
        for (sum, (name, _)) in self.staying.iter_mut().zip(STAYING) {
            *sum += number(&step["staying"][name]);
        }
    }
}

#[expect(clippy::print_stdout, reason = "the command line's promised output")]
async fn archive(client: &Client, before: Ms, received: bool, to: Option<&Path>) -> Result<ExitCode> {
    let progress = ProgressBar::new_spinner();
    progress.enable_steady_tick(DRAW_EVERY);
    let (mut sum, mut after, mut complete) = (Sum::default(), Value::Null, false);
    let mut folder = String::new();
    while !complete {
        let form = json!({ "before": Time(before), "received": received, "to": to, "after": after });
        let step = client.call(Method::POST, "/archive", Some(form)).await;
        let step = step.inspect_err(|_| progress.finish_and_clear())?;
        sum.add(&step);
        progress.set_message(format!("{} orders looked at, {} archived", sum.looked, sum.archived));
        step["folder"].as_str().unwrap_or_default().clone_into(&mut folder);
        after = step["after"].clone();
        complete = step["complete"].as_bool().context("the archive's answer is not understood")?;
    }
    progress.finish_and_clear();
    println!("{} orders archived, in {} files in {folder}", sum.archived, sum.files);
    for (orders, (_, why)) in sum.staying.iter().zip(STAYING).filter(|(orders, _)| **orders > 0) {
        println!("{orders} stay: {why}");
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_write_it_and_anything_else_is_a_sentence() {
        let east = TimeZone::fixed(jiff::tz::offset(8));
        let noon = Ms(1_772_337_600_000);
        for text in [
            "2026-03-01T12:00+08:00",
            "2026-03-01T04:00:00Z",
            "2026-03-01T12:00",
            "2026-03-01 12:00:00",
            "2026-03-01T05:00[Europe/Paris]",
        ] {
            assert_eq!(time(text, &east).unwrap(), noon, "{text}");
        }
        assert_eq!(time("2026-03-01", &east).unwrap(), noon - 12 * clock::HOUR);
        for text in ["", "soon", "2026-02-30", "1772337600000", "03/01/2026"] {
            assert!(time(text, &east).unwrap_err().0.contains("is no time"), "{text}");
        }
    }
}
