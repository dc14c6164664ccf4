//! `cargo xtask mutants`: the protocol broken on purpose, one guard at a time. Whoever checks the protocol must notice;
//! a mutant that nobody catches is a hole in the checkers, and fails the chore.
//!
//! What can be broken, and who could see it, stands in `crates/mutants`; [`build`] makes the checkers with the switches
//! in, [`checkers`] runs them on one mutant, [`report`] says what came of it.

mod build;
mod checkers;
mod known;
mod report;

use std::process::ExitCode;

use crate::Result;
use crate::options::Options;
use crate::services::Postgres;
use crate::wall::Wall;

use build::Checkers;
use checkers::{Caught, Looked};
use known::Known;
use report::Row;

/// How many seeds the simulator tries on a mutant at most: thirty of each profile.
pub(crate) const SEEDS: u64 = 210;
/// How many seeds must be clean with no mutant at all.
const CLEAN_SEEDS: u64 = 70;

/// Runs the mutants that the options name, or all.
pub(crate) fn run(args: &[String]) -> Result<ExitCode> {
    let options = Options::parse(args, &["only", "seeds"], &["markdown"])?;
    let seeds = options.number("seeds")?.unwrap_or(SEEDS);
    let survivors = all(options.value("only"), seeds, options.flag("markdown"))?;
    Ok(if survivors == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// Runs all mutants (or those of the comma-separated names in `only`); answers how many nobody caught.
pub(crate) fn all(only: Option<&str>, seeds: u64, markdown: bool) -> Result<usize> {
    let wall = Wall::start();
    let has_postgres = has_postgres();
    let checkers = Checkers::build()?;
    let known = known::chosen(&checkers, only)?;
    println!("built in {} s; first without any mutant", wall.elapsed().as_secs());
    clean(&checkers, &known)?;
    let wall = Wall::start();
    let mut rows = Vec::new();
    for mutant in &known {
        let row = Row { mutant, looked: hunt(&checkers, mutant, seeds, has_postgres)? };
        println!("{:<28} {}", mutant.name, row.verdict());
        rows.push(row);
    }
    println!();
    println!("{}", if markdown { report::markdown(&rows) } else { report::table(&rows) });
    let survivors = rows.iter().filter(|row| row.survives()).count();
    let (count, seconds) = (rows.len(), wall.elapsed().as_secs());
    println!("{count} mutants in {seconds} s, {survivors} survived");
    Ok(survivors)
}

fn has_postgres() -> bool {
    let there = Postgres::from_environment().and_then(|postgres| postgres.ensure());
    if let Err(sentence) = &there {
        println!("mutants of PostgreSQL will be skipped: {sentence}");
    }
    there.is_ok()
}

/// Nobody may cry when nothing is broken: otherwise every mutant would count as caught.
fn clean(checkers: &Checkers, known: &[Known]) -> Result<()> {
    let cries =
        |who: &str, caught: Caught| Err(format!("{who} complains with no mutant: {}", caught.sentence));
    if let Looked::Caught(caught) = checkers.simulate(None, CLEAN_SEEDS)? {
        return cries("the simulator", caught);
    }
    if let Looked::Caught(caught) = checkers.model(None)? {
        return cries("the model check", caught);
    }
    for suite in known.iter().flat_map(|mutant| &mutant.suites) {
        if let Looked::Caught(caught) = checkers.suite(None, suite)? {
            return cries(&suite.test, caught);
        }
    }
    Ok(())
}

/// Lets simulator and model look, each where it can see, and the suites if neither saw anything.
fn hunt(checkers: &Checkers, mutant: &Known, seeds: u64, has_postgres: bool) -> Result<Vec<Looked>> {
    let mut looked = Vec::new();
    if mutant.simulated {
        looked.push(checkers.simulate(Some(mutant), seeds)?);
    }
    if mutant.modelled {
        looked.push(checkers.model(Some(mutant))?);
    }
    for suite in &mutant.suites {
        if looked.iter().any(Looked::is_caught) {
            break;
        }
        let can_be_seen = has_postgres || !suite.needs_postgres();
        looked.push(if can_be_seen { checkers.suite(Some(mutant), suite)? } else { Looked::Skipped });
    }
    Ok(looked)
}
