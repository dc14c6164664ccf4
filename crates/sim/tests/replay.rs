//! The same seed does the same, to the byte.

use sim::{Profile, Seed, run};

#[test]
fn keeping_the_trace_changes_nothing() {
    let digest = |keep_trace| {
        let seed = Seed { number: 5, profile: Profile::All, without: Vec::new(), keep_trace };
        run(&seed).unwrap().digest
    };
    assert_eq!(digest(false), digest(true));
}

#[test]
fn a_seed_is_the_same_three_times() {
    for profile in Profile::EVERY {
        let seed = Seed { number: 11, profile, without: Vec::new(), keep_trace: true };
        let trace = || {
            let outcome = run(&seed).unwrap();
            let lines: Vec<String> = outcome.lines.iter().map(ToString::to_string).collect();
            lines.join("\n")
        };
        let first = trace();
        assert!(first.lines().count() > 500, "{profile}: hardly anything happened:\n{first}");
        for _ in 0..2 {
            let again = trace();
            if let Some((one, other)) = first.lines().zip(again.lines()).find(|(one, other)| one != other) {
                panic!("{profile}: the runs part ways:\n{one}\n{other}");
            }
            assert_eq!(first.len(), again.len(), "{profile}");
        }
    }
}
