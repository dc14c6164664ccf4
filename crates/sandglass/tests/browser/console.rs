//! The console in a browser: an order watched live, a dead letter sent again, a switch flipped and an order that heals.

use serde_json::json;

use crate::browser::{Browser, Kind};
use crate::world::{PASSWORD, STAFF_PASSWORD, World};

fn open(name: &str, kind: Kind) -> Option<(World, Browser)> {
    let world = World::start();
    let browser = Browser::start(name, &world.base, kind)?;
    browser.log_in("admin", STAFF_PASSWORD);
    Some((world, browser))
}

/// Opens the order that was placed last.
fn watched(browser: &Browser) -> String {
    browser.wait("an order is watched", || browser.has(".c-watch a"));
    browser.text_of(".c-watch a")
}

#[test]
fn without_its_notice_a_paid_order_turns_paid_by_the_delayed_check_while_one_looks() {
    let name = "without_its_notice_a_paid_order_turns_paid_by_the_delayed_check_while_one_looks";
    let Some((world, browser)) = open(name, Kind::default()) else { return };
    browser.open("/console/chaos");
    browser.click("button[value='losePaySuccess=on']");
    browser.wait("the switch is on", || browser.has(".c-switch.on button[value='losePaySuccess=off']"));
    browser.click("button[value='pay=1']");
    let order = watched(&browser);
    browser.open(&format!("/console/orders/{order}"));
    browser.wait_for("attempt succeeded");
    assert_eq!(browser.text_of(".c-states .here"), "Unpaid", "nobody told the order yet");
    assert!(browser.text().contains("What happens next"));
    // The check comes ten seconds after the payment was applied for; the page is not loaded anew.
    browser.script("window.stayed = true");
    world.clock.advance(11_000);
    browser.wait("the order turns paid", || browser.text_of(".c-states .here") == "Paid");
    browser.wait_for("stock settled");
    browser.wait("what can be done follows", || browser.has("#c-acts input[value='order.refund']"));
    assert_eq!(browser.script("return window.stayed"), true);
    assert!(browser.text().contains("timer"), "{}", browser.text());
    browser.open("/console/chaos");
    browser.click("button[value='all=off']");
    browser.wait("it is off", || browser.has("button[value='losePaySuccess=on']"));
}

#[test]
fn a_dead_letter_is_sent_again_by_keyboard_after_a_second_confirmation() {
    let name = "a_dead_letter_is_sent_again_by_keyboard_after_a_second_confirmation";
    let Some((world, browser)) = open(name, Kind::default()) else { return };
    let db = world.shop.embedded().unwrap().clone();
    world.runtime.block_on(async move {
        let sql = "INSERT INTO trade_dead (due, topic, subject, attempts, rejects, created, body, trace, died, error)
                   VALUES (1, 3, 77, 4, 4, 1, x'', '', 2, 'its row contradicts it')";
        db.write(move |tx| Ok(tx.execute(sql, [])?)).await.unwrap();
    });
    world.clock.advance(2_000);
    browser.open("/console");
    browser.wait_for("Something needs a look");
    browser.click(".c-findings a[href='/console/messages#dead']");
    browser.wait_for("its row contradicts it");
    browser.fill(".c-dead form:first-of-type input[name='reason']", "the cause is gone");
    browser.script("document.querySelector('.c-dead form button').focus(); document.activeElement.click()");
    browser.wait_for("Please confirm");
    assert_eq!(browser.script("return document.activeElement.textContent"), "Yes, do it", "one key suffices");
    browser.script("document.activeElement.click()");
    browser.wait_for("Replay dead letter trade 1. Done.");
    browser.wait("it is gone", || !browser.has(".c-dead"));
    browser.open("/console/records?book=people");
    browser.wait_for("the cause is gone");
}

#[test]
fn buyers_are_kept_out_and_every_page_fits_a_phone_in_both_themes() {
    let name = "buyers_are_kept_out_and_every_page_fits_a_phone_in_both_themes";
    let kind = Kind { size: (390, 800), ..Kind::default() };
    let Some((_world, browser)) = open(name, kind) else { return };
    browser.open("/console/chaos");
    browser.click("button[value='order=1']");
    let order = watched(&browser);
    let order = format!("/orders/{order}");
    let pages = [
        "",
        "/attention",
        "/orders",
        &order,
        "/deadlines",
        "/stock",
        "/messages",
        "/catalogue",
        "/people",
        "/records",
        "/chaos",
    ];
    for theme in ["light", "dark"] {
        browser.script(&format!("document.cookie = 'theme={theme};path=/'"));
        for page in pages {
            browser.open(&format!("/console{page}"));
            let wide = browser.script("return document.documentElement.scrollWidth - innerWidth");
            assert!(wide.as_i64().unwrap() <= 0, "/console{page} is {wide} too wide");
            assert_eq!(browser.script("return document.documentElement.dataset.theme"), theme);
        }
    }
    browser.chrome("Network.clearBrowserCookies", &json!({}));
    browser.log_in("jack", PASSWORD);
    browser.open("/console");
    browser.wait_for("not for you");
}
