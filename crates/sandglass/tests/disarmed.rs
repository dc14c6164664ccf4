//! What ships has no switch to break the protocol with: nothing of `mutants` is left in the binary.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::path::Path;

/// What every build with the switches in has in it: the variable that chooses a mutant, and mutants' names.
const TRACES: [&str; 3] = ["SANDGLASS_MUTANT", "doubt-read-as-unpaid", "history-not-written"];

fn traces_in(binary: &Path) -> Vec<&'static str> {
    let bytes = std::fs::read(binary).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    TRACES.into_iter().filter(|trace| text.contains(*trace)).collect()
}

#[test]
fn there_is_no_switch_in_what_ships() {
    assert_eq!(traces_in(Path::new(env!("CARGO_BIN_EXE_sandglass"))), [""; 0]);
}

#[test]
fn a_trace_in_a_binary_would_be_found() {
    assert_eq!(traces_in(&std::env::current_exe().unwrap()), TRACES);
}
