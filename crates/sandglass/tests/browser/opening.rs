//! Coming in, in both languages and without scripts.

use crate::browser::{Browser, Kind};
use crate::world::{PASSWORD, World};

#[test]
fn a_reader_logs_in_and_out_and_is_kept_from_what_is_not_theirs() {
    let world = World::start(&[]);
    let name = "a_reader_logs_in_and_out_and_is_kept_from_what_is_not_theirs";
    let Some(browser) = Browser::start(name, &world.base, Kind::default()) else { return };
    browser.open("/");
    browser.wait("the root leads to the shop", || browser.at() == "/shop");
    assert!(browser.title().contains("Sandglass"));
    browser.open("/console");
    browser.wait("a stranger is asked to log in", || browser.at().starts_with("/shop/login?next="));
    browser.log_in("jack", PASSWORD);
    browser.open("/console");
    browser.wait_for("not for you");
}

#[test]
fn a_reader_without_scripts_gets_in_too() {
    let world = World::start(&[]);
    let kind = Kind { scripts: false, language: "zh-CN", ..Kind::default() };
    let Some(browser) = Browser::start("a_reader_without_scripts_gets_in_too", &world.base, kind) else {
        return;
    };
    browser.log_in("jack", PASSWORD);
    browser.wait_for("购物车");
}
