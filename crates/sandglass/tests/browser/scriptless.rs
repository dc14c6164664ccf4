//! The buying path without scripts.

use crate::browser::{Browser, Kind};
use crate::world::{PASSWORD, World};

#[test]
fn everything_can_be_bought_without_scripts() {
    let world = World::start();
    let kind = Kind { scripts: false, ..Kind::default() };
    let Some(browser) = Browser::start("everything_can_be_bought_without_scripts", &world.base, kind) else {
        return;
    };
    browser.open("/shop");
    browser.fill("#find", "lamp");
    browser.click(".find button");
    browser.wait("the search shows things", || browser.has(".ware a"));
    browser.click(".ware a");
    browser.click("main form button");
    browser.wait("a stranger is asked to log in", || browser.at().starts_with("/shop/login"));
    let next = browser.at();
    assert!(next.contains("items"), "and led back to the thing: {next}");
    browser.fill("#username", "rose");
    browser.fill("#password", PASSWORD);
    browser.click("main form button");
    browser.wait("back at the thing", || browser.at().starts_with("/shop/items/"));
    browser.click("main form button");
    browser.wait_for("It is in your cart");
    browser.open("/shop/cart");
    browser.fill(".cart-row .amount", "3");
    browser.click("[data-no-js]");
    browser.wait_for("The number is changed.");
    browser.click("button[form=checkout]");
    browser.wait("the checkout", || browser.at().starts_with("/shop/checkout"));
    browser.click("main form[method=post] aside button");
    browser.wait("the pay page", || browser.at().ends_with("/pay"));
    assert!(browser.text().contains("10:00"));
    browser.fill("#password", PASSWORD);
    browser.click("#pay button");
    browser.wait_for("Paid. Thank you!");
    browser.click("button[value=dark]");
    browser.click("button[value='zh-CN']");
    browser.wait_for("已付款");
    browser.open("/shop/account");
    browser.click("main form button");
    browser.wait_for("您已退出登录");
}
