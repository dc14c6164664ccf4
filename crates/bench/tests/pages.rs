//! The round through pages, at shops that each lack something.
#![expect(clippy::unwrap_used, reason = "a test stops where something is not as it must be")]

mod shop;

use bench::PagesArgs;
use clap::Parser;
use serde_json::Value;
use shop::Fault;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    pages: PagesArgs,
}

/// Every page that the tool knows: those it finds missing in a shop that has none.
fn known() -> Vec<String> {
    bench::unplanned(&[])
}

/// A short round; whether all was well, and the report.
fn round(fault: Fault, limit_ms: &str) -> (bool, Value) {
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("pages.json");
    let url = format!("http://{}", shop::open(fault));
    let words = [
        "pages",
        "--url",
        &url,
        "--clients",
        "2",
        "--requests",
        "5",
        "--orders",
        "2",
        "--staff-password",
        "x",
    ];
    let html = dir.path().join("pages.html");
    let more = ["--limit-ms", limit_ms, "--json", json.to_str().unwrap(), "--html", html.to_str().unwrap()];
    let clean = bench::pages(&Cli::parse_from(words.into_iter().chain(more)).pages, &known()).unwrap();
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(
        page.contains("every page&#39;s p99") || page.contains("every page's p99"),
        "the page has the verdict"
    );
    (clean, serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap())
}

#[test]
fn a_shop_whose_pages_are_all_there_is_clean_and_each_was_looked_at_as_often_as_asked() {
    let (clean, report) = round(Fault::None, "60000");
    assert!(clean && report["clean"] == true, "{report:#}");
    let pages = report["pages"].as_array().unwrap();
    assert!(pages.len() >= known().len(), "{report:#}");
    assert!(pages.iter().all(|page| page["bytes"] == 44 && page["assetBytes"] == 3), "{report:#}");
}

#[test]
fn a_page_that_is_not_there_fails_the_round_by_name() {
    let (clean, report) = round(Fault::LosesPage, "60000");
    assert!(!clean, "{report:#}");
    assert_eq!(report["failed"], serde_json::json!(["/shop/cart (buyer): answered 404"]));
}

#[test]
fn a_style_sheet_that_is_not_there_fails_the_pages_that_load_it() {
    let (clean, report) = round(Fault::LosesStyle, "60000");
    assert!(!clean && report["pages"].as_array().unwrap().is_empty(), "{report:#}");
    assert!(report["failed"][0].as_str().unwrap().contains("/assets/a.css is answered 404"), "{report:#}");
}

#[test]
fn a_page_that_nobody_planned_to_look_at_is_said_before_anything_is_measured() {
    let pages: Vec<String> = known().into_iter().chain(["/shop/new".to_owned()]).collect();
    let args = Cli::parse_from(["pages", "--url", "http://127.0.0.1:9", "--staff-password", "x"]).pages;
    let error = bench::pages(&args, &pages).unwrap_err();
    assert!(error.to_string().contains("/shop/new"), "{error:#}");
}
