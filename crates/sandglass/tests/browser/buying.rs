//! Buying: from a word typed to an order that ended.

use http::Method;

use crate::browser::{Browser, Kind};
use crate::world::{PASSWORD, WINDOW_MS, World};

fn start(name: &str) -> Option<(World, Browser)> {
    let world = World::start();
    let browser = Browser::start(name, &world.base, Kind::default())?;
    Some((world, browser))
}

/// The order whose page, or whose pay page, is open.
fn order_at(browser: &Browser) -> String {
    browser.at().split('/').nth(3).unwrap().split('?').next().unwrap().to_owned()
}

#[test]
fn from_search_over_cart_and_checkout_to_paid() {
    let Some((world, browser)) = start("from_search_over_cart_and_checkout_to_paid") else { return };
    browser.log_in("jack", PASSWORD);
    browser.fill("#find", "kettle");
    browser.click(".find button");
    browser.wait("the search shows things", || {
        browser.at().starts_with("/shop/search") && browser.has(".ware a")
    });
    browser.click(".ware a");
    browser.wait("the thing's page", || browser.at().starts_with("/shop/items/"));
    browser.fill("#num", "2");
    browser.click("main form button");
    browser.wait_for("It is in your cart");
    assert_eq!(browser.text_of(".menu .count"), "1");
    browser.click("a[href='/shop/cart']");
    browser.wait("the cart", || browser.at() == "/shop/cart");
    assert_eq!(browser.script("return document.querySelector('.cart-row .amount').value"), "2");
    browser.click("button[form=checkout]");
    browser.wait("the checkout", || browser.at().starts_with("/shop/checkout"));
    browser.click("main form[method=post] aside button");
    browser.wait("the pay page", || browser.at().ends_with("/pay"));
    let order = order_at(&browser);
    assert!(browser.text().contains("10:00"), "the whole time is left");

    browser.fill("#password", "wrong");
    browser.click("#pay button");
    browser.wait_for("The password is wrong; nothing was paid.");
    browser.fill("#password", PASSWORD);
    browser.click("#pay button");
    browser.wait_for("Paid. Thank you!");
    assert_eq!(browser.at(), format!("/shop/orders/{order}"));
    let jack = world.token("jack", PASSWORD);
    assert_eq!(world.status(&jack, &order), 2);
    browser.open("/shop/account");
    browser.wait_for("Payment");
}

#[test]
fn a_reload_or_another_device_shows_the_same_time_and_the_end_is_seen_as_it_comes() {
    let name = "a_reload_or_another_device_shows_the_same_time_and_the_end_is_seen_as_it_comes";
    let Some((world, browser)) = start(name) else { return };
    let jack = world.token("jack", PASSWORD);
    let order = world.order(&jack, &["100001"]);
    browser.log_in("jack", PASSWORD);
    browser.wait_for("waits for its payment");
    world.pass(4 * clock::MINUTE);
    browser.open(&format!("/shop/orders/{order}/pay"));
    browser.wait("the server says what is left", || {
        browser.text_of("[data-left]").starts_with("05:5") || browser.text_of("[data-left]") == "06:00"
    });
    world.pass(WINDOW_MS - 4 * clock::MINUTE + clock::SECOND);
    world.pass_until("the order closes", || world.status(&jack, &order) == 5);
    browser.open(&format!("/shop/orders/{order}/pay"));
    browser.wait_for("it was not paid in time");

    browser.click(".note form button");
    browser.wait_for("The same things are in your cart.");
    assert_eq!(browser.at(), "/shop/cart");
    assert!(browser.has(".cart-row"));
}

#[test]
fn two_tabs_that_pay_at_once_pay_once() {
    let Some((world, browser)) = start("two_tabs_that_pay_at_once_pay_once") else { return };
    let jack = world.token("jack", PASSWORD);
    let before = world.ask(&jack, Method::GET, "/users/me", None)["balance"].as_i64().unwrap();
    let order = world.order(&jack, &["100001"]);
    let path = format!("/shop/orders/{order}/pay");
    browser.log_in("jack", PASSWORD);
    browser.open(&path);
    browser.fill("#password", PASSWORD);
    let (first, second) = browser.new_tab();
    browser.open(&path);
    browser.fill("#password", PASSWORD);
    let press = "document.querySelector('#pay form').requestSubmit()";
    browser.script(press);
    browser.go_to_tab(&first);
    browser.script(press);
    for tab in [&first, &second] {
        browser.go_to_tab(tab);
        browser.wait("each tab ends at the paid order", || {
            browser.at() == format!("/shop/orders/{order}") && browser.text_of("#order .badge") == "paid"
        });
    }
    let me = world.ask(&jack, Method::GET, "/users/me", None);
    assert_eq!(before - me["balance"].as_i64().unwrap(), 12_900);
}

#[test]
fn while_nobody_knows_the_page_says_so_and_then_how_it_ended() {
    let Some((world, browser)) = start("while_nobody_knows_the_page_says_so_and_then_how_it_ended") else {
        return;
    };
    let jack = world.token("jack", PASSWORD);
    let order = world.order(&jack, &["100001"]);
    browser.log_in("jack", PASSWORD);
    browser.open(&format!("/shop/orders/{order}/pay"));
    browser.fill("#password", PASSWORD);
    let frozen = |on| sandglass::chaos::Positions { freeze_user: Some(on), ..Default::default() };
    world.shop.switches.set(frozen(true));
    browser.script("document.querySelector('#pay form').requestSubmit()");
    browser.wait_for("Checking your payment");
    assert!(!browser.text().to_lowercase().contains("fail"));
    world.shop.switches.set(frozen(false));
    // The attempt is settled at the wallet; whether it was debited or voided, the buyer is told and can go on.
    world.pass_until("the attempt is decided", || {
        let answer = world.ask(&jack, Method::GET, &format!("/pay-orders/biz/{order}"), None);
        answer["expandJson"].is_null()
    });
    browser.wait("the page follows by itself", || !browser.text().contains("Checking your payment"));
}

#[test]
fn a_balance_that_is_too_low_is_said_before_and_after_pressing() {
    let Some((world, browser)) = start("a_balance_that_is_too_low_is_said_before_and_after_pressing") else {
        return;
    };
    browser.open("/shop/register");
    browser.fill("#username", "newcomer");
    browser.fill("#password", "a long secret");
    browser.click("main form button");
    browser.wait("the newcomer is in", || browser.at() == "/shop");
    browser.open("/shop/items/100001");
    browser.click(".item-page a.btn");
    browser.wait_for("There is no address yet");
    browser.click("fieldset a");
    for (field, text) in [
        ("contact", "新人"),
        ("mobile", "13800000000"),
        ("province", "浙江"),
        ("city", "杭州"),
        ("street", "沙街 1 号"),
    ] {
        browser.fill(&format!("#{field}"), text);
    }
    browser.click("main form[method=post] button");
    browser.wait("back at the checkout", || browser.at().starts_with("/shop/checkout"));
    browser.click("main form[method=post] aside button");
    browser.wait_for("Your balance is too low");
    browser.fill("#password", "a long secret");
    browser.click("#pay button");
    browser.wait_for("The balance is too low; nothing was paid.");
    let token = world.token("newcomer", "a long secret");
    assert_eq!(world.status(&token, &order_at(&browser)), 1);
}
