//! Seeds of every profile: each ends right, and together they meet everything that is worth meeting.

use sim::{Fleet, Outcome, Seed, Story, coverage};

/// Enough for everything to be met, in a few minutes on two cores.
const SEEDS: u64 = 1_512;

#[test]
fn every_order_of_many_seeds_reaches_its_right_end() {
    let jobs = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let fleet = Fleet { from: 0, seeds: SEEDS, jobs, profile: None, without: vec![], stop_at_failure: true };
    let summary = fleet.run(&|_: &Seed, _: &Outcome| {}).unwrap();
    if let Some(failed) = summary.failed.first() {
        panic!("seed {}: {:?}\n{}", failed.seed.number, failed.violations, Story::of(&failed.seed).unwrap());
    }
    assert_eq!(summary.seeds, SEEDS);
    let missing = coverage::missing(&summary.marks);
    assert!(missing.is_empty(), "never reached: {missing:#?}");
    assert!(summary.orders_min >= 10, "a seed had only {} orders", summary.orders_min);
    assert!(summary.faults_min >= 3, "a seed had only {} faults", summary.faults_min);
}
