//! The arrows between our crates point one way. `cargo metadata` says what is; the rules below say what may be.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// The layers, lowest first. A crate may use those of lower layers, never its own layer or a higher one.
const LAYERS: &[&[&str]] = &[
    &["clock", "mutants", "disk"],
    &["model"],
    &["delay"],
    &["engine", "bus-rabbit", "auth", "api", "audit"],
    &["edge"],
    // A service knows the others by the traits of `api`, never how they are reached.
    &["item", "cart", "trade", "pay", "user", "remote"],
    // Pages know the shop by its HTTP interface, never by a service's crate. The sandbox provider brings the channel by
    // which `pay` reaches it.
    &["gateway", "web", "books", "bench", "provider"],
    &["sim"],
    &["sandglass"],
    &["xtask"],
];

/// Crates that stay closer to the ground than their layer asks, each with all it may use.
const NARROW: &[(&str, &[&str])] = &[
    // Other programs can take delayed messages and the engine under them without our orders. (Of `mutants` nothing is
    // left in any build but one for tests, and only tests have a `disk` that does as it is told.)
    ("delay", &["clock"]),
    ("engine", &["clock", "delay", "mutants", "disk"]),
    ("bus-rabbit", &["clock", "delay"]),
    // Judges plain facts, whatever service or store they come from.
    ("audit", &["clock", "model"]),
    // Forwards to services it does not know.
    ("gateway", &["clock", "model", "auth", "api", "edge", "remote"]),
    // Asks the interface as any client would, by way of the gateway or within the process.
    ("web", &["clock", "model", "auth", "api", "edge", "remote"]),
    // Reaches services it does not know.
    ("remote", &["clock", "model", "auth", "api", "edge"]),
    // Is in every crate that has a guard; so nothing may come with it.
    ("mutants", &[]),
    ("disk", &[]),
    // Runs cargo; needs nothing of what it builds.
    ("xtask", &[]),
];

/// What `cargo metadata` says of the workspace.
fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .output()
        .expect("cargo runs: it runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
}

/// Every crate of the workspace with those of the workspace it depends on, tests and build scripts included.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    list(&metadata()["packages"]).iter().map(|package| (text(&package["name"]), ours(package))).collect()
}

/// Those of the package's dependencies that have a path, which is what makes a crate ours.
fn ours(package: &Value) -> BTreeSet<String> {
    let dependencies = list(&package["dependencies"]).iter();
    dependencies.filter(|one| one["path"].is_string()).map(|one| text(&one["name"])).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list where cargo metadata has one")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a name").to_owned()
}

fn layer(name: &str) -> usize {
    let at = LAYERS.iter().position(|layer| layer.contains(&name));
    at.unwrap_or_else(|| panic!("the crate `{name}` has no layer yet; give it one in {}", file!()))
}

#[test]
fn every_arrow_points_to_a_lower_layer() {
    for (from, targets) in arrows() {
        for to in targets {
            assert!(layer(&to) < layer(&from), "`{from}` must not depend on `{to}`");
        }
    }
}

#[test]
fn crates_that_others_can_take_alone_stay_close_to_the_ground() {
    let arrows = arrows();
    for (from, allowed) in NARROW {
        let targets = arrows.get(*from).unwrap_or_else(|| panic!("there is no crate `{from}` any more"));
        for to in targets {
            assert!(allowed.contains(&to.as_str()), "`{from}` must not depend on `{to}`");
        }
    }
}

/// The features of `package` that put the switches of `mutants` in, and what it asks of other crates' features to.
fn arming(package: &Value) -> Vec<String> {
    let features = package["features"].as_object().expect("a map where cargo metadata has one");
    let of_features = features.iter().filter(|(_, needs)| {
        list(needs).iter().any(|needed| needed.as_str().is_some_and(|needed| needed.ends_with("/armed")))
    });
    let armed = |one: &&Value| list(&one["features"]).iter().any(|feature| feature == "armed");
    let of_dependencies = list(&package["dependencies"]).iter().filter(armed).map(|one| text(&one["name"]));
    of_features.map(|(name, _)| name.clone()).chain(of_dependencies).collect()
}

/// The other half of the proof, that nothing is left in the binary, is `crates/sandglass/tests/disarmed.rs`.
#[test]
fn nothing_arms_mutants_but_the_feature_that_only_their_chore_names() {
    for package in list(&metadata()["packages"]) {
        let name = text(&package["name"]);
        let expected: &[&str] = if name == "sim" { &["armed"] } else { &[] };
        assert_eq!(arming(package), expected, "`{name}` puts the switches of `mutants` in");
        let default = package["features"]["default"]
            .as_array()
            .is_some_and(|needs| needs.iter().any(|one| one == "armed"));
        assert!(!default, "`{name}` has the switches of `mutants` in by default");
    }
}

#[test]
fn every_layer_is_of_crates_that_exist() {
    let arrows = arrows();
    for name in LAYERS.iter().copied().flatten() {
        assert!(arrows.contains_key(*name), "there is no crate `{name}` any more");
    }
}

#[test]
fn cargo_run_means_the_shop() {
    let metadata = metadata();
    let default: Vec<String> = list(&metadata["workspace_default_members"]).iter().map(text).collect();
    assert!(matches!(default.as_slice(), [one] if one.contains("/sandglass#")), "{default:?}");
}
