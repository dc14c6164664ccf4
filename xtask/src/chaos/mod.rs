//! `cargo xtask chaos`: orders pour into a shop of several processes while its processes, its database and its broker
//! are broken one after the other. Once everything is back, every promise must have been kept.

mod faults;
mod findings;
mod report;
mod sampler;
mod swept;

use std::process::ExitCode;
use std::time::Duration;

use crate::Result;
use crate::cluster::config::Settings;
use crate::cluster::{Cluster, mode};
use crate::load::{self, Load, Wanted};
use crate::options::Options;
use crate::programs::Build;
use crate::wall::{self, Wall};
use faults::{Fault, World};
use report::Broken;
use sampler::Sampler;
use swept::{Origin, Swept};

/// The shop this chore makes for itself.
const SHOP: &str = "chaos";
const RATE: u32 = 300;
/// So short that thousands of orders fall due during each fault.
const WINDOW: &str = "15s";
/// Waiting for an answer that does not come takes a client; these are enough to go on with the others.
const CLIENTS: u32 = 1_024;
/// Good weather before the first fault: orders fall due in it, to compare with.
const CALM: Duration = Duration::from_secs(35);
/// What the shop gets to recover before the next fault.
const BETWEEN: Duration = Duration::from_secs(6);
/// The load goes on for some time after the last fault.
const TAIL: Duration = Duration::from_secs(20);
/// How long it may take until the first orders come in.
const FIRST_ORDERS: Duration = Duration::from_mins(3);
const STEP: Duration = Duration::from_millis(500);

/// What was asked for.
struct Plan {
    rate: u32,
    /// How long the load shall last, if that was said.
    seconds: Option<u64>,
    /// Only the faults with this in their name.
    only: Option<String>,
    settings: Settings,
}

/// Does it all; exit code 1 if a promise was broken.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let plan = Plan::of(&Options::parse(args, &["rate", "seconds", "mode", "only"], &["debug"])?)?;
    let cluster = Cluster::up(SHOP, &plan.settings)?;
    let outcome = with(&plan, &cluster);
    let stopped = cluster.down();
    let clean = outcome? && stopped;
    if clean {
        crate::cluster::wipe(&cluster.layout)?;
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "the shop is left as it is: {}, database {}",
        cluster.layout.dir().display(),
        cluster.layout.database()
    );
    Ok(ExitCode::from(1))
}

impl Plan {
    fn of(options: &Options) -> Result<Self> {
        let seconds = options.number("seconds")?;
        if seconds.is_some_and(|seconds| seconds > load::SECONDS_MAX) {
            return Err(format!(
                "`--seconds` is at most {}: the load tool runs no longer",
                load::SECONDS_MAX
            ));
        }
        Ok(Self {
            rate: options.number("rate")?.unwrap_or(RATE),
            seconds,
            only: options.value("only").map(str::to_owned),
            settings: Settings {
                mode: mode(options)?,
                window: WINDOW.to_owned(),
                chaos: false,
                demo: false,
                build: Build::chosen(options.flag("debug")),
                fresh: true,
                beside: &[],
                more: &[("check_delays", r#"["2s", "5s"]"#), ("sweep_interval", r#""5s""#)],
            },
        })
    }
}

fn with(plan: &Plan, cluster: &Cluster) -> Result<bool> {
    load::stock(cluster)?;
    let world = World::of(cluster, plan.settings.mode)?;
    let (faults, left_out) = faults::schedule(&world, plan.only.as_deref());
    let round: Duration = faults.iter().map(|fault| fault.lasts() + BETWEEN).sum();
    // Mending takes longer on a busy machine.
    let enough = (CALM + round + round / 4 + TAIL).as_secs().min(load::SECONDS_MAX);
    let seconds = plan.seconds.unwrap_or(enough);
    println!("{} orders/s for {seconds} s, half of them never paid, due after {WINDOW}", plan.rate);
    let wanted = Wanted { url: cluster.url(), rate: plan.rate, seconds, clients: CLIENTS };
    let wall = Wall::start();
    let origin = Origin::of(&world, wall)?;
    let (mut load, sampler) = (Load::start(cluster, &wanted)?, Sampler::start(cluster, wall));
    let broken = first_orders(&sampler, &mut load)
        .and_then(|()| {
            let end = wall.elapsed() + Duration::from_secs(seconds);
            let rounds = if plan.seconds.is_some() { usize::MAX } else { 1 };
            break_things(&world, &faults, rounds, wall, end)
        })
        .inspect_err(|_| world.mend_servers())?;
    println!("all faults are over; waiting for the load's end and its verdict");
    let verdict = load.verdict()?;
    let samples = sampler.stop();
    let findings = findings::of(&world, verdict)?;
    let swept = Swept::since(origin, &world)?;
    println!("\n{}", report::faults(&broken, &samples, &swept));
    for (fault, why) in left_out {
        println!("left out: {fault}: {why}");
    }
    println!("\n{findings}");
    Ok(findings.is_clean())
}

fn first_orders(sampler: &Sampler, load: &mut Load) -> Result<()> {
    println!("waiting for the first orders");
    let flowing = wall::wait_for(FIRST_ORDERS, STEP, || Ok(sampler.has_orders() || load.is_over()))?;
    if flowing && !load.is_over() {
        return Ok(());
    }
    Err("no orders came in; see the load's log and those of the gateways".to_owned())
}

/// Breaks nothing for a while.
fn calm(wall: Wall) -> Broken {
    let from = wall.elapsed();
    println!("+{:>4} s  good weather", from.as_secs());
    wall::pause(CALM);
    Broken { name: "none: good weather".to_owned(), from, to: wall.elapsed() }
}

/// One fault after the other, round after round, as long as there is time for the next before `end`.
fn break_things(
    world: &World,
    faults: &[Fault],
    rounds: usize,
    wall: Wall,
    end: Duration,
) -> Result<Vec<Broken>> {
    let mut broken = vec![calm(wall)];
    for fault in faults.iter().cycle().take(faults.len().saturating_mul(rounds)) {
        if wall.elapsed() + BETWEEN + fault.lasts() > end {
            break;
        }
        wall::pause(BETWEEN);
        let from = wall.elapsed();
        println!("+{:>4} s  {}", from.as_secs(), fault.name());
        fault.inflict(world)?;
        wall::pause(fault.held());
        fault.mend(world)?;
        println!("+{:>4} s    mended", wall.elapsed().as_secs());
        broken.push(Broken { name: fault.name(), from, to: wall.elapsed() });
    }
    let inflicted = |fault: &Fault| broken.iter().any(|one| one.name == fault.name());
    for fault in faults.iter().filter(|fault| !inflicted(fault)) {
        println!("no time was left for: {}", fault.name());
    }
    Ok(broken)
}
