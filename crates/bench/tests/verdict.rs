//! The tool against shops that each do one thing wrong: the verdict must say so, and say it of the right part.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod shop;

use bench::{Auditor, OrdersArgs};
use clap::Parser;
use serde_json::Value;
use shop::Fault;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    orders: OrdersArgs,
}

/// One short run; whether it was clean, and its report.
fn run(fault: Fault, more: &[&str]) -> (bool, Value) {
    run_audited(fault, more, None)
}

/// The same, with somebody who audits the shop.
fn run_audited(fault: Fault, more: &[&str], auditor: Option<Auditor>) -> (bool, Value) {
    let dir = tempfile::tempdir().unwrap();
    let (json, html) = (dir.path().join("report.json"), dir.path().join("report.html"));
    let url = format!("http://{}", shop::open(fault));
    let mut words = vec!["bench", "--url", &url, "--clients", "3", "--users", "2", "--seconds", "1"];
    words.extend(["--warmup", "0", "--patience", "0", "--staff-password", "secret"]);
    words.extend(["--json", json.to_str().unwrap(), "--html", html.to_str().unwrap()]);
    words.extend(more);
    let clean = bench::run(&Cli::parse_from(words).orders, auditor).unwrap();
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.contains("<svg") && !page.contains("{{"), "the page is filled in");
    assert!(page.contains(if clean { "Clean" } else { "Not clean" }), "the page has the verdict");
    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(report["verdict"]["clean"], clean);
    (clean, report)
}

/// Which parts of the verdict were violated.
fn violated(report: &Value) -> Vec<&'static str> {
    let parts = ["lost", "doubled", "wallets"];
    parts.into_iter().filter(|part| report["verdict"][part]["violated"] != 0).collect()
}

const LIFECYCLE: [&str; 2] = ["--mix", "lifecycle"];

#[test]
fn an_honest_shop_is_clean() {
    let (clean, report) = run(Fault::None, &LIFECYCLE);
    assert!(clean, "{report:#}");
    assert!(report["placedPerSecond"].as_f64().unwrap() > 0.0);
    assert!(report["paidPerSecond"].as_f64().unwrap() > 0.0);
    assert_eq!(report["verdict"]["audit"]["finding"], "notAsked");
}

#[test]
fn a_shop_that_somebody_audits_is_as_clean_as_they_say() {
    let check = |violated: u64| serde_json::json!({ "invariant": 1, "sentence": "pieces add up", "violated": violated });
    for (violated, finding) in [(0, "clean"), (2, "violated")] {
        let report = serde_json::json!({ "clean": violated == 0, "checks": [check(violated)] });
        let (clean, told) = run_audited(Fault::None, &[], Some(Box::pin(async move { anyhow::Ok(report) })));
        assert_eq!(
            (clean, told["verdict"]["audit"]["finding"].as_str()),
            (violated == 0, Some(finding)),
            "{told:#}"
        );
    }
    let away: Auditor = Box::pin(async { anyhow::bail!("the database is away") });
    let (clean, told) = run_audited(Fault::None, &[], Some(away));
    assert!(!clean && told["verdict"]["audit"]["finding"] == "unfinished", "{told:#}");
}

#[test]
fn live_views_are_open_and_read_during_the_load_and_those_that_were_cut_are_counted() {
    let (clean, report) = run(Fault::None, &["--views", "11"]);
    assert!(clean, "{report:#}");
    assert_eq!(report["views"], serde_json::json!({ "asked": 11, "open": 11, "events": 22 }));
    assert!(report["placedPerSecond"].as_f64().unwrap() > 0.0);
    let (_, report) = run(Fault::CutsViews, &["--views", "3"]);
    assert_eq!(report["views"], serde_json::json!({ "asked": 3, "open": 0, "events": 6 }));
    let (_, report) = run(Fault::None, &[]);
    assert!(report.get("views").is_none(), "{report:#}");
}

#[test]
fn a_lost_order_is_found() {
    let (clean, report) = run(Fault::LosesOrders, &[]);
    assert!(!clean);
    assert_eq!(violated(&report), ["lost"]);
}

#[test]
fn a_key_that_makes_a_second_order_is_found() {
    let (clean, report) = run(Fault::IgnoresKeys, &[]);
    assert!(!clean);
    assert_eq!(violated(&report), ["doubled"]);
}

#[test]
fn one_order_for_two_keys_is_found() {
    let (clean, report) = run(Fault::SharesOrders, &[]);
    assert!(!clean);
    assert_eq!(violated(&report), ["doubled"]);
}

#[test]
fn money_taken_twice_is_found() {
    let (clean, report) = run(Fault::ChargesTwice, &LIFECYCLE);
    assert!(!clean);
    assert_eq!(violated(&report), ["wallets"]);
}

#[test]
fn a_forgotten_payment_is_found() {
    let (clean, report) = run(Fault::ForgetsPayments, &LIFECYCLE);
    assert!(!clean);
    assert_eq!(violated(&report), ["lost"]);
}

#[test]
fn an_order_that_outlives_its_deadline_is_found() {
    let (clean, report) = run(Fault::NeverCloses, &[]);
    assert!(!clean);
    assert_eq!(violated(&report), ["lost"]);
}

#[test]
fn who_is_turned_away_comes_back_with_the_same_key() {
    let (clean, report) = run(Fault::IsBusy, &["--mode", "open", "--rate", "40"]);
    assert!(clean, "{report:#}");
    let outcomes = report["operations"][0]["outcomes"].as_array().unwrap();
    let count = |name: &str| {
        let found = outcomes.iter().find(|one| one["outcome"].as_str().unwrap().starts_with(name));
        found.map_or(0, |one| one["count"].as_u64().unwrap())
    };
    assert!(count("acknowledged") > 0 && count("overloaded") >= count("acknowledged"), "{report:#}");
}

#[test]
fn a_server_that_is_not_there_is_said_in_a_sentence() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{free}");
    let error = bench::run(&Cli::parse_from(["bench", "--url", &url]).orders, None).unwrap_err();
    assert!(error.to_string().contains("is it running"), "{error:#}");
}

#[test]
fn paying_without_the_staff_password_is_refused_before_anything_is_done() {
    let url = format!("http://{}", shop::open(Fault::None));
    let mut args = Cli::parse_from(["bench", "--url", &url, "--mix", "lifecycle"]).orders;
    args.staff_password = None;
    let error = bench::run(&args, None).unwrap_err();
    assert!(error.to_string().contains("--staff-password"), "{error:#}");
}
