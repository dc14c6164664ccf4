//! Everything that can be measured, small: every part works, its verdict is clean, and the report tells all of it.

use std::process::Command;

use serde_json::Value;

/// What `bench all` measures where nothing else is asked for, a row each.
const ROWS: usize = 9;

#[test]
fn all_targets_are_measured_small() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let (json, html) = (file("all.json"), file("all.html"));
    let ran = Command::new(env!("CARGO_BIN_EXE_sandglass"))
        .args(["bench", "all", "--quick", "--below"])
        .arg(dir.path())
        .arg("--json")
        .arg(&json)
        .arg("--html")
        .arg(&html)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{told}{}", String::from_utf8_lossy(&ran.stderr));

    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let rows = report["rows"].as_array().unwrap();
    assert_eq!(rows.len(), ROWS, "{told}");
    let page = std::fs::read_to_string(&html).unwrap();
    for row in rows {
        assert!(!row["figures"].as_object().unwrap().is_empty(), "{row}");
        let what = row["name"].as_str().unwrap();
        assert!(told.contains(what) && page.contains(what), "{what} is told");
    }
    assert!(page.contains("All sound") && page.contains("bench all --quick"));
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        2,
        "the shops' data is gone, the reports are there"
    );
}
