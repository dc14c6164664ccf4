//! `sandglass sim`.
#![expect(clippy::print_stdout, reason = "the command's promised output")]

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::coverage;
use crate::fleet::{Failed, Fleet, Summary};
use crate::plan::{Part, Profile};
use crate::run::{Outcome, Seed, run};
use crate::story::Story;

/// Options of `sim`.
#[derive(Clone, Debug, Args)]
pub struct SimArgs {
    /// How many seeds.
    #[arg(long, default_value_t = 100)]
    pub seeds: u64,
    /// The first.
    #[arg(long, default_value_t = 0)]
    pub from: u64,
    /// How many at once; as many as there are cores, if not given.
    #[arg(long)]
    pub jobs: Option<usize>,
    /// Which faults; without it every seed takes the next profile in turn.
    #[arg(long)]
    pub profile: Option<Profile>,
    /// Leave parts of each seed's plan out, such as `trouble0,buyer2,weather`.
    #[arg(long, value_delimiter = ',', value_name = "PARTS")]
    pub without: Vec<Part>,
    /// Print everything that happens in the first seed instead: the same seed prints the same.
    #[arg(long)]
    pub trace: bool,
    /// Go on when a seed fails.
    #[arg(long)]
    pub keep_going: bool,
    /// Say how often everything was reached, not only what was not.
    #[arg(long)]
    pub coverage: bool,
}

impl SimArgs {
    fn fleet(&self) -> Fleet {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Fleet {
            from: self.from,
            seeds: self.seeds,
            jobs: self.jobs.unwrap_or_else(cores),
            profile: self.profile,
            without: self.without.clone(),
            stop_at_failure: !self.keep_going,
        }
    }

    /// Whether so many seeds of so many kinds must have reached everything.
    fn must_reach_all(&self) -> bool {
        self.profile.is_none() && self.without.is_empty() && self.seeds >= coverage::SEEDS_FOR_ALL
    }
}

/// Runs the seeds that `args` names; answers whether every one ended right, and everything was reached if so
/// many seeds should have.
pub fn command(args: &SimArgs) -> engine::Result<bool> {
    let fleet = args.fleet();
    if args.trace {
        return trace(&fleet);
    }
    let bar = bar(args.seeds);
    let summary = fleet.run(&|_: &Seed, outcome: &Outcome| {
        bar.inc(1);
        if !outcome.violations.is_empty() {
            bar.set_message("a seed failed");
        }
    })?;
    bar.finish_and_clear();
    report(args, &summary);
    if let Some(failed) = summary.failed.first() {
        tell(failed)?;
    }
    let missing = coverage::missing(&summary.marks);
    Ok(summary.failed.is_empty() && (missing.is_empty() || !args.must_reach_all()))
}

fn bar(seeds: u64) -> ProgressBar {
    let template = "{bar:32} {pos}/{len} seeds {per_sec} {eta} {msg}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(seeds).with_style(style)
}

fn trace(fleet: &Fleet) -> engine::Result<bool> {
    let seed = Seed { keep_trace: true, ..fleet.seed(fleet.from) };
    let outcome = run(&seed)?;
    for line in &outcome.lines {
        println!("{line}");
    }
    Ok(outcome.violations.is_empty())
}

fn report(args: &SimArgs, summary: &Summary) {
    let Summary { seeds, orders, commits, failed, .. } = summary;
    let faults = summary.marks.faults();
    println!("{seeds} seeds, {orders} orders, {commits} commits, {faults} faults; {} failed", failed.len());
    if args.coverage {
        for (mark, count) in summary.marks.iter() {
            println!("{count:>9}  {mark}");
        }
    }
    let missing = coverage::missing(&summary.marks);
    if args.must_reach_all() || args.coverage {
        for mark in missing {
            println!("  never reached: {mark}");
        }
    } else if !missing.is_empty() && args.profile.is_none() {
        let needed = coverage::SEEDS_FOR_ALL;
        println!(
            "{} things worth reaching were not; from {needed} seeds on that is a failure",
            missing.len()
        );
    }
}

fn tell(failed: &Failed) -> engine::Result<()> {
    println!("seed {} ({}) failed:", failed.seed.number, failed.seed.profile);
    for violation in &failed.violations {
        println!("  {violation}");
    }
    println!("its shortest story:");
    println!("{}", Story::of(&failed.seed)?);
    Ok(())
}
