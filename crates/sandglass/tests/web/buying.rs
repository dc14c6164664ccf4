//! What is sent twice, or by somebody else, or while a part of the shop does not answer.

use http::StatusCode;
use sandglass::chaos::Positions;
use serde_json::Value;

use crate::reader::{Reader, Seen};
use crate::world::{PASSWORD, World};

/// The checkout's fields, as they stand on the page.
async fn checkout(reader: &mut Reader) -> (Seen, String, String) {
    let form = reader.look("/shop/checkout?line=100001:2").await.ok();
    let (key, address) = (form.field("once"), form.field("address"));
    (form, key, address)
}

async fn order(reader: &mut Reader) -> String {
    let (form, key, address) = checkout(reader).await;
    let fields = [("once", key.as_str()), ("line", "100001:2"), ("address", &address)];
    let seen = reader.submit(&form, "/shop/checkout", &fields).await;
    seen.location().split('/').nth(3).unwrap_or_else(|| panic!("{}", seen.text)).to_owned()
}

async fn orders(reader: &mut Reader) -> usize {
    reader.look("/shop/orders").await.ok().text.matches("<article").count()
}

async fn json(reader: &mut Reader, path: &str) -> Value {
    let token = reader.cookies["sandglass_session"].clone();
    reader.headers.push(("authorization", token));
    let seen = reader.look(path).await.ok();
    reader.headers.pop();
    serde_json::from_str(&seen.text).unwrap()
}

#[tokio::test]
async fn a_checkout_that_is_sent_again_is_one_order() {
    let world = World::start().await;
    let mut jack = world.logged_in("jack").await;
    let (form, key, address) = checkout(&mut jack).await;
    let fields = [("once", key.as_str()), ("line", "100001:2"), ("address", &address)];
    let first = jack.submit(&form, "/shop/checkout", &fields).await.location().to_owned();
    assert!(first.ends_with("/pay"), "{first}");
    assert_eq!(jack.submit(&form, "/shop/checkout", &fields).await.location(), first);
    assert_eq!(orders(&mut jack).await, 1);
    // The same form with something else in it is no order at all.
    let other = [("once", key.as_str()), ("line", "100001:3"), ("address", &address)];
    let refused = jack.submit(&form, "/shop/checkout", &other).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_ne!(refused.field("once"), key, "a fresh form to go on with");
    assert_eq!(orders(&mut jack).await, 1);
}

#[tokio::test]
async fn a_payment_that_is_sent_again_takes_nothing_more() {
    let world = World::start().await;
    let mut jack = world.logged_in("jack").await;
    let before = json(&mut jack, "/users/me").await["balance"].as_i64().unwrap();
    let id = order(&mut jack).await;
    let path = format!("/shop/orders/{id}/pay");
    let form = jack.look(&path).await.ok();
    let fields = [("once", form.field("once")), ("password", PASSWORD.to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    for _ in 0..3 {
        let seen = jack.submit(&form, &path, &fields).await;
        assert_eq!(seen.location(), format!("/shop/orders/{id}"));
    }
    assert!(jack.look(&format!("/shop/orders/{id}")).await.ok().shows("nothing was taken twice"));
    let after = json(&mut jack, "/users/me").await["balance"].as_i64().unwrap();
    assert_eq!(before - after, 25_800);
    assert_eq!(jack.look(&path).await.location(), format!("/shop/orders/{id}"), "there is no form any more");
}

#[tokio::test]
async fn a_wrong_password_is_said_on_the_form_and_the_form_can_be_sent_again() {
    let world = World::start().await;
    let mut jack = world.logged_in("jack").await;
    let path = format!("/shop/orders/{}/pay", order(&mut jack).await);
    let form = jack.look(&path).await.ok();
    let old = form.field("once");
    let wrong = jack.submit(&form, &path, &[("once", &old), ("password", "no")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.shows("The password is wrong; nothing was paid."));
    // Whoever goes back and sends the old form has the right one in a form that was used up.
    let back = jack.submit(&form, &path, &[("once", &old), ("password", PASSWORD)]).await;
    assert!(back.shows("Please press once more.") && back.field("once") != old);
    let paid = jack.submit(&back, &path, &[("once", &back.field("once")), ("password", PASSWORD)]).await;
    assert_eq!(paid.status, StatusCode::SEE_OTHER);
    assert!(jack.open(paid.location()).await.ok().shows("Paid. Thank you!"));
}

#[tokio::test]
async fn while_the_outcome_is_not_known_nothing_is_called_failed() {
    let world = World::start().await;
    let mut jack = world.logged_in("jack").await;
    let path = format!("/shop/orders/{}/pay", order(&mut jack).await);
    let form = jack.look(&path).await.ok();
    for frozen in [
        Positions { freeze_user: Some(true), ..Positions::OFF },
        Positions { freeze_pay: Some(true), ..Positions::OFF },
    ] {
        world.shop.switches.set(frozen);
        let seen = jack.submit(&form, &path, &[("once", &form.field("once")), ("password", PASSWORD)]).await;
        assert_eq!(seen.location(), format!("{path}?checking=1"), "{frozen:?}: {}", seen.text);
        let checking = jack.look(&format!("{path}?checking=1")).await.ok();
        assert!(
            checking.shows("Checking your payment") && checking.shows("http-equiv=\"refresh\""),
            "{frozen:?}"
        );
        world.shop.switches.set(Positions::OFF);
    }
}

#[tokio::test]
async fn an_order_that_has_not_heard_of_its_payment_does_not_ask_for_it_again() {
    let world = World::start().await;
    let mut jack = world.logged_in("jack").await;
    let path = format!("/shop/orders/{}", order(&mut jack).await);
    let form = jack.look(&format!("{path}/pay")).await.ok();
    let fields = [("once", form.field("once")), ("password", PASSWORD.to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    world.shop.switches.set(Positions { freeze_user: Some(true), ..Positions::OFF });
    jack.submit(&form, &format!("{path}/pay"), &fields).await;
    let seen = jack.look(&path).await.ok();
    assert!(seen.shows("payment being checked") && !seen.shows("Pay now"), "{}", seen.text);
    world.shop.switches.set(Positions::OFF);

    let path = format!("/shop/orders/{}", order(&mut jack).await);
    let form = jack.look(&format!("{path}/pay")).await.ok();
    let fields = [("once", form.field("once")), ("password", PASSWORD.to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    world.shop.switches.set(Positions { lose_pay_success: Some(true), ..Positions::OFF });
    jack.submit(&form, &format!("{path}/pay"), &fields).await;
    let seen = jack.look(&path).await.ok();
    assert!(seen.shows("paid, being confirmed") && !seen.shows("Pay now"), "{}", seen.text);
    assert!(seen.shows("data-poll-ms") && seen.shows("http-equiv=\"refresh\""), "it looks again by itself");
}

#[tokio::test]
async fn an_order_that_is_not_answered_goes_on_with_the_same_form() {
    let world = World::start().await;
    let mut jack = world.logged_in("jack").await;
    let (form, key, address) = checkout(&mut jack).await;
    let fields = [("once", key.as_str()), ("line", "100001:2"), ("address", &address)];
    world.shop.switches.set(Positions { freeze_user: Some(true), ..Positions::OFF });
    let silent = jack.submit(&form, "/shop/checkout", &fields).await;
    assert_eq!(silent.status, StatusCode::SERVICE_UNAVAILABLE, "{}", silent.text);
    world.shop.switches.set(Positions::OFF);
    let seen = jack.submit(&form, "/shop/checkout", &fields).await;
    assert!(seen.location().ends_with("/pay"));
    assert_eq!(orders(&mut jack).await, 1);
}

#[tokio::test]
async fn other_peoples_orders_and_addresses_do_not_exist() {
    let world = World::start().await;
    let (mut jack, mut rose) = (world.logged_in("jack").await, world.logged_in("rose").await);
    let id = order(&mut jack).await;
    let home = rose.look("/shop").await.ok();
    for path in ["", "/pay"] {
        let seen = rose.look(&format!("/shop/orders/{id}{path}")).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["pay", "cancel", "receive", "review", "again"] {
        let fields = [("once", "k"), ("password", PASSWORD)];
        let seen = rose.submit(&home, &format!("/shop/orders/{id}/{path}"), &fields).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(rose.look(&format!("/shop/live?orders={id}")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(rose.look("/shop/account/addresses/61").await.status, StatusCode::NOT_FOUND);
    let stranger = world.reader().look(&format!("/shop/orders/{id}")).await;
    assert!(stranger.location().starts_with("/shop/login?next="));
    for rubbish in ["0x1", "1%2F..%2Fstaff", "-1", "99999999999999999999999"] {
        let seen = jack.look(&format!("/shop/orders/{rubbish}")).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{rubbish}");
    }
}

#[tokio::test]
async fn a_form_outlives_the_renewal_of_the_login_it_was_rendered_for() {
    let world = World::start().await;
    let mut jack = world.logged_in("jack").await;
    let form = jack.look("/shop/items/100001").await.ok();
    world.clock.advance(16 * clock::MINUTE);
    jack.look("/shop").await.ok();
    let fields = [("item", "100001"), ("num", "1"), ("once", "k1"), ("back", "/shop/items/100001")];
    let seen = jack.submit(&form, "/shop/cart/add", &fields).await;
    assert_eq!(seen.location(), "/shop/items/100001");
    world.clock.advance(31 * clock::MINUTE);
    let late = jack.submit(&form, "/shop/cart/add", &fields).await;
    assert!(late.location().starts_with("/shop/login"), "a login that ran out is no forged form");
}
