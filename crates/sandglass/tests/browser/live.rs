//! Open pages hear of changes.

use http::Method;
use serde_json::json;

use crate::browser::{Browser, Kind};
use crate::world::{PASSWORD, STAFF_PASSWORD, World};

#[test]
fn a_page_that_is_open_shows_what_happens_elsewhere() {
    let world = World::start();
    let name = "a_page_that_is_open_shows_what_happens_elsewhere";
    let Some(browser) = Browser::start(name, &world.base, Kind::default()) else { return };
    let (jack, staff) = (world.token("jack", PASSWORD), world.token("admin", STAFF_PASSWORD));
    let order = world.order(&jack, &["100001"]);
    browser.log_in("jack", PASSWORD);
    browser.open(&format!("/shop/orders/{order}"));
    browser.wait_for("to be paid");
    assert_eq!(world.pay(&jack, &order), 200);
    world.pass_until("the page shows that it was paid elsewhere", || {
        browser.text_of("#order .badge") == "paid"
    });
    let form = json!({ "company": "沙舟快递", "number": "SZ-1", "reason": "packed" });
    world.ask(&staff, Method::POST, &format!("/staff/orders/{order}/ship"), Some(form));
    world.pass_until("the page shows the parcel", || browser.text().contains("SZ-1"));
    browser.click("aside form button");
    browser.wait_for("Thank you; enjoy it.");
    assert_eq!(world.status(&jack, &order), 4);
}
