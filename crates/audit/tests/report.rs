//! What an audit answers, and how it reads its source.

mod support;

use audit::facts::OutboxFact;
use audit::{Error, Memory, PAGE, Report, Times, audit};
use model::Ms;
use support::{GRACE_MS, NOW, good};

const TIMES: Times = Times { now: NOW, grace_ms: GRACE_MS };

fn report(world: &Memory) -> Report {
    audit(world, TIMES).expect("facts in memory are sorted")
}

/// A good world with a broken item.
fn short_of(id: u64) -> Memory {
    let mut world = good();
    world.items.iter_mut().filter(|item| item.id.0 == id).for_each(|item| item.available += 1);
    world
}

#[test]
fn an_empty_world_is_clean() {
    assert!(report(&Memory::default()).clean);
}

#[test]
fn ten_offenders_are_named_and_all_are_counted() {
    let mut world = good();
    let waiting = world.outbox[0].clone();
    world.outbox = (0..25)
        .map(|subject| {
            let mut late: OutboxFact = waiting.clone();
            (late.key.due, late.key.subject) = (Ms(1), subject);
            late
        })
        .collect();
    let report = report(&world);
    let check = report.check("outbox_drains").unwrap();
    assert_eq!((check.violated, check.offenders.len()), (25, 10));
    assert!(report.to_string().contains("… and 15 more"));
}

#[test]
fn more_facts_than_a_page_are_all_looked_at() {
    let mut world = good();
    let waiting = world.outbox[0].clone();
    let count = 2 * PAGE as u64 + 1;
    world.outbox = (0..count)
        .map(|subject| {
            let mut one = waiting.clone();
            one.key.subject = subject;
            one
        })
        .collect();
    assert_eq!(report(&world).check("outbox_drains").unwrap().checked, count);
}

#[test]
fn two_facts_with_one_key_end_the_audit() {
    let mut world = good();
    let twice = world.orders[0].clone();
    world.orders.push(twice);
    assert!(matches!(audit(&world, TIMES), Err(Error::Unsorted { kind: "order", .. })));
}

#[test]
fn only_what_two_audits_saw_is_confirmed() {
    let (first, second) = (short_of(1), short_of(2));
    assert!(report(&first).confirmed_by(report(&second)).clean);
    assert!(report(&good()).confirmed_by(report(&second)).clean);
    let both = report(&first).confirmed_by(report(&first));
    assert_eq!(both, report(&first));
    assert!(!both.clean);
}

#[test]
fn the_report_is_json_and_a_table() {
    let report = report(&short_of(1));
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["clean"], false);
    assert_eq!(json["at"], NOW.0);
    assert_eq!(json["graceMs"], GRACE_MS);
    assert_eq!(json["checks"][0]["name"], "counters_add_up");
    assert_eq!(json["checks"][0]["offenders"][0]["subject"], "item 1");
    assert!(json["notChecked"].as_array().unwrap().iter().any(|left| left["invariant"] == 10));
    let back: Report = serde_json::from_value(json).unwrap();
    assert_eq!(back, report);
    let table = report.to_string();
    assert!(table.contains("NOT CLEAN: 2 of"), "{table}");
}
