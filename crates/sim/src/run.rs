//! One seed, from the first customer to the last duty.

use std::sync::Arc;

use clock::{Clock, HOUR, MINUTE, SECOND};
use futures_util::future::join_all;
use model::UserId;
use model::order::State;

use crate::book;
use crate::disk::Disk;
use crate::facts;
use crate::life::{Aim, Wanted};
use crate::mark::{Mark, Marks};
use crate::people::{Buyer, Staff, move_in};
use crate::place::Place;
use crate::plan::{Kind, Part, Plan, Profile, Trouble, Weather};
use crate::time::SimClock;
use crate::town::{START, Town, Violation};
use crate::trace::Line;

/// Which seed, and how.
#[derive(Clone, Debug)]
pub struct Seed {
    /// Its number.
    pub number: u64,
    /// Its faults.
    pub profile: Profile,
    /// What of its plan is left out.
    pub without: Vec<Part>,
    /// Keep everything that happens, not only its digest.
    pub keep_trace: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What must not be, and was.
    pub violations: Vec<Violation>,
    /// What it reached.
    pub marks: Marks,
    /// The same number for the same run.
    pub digest: u64,
    /// Everything that happened, if it was kept.
    pub lines: Vec<Line>,
    /// How many orders there were.
    pub orders: u64,
    /// How many commits.
    pub commits: u64,
    /// How much time passed in it, in milliseconds.
    pub elapsed_ms: i64,
    /// The ids that belong together: each order with its pay order and attempts.
    pub families: Vec<Vec<u64>>,
}

/// The longest people and troubles take, in elapsed milliseconds.
const PEOPLE_MAX_MS: i64 = 20 * MINUTE;
/// Once all faults are over and every deadline has passed, everything is at rest within this time. The auditor's own
/// grace, and what the longest backed-off sweep may add.
const GRACE_MS: i64 = books::GRACE_MS + 2 * MINUTE;
/// How often it is looked whether everything is at rest, in milliseconds.
const LOOK_MS: i64 = 5 * SECOND;
/// Longer than anything that is late is late.
const NIGHT_MS: i64 = 25 * HOUR;

/// Runs a seed to its end. An error is a run that could not be done, such as for want of a temporary directory.
pub fn run(seed: &Seed) -> engine::Result<Outcome> {
    let clock = SimClock::new(START);
    let hook = clock.clone();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.on_thread_park(move || hook.fire()).build();
    let runtime = runtime.map_err(|error| engine::Error::Unavailable(error.to_string()))?;
    let town = Town::new(seed.number, clock, seed.keep_trace)?;
    let families = runtime.block_on(play(&town, seed));
    // Tasks go first: they hold the town.
    drop(runtime);
    town.close();
    let families = families?;
    Ok(Outcome {
        violations: town.violations(),
        marks: town.marks(),
        digest: town.digest(),
        lines: town.lines(),
        orders: families.len() as u64,
        commits: town.commits(),
        elapsed_ms: town.clock.elapsed(),
        families,
    })
}

async fn play(town: &Arc<Town>, seed: &Seed) -> engine::Result<Vec<Vec<u64>>> {
    let plan = Plan::of(seed.number, seed.profile, &seed.without);
    for place in Place::SERVICES {
        town.start(place).await;
    }
    let Some(buyers) = move_in(town, &plan.buyers).await else {
        town.fail("the shop could not be filled in good weather", &[]);
        return Ok(Vec::new());
    };
    live(town, seed.number, &plan, buyers).await;
    if town.violations().is_empty() {
        calm_down(town).await;
    }
    if town.violations().is_empty() {
        come_to_rest(town).await;
    }
    if town.violations().is_empty() {
        pass_the_night(town).await;
    }
    let facts = facts::read(town)?;
    book::check(town, &facts);
    if seed.profile == Profile::Calm {
        facts::sweeps_found_nothing(town)?;
    }
    if town.violations().is_empty()
        && let Some((what, id)) = book::unsettled(town, &facts)
    {
        town.fail(&what, &[id]);
    }
    facts::mark(town, &facts)?;
    Ok(facts.families())
}

/// People go about their errands while troubles strike, until all is over or something is wrong.
async fn live(town: &Arc<Town>, seed: u64, plan: &Plan, buyers: Vec<UserId>) {
    town.set_weather(plan.weather);
    let mut living = Vec::new();
    for (number, trouble) in &plan.troubles {
        let (town, trouble, number) = (town.clone(), *trouble, *number);
        living.push(tokio::spawn(async move { strike(&town, number, trouble).await }));
    }
    for (number, id) in plan.buyers.iter().zip(&buyers) {
        living.push(tokio::spawn(Buyer::new(town, seed, *number, *id).live()));
    }
    if plan.staff {
        living.push(tokio::spawn(Staff::new(town, seed, buyers).live()));
    }
    tokio::select! {
        biased;
        ended = join_all(living) => {
            if ended.iter().any(Result::is_err) {
                town.fail("a person or a trouble panicked", &[]);
            }
        }
        () = town.clock.after(PEOPLE_MAX_MS) => town.fail("people never finish", &[]),
        () = violated(town) => {}
    }
}

/// Ends as soon as something is wrong.
async fn violated(town: &Town) {
    while town.violations().is_empty() {
        town.clock.after(SECOND).await;
    }
}

/// How long a process may take to come to the point at which it is to end, in milliseconds.
const POINT_COMES_MS: i64 = 70 * SECOND;

/// Lets a trouble strike, and ends it.
async fn strike(town: &Arc<Town>, number: usize, trouble: Trouble) {
    town.clock.after(trouble.at).await;
    town.note("trouble", &[], || format!("⚡ trouble{number}: {trouble}"));
    let aim = |place, wanted| town.aim(Aim { number, place, wanted, down_ms: trouble.for_ms });
    match trouble.kind {
        Kind::Cut { from, to, both } => {
            let cut = |on| {
                town.cut(from, to, on);
                if both {
                    town.cut(to, from, on);
                }
            };
            town.hit(Mark::Fault("a link was cut"));
            cut(true);
            town.clock.after(trouble.for_ms).await;
            cut(false);
        }
        Kind::Death { at } => {
            aim(at.place, Wanted::At(at));
            end_by_all_means(town, number).await;
        }
        Kind::AnyDeath { of, after } => {
            aim(of, Wanted::After(after));
            end_by_all_means(town, number).await;
        }
        Kind::Step { by_ms } => {
            let forward = by_ms > 0;
            let what = if forward { "the clock was stepped forward" } else { "the clock was stepped back" };
            town.hit(Mark::Fault(what));
            town.clock.step(by_ms);
        }
        Kind::SlowDisk { of, most_ms } => ail(town, of, Disk::Slow(most_ms), trouble.for_ms).await,
        Kind::FullDisk { of } => ail(town, of, Disk::Full, trouble.for_ms).await,
        Kind::Wipe => {
            town.hit(Mark::Fault("all messages were wiped"));
            town.wipe().await;
        }
    }
}

/// Gives a process time to come to its point; then any point will do. Every process comes to some in a minute.
async fn end_by_all_means(town: &Town, number: usize) {
    town.clock.after(POINT_COMES_MS).await;
    town.aim_at_anything(number);
    let began = town.clock.elapsed();
    while town.is_aimed(number) && town.clock.elapsed() - began < POINT_COMES_MS {
        town.clock.after(SECOND).await;
    }
}

async fn ail(town: &Town, of: Place, disk: Disk, for_ms: i64) {
    town.hit(Mark::Fault("a disk fell ill"));
    town.set_disk(of, disk);
    town.clock.after(for_ms).await;
    town.set_disk(of, Disk::Fine);
}

/// The faults are over: the weather is fine, nobody ends any more, and whoever has ended comes back.
async fn calm_down(town: &Arc<Town>) {
    const BACK_MAX_MS: i64 = 5 * MINUTE;
    town.set_weather(Weather::default());
    town.spare_all();
    let began = town.clock.elapsed();
    let healthy = || {
        let fine = |place: &Place| town.disk(*place) == Disk::Fine;
        let whole = |from: usize, to: usize| !town.is_cut(PLACES[from], PLACES[to]);
        let links = (0..Place::COUNT).all(|from| (0..Place::COUNT).all(|to| whole(from, to)));
        town.all_run() && links && Place::SERVICES.iter().all(fine)
    };
    while !healthy() && town.clock.elapsed() - began < BACK_MAX_MS {
        town.clock.after(SECOND).await;
    }
    if !healthy() {
        town.fail("a process never came back", &[]);
    }
}

const PLACES: [Place; Place::COUNT] = [
    Place::User,
    Place::Item,
    Place::Cart,
    Place::Trade,
    Place::Pay,
    Place::Broker,
    Place::People,
    Place::Provider,
];

/// Goes on until every deadline is over, and then until everything is at rest, within the grace.
async fn come_to_rest(town: &Arc<Town>) {
    town.note("calm", &[], || "─ the faults are over ─".into());
    if let Err(error) = past_every_deadline(town).await {
        return town.fail(&format!("the deadlines could not be read: {error}"), &[]);
    }
    let began = town.clock.elapsed();
    while town.clock.elapsed() - began < GRACE_MS {
        if at_rest(town) || !town.violations().is_empty() {
            break;
        }
        town.clock.after(LOOK_MS).await;
    }
    town.judge(0);
    if town.letters() != 0 {
        town.fail("the broker keeps messages that nobody takes", &[]);
    }
}

/// Waits for deadlines that are near, and steps the clock over the rest: extensions, and clocks that were
/// ahead once, leave some that are hours away.
async fn past_every_deadline(town: &Arc<Town>) -> engine::Result<()> {
    const NEAR_MS: i64 = 3 * MINUTE;
    let facts = facts::read(town)?;
    let waits = |state| matches!(state, State::Placing | State::Unpaid);
    let open = facts.orders.values().filter(|fact| waits(fact.order.state));
    let last = open.map(|fact| fact.order.deadline).max().unwrap_or_default();
    // What was put off while the clock was ahead is due by then, too.
    let target = last.max(town.clock.latest()) + SECOND;
    let left = target.since(town.clock.now());
    if left > NEAR_MS {
        town.clock.step(left - NEAR_MS);
    }
    town.clock.sleep_until(target).await;
    Ok(())
}

fn at_rest(town: &Town) -> bool {
    let settled = || facts::read(town).is_ok_and(|facts| book::unsettled(town, &facts).is_none());
    town.letters() == 0 && town.till.is_quiet() && town.audit(0).is_ok_and(|report| report.clean) && settled()
}

/// A day passes at once, as on a machine that sleeps: what was late by up to a day arrives, and finds everything
/// ended. Nothing may come of it.
async fn pass_the_night(town: &Arc<Town>) {
    town.note("night", &[], || "─ a night passes ─".into());
    town.clock.step(NIGHT_MS);
    town.clock.after(MINUTE).await;
    let began = town.clock.elapsed();
    while !at_rest(town) && town.clock.elapsed() - began < GRACE_MS && town.violations().is_empty() {
        town.clock.after(LOOK_MS).await;
    }
    town.judge(0);
}
