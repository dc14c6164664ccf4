//! The console as staff without scripts see it: who may, what is shown, what is done and written down.

use std::io::Cursor;
use std::sync::Arc;

use edge::Role;
use http::StatusCode;
use item::import::{Format, Options};
use sandglass::ops::operator::InProcess;
use sandglass::ops::{Ops, routes};
use serde_json::json;

use crate::escaping::{HOSTILE, is_harmless};
use crate::reader::{Reader, Seen};
use crate::world::World;

/// Views of pages beside the pages themselves.
const VIEWS: [&str; 3] =
    ["/console/attention?kind=drift", "/console/records?book=stock", "/console/records?book=people"];

/// Every page that is looked at; that of an order needs one, and is another test's.
fn pages() -> Vec<String> {
    let pages =
        web::page_paths().into_iter().filter(|path| path.starts_with("/console") && !path.contains("{id}"));
    pages.chain(VIEWS.map(str::to_owned)).collect()
}

/// Every place that takes a form.
fn forms() -> Vec<String> {
    web::form_paths().into_iter().filter(|path| path.starts_with("/console")).collect()
}

pub(crate) async fn open() -> World {
    let world = World::start().await;
    let router = routes(Ops::new(world.shop.clone(), "token".into()).unwrap());
    world.shop.web.as_ref().unwrap().connect(Arc::new(InProcess::new(router, "token".into())));
    world.hire("chief", Role::Staff).await;
    world.hire("clerk", Role::StaffRead).await;
    world
}

/// Places an order as the demo user from the chaos page; answers its id.
async fn demo_order(chief: &mut Reader, set: &str) -> String {
    let page = chief.look("/console/chaos").await.ok();
    let done = chief.submit(&page, "/console/chaos", &[("set", set)]).await;
    assert_eq!(done.location(), "/console/chaos");
    let page = chief.open("/console/chaos").await.ok();
    let at =
        page.text.find("/console/orders/").unwrap_or_else(|| panic!("nothing was placed: {}", page.text));
    page.text[at + "/console/orders/".len()..].chars().take_while(char::is_ascii_digit).collect()
}

/// Sends a form, and the one that asks once more.
async fn confirmed(chief: &mut Reader, on: &Seen, fields: &[(&str, &str)]) -> Seen {
    let asked = chief.submit(on, "/console/do", fields).await.ok();
    assert!(asked.shows("Please confirm"), "{}", asked.text);
    let (key, yes) = (asked.field("key"), asked.field("confirmed"));
    let again: Vec<(&str, &str)> =
        fields.iter().copied().chain([("key", key.as_str()), ("confirmed", yes.as_str())]).collect();
    let done = chief.submit(&asked, "/console/do", &again).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    chief.open(done.location()).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_see_every_page_in_both_languages_and_buyers_none() {
    let world = open().await;
    let (mut chief, mut clerk) = (world.logged_in("chief").await, world.logged_in("clerk").await);
    let (mut jack, mut stranger) = (world.logged_in("jack").await, world.reader());
    for path in &pages() {
        let seen = chief.look(path).await.ok();
        assert!(seen.shows("c-nav") && seen.shows("console.css"), "{path}");
        let read = clerk.look(path).await.ok();
        assert!(read.shows("You may look, but change nothing."), "{path}");
        assert!(!read.shows("action=\"/console/do\"") && !read.shows("action=\"/console/import\""), "{path}");
        assert_eq!(jack.look(path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert!(stranger.look(path).await.location().starts_with("/shop/login?next="), "{path}");
        chief.language = "zh-CN";
        assert!(chief.look(path).await.ok().shows("运维台"), "{path}");
        chief.language = "en";
    }
    assert_eq!(chief.look("/console/orders/77").await.status, StatusCode::NOT_FOUND);
    assert_eq!(chief.look("/console/orders/x").await.status, StatusCode::NOT_FOUND);
    assert_eq!(chief.look("/console/stock?item=77").await.status, StatusCode::NOT_FOUND);
    assert_eq!(chief.look("/console/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(jack.look("/console/live/health").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_only_look_changes_nothing_and_a_form_needs_its_mark() {
    let world = open().await;
    let (mut chief, mut clerk) = (world.logged_in("chief").await, world.logged_in("clerk").await);
    let mut jack = world.logged_in("jack").await;
    let on = clerk.look("/console").await.ok();
    let his = jack.look("/shop").await.ok();
    let fields = [("deed", "audit.run"), ("process", "shop"), ("set", "freezePay=on"), ("text", "{}")];
    for path in &forms() {
        assert_eq!(clerk.submit(&on, path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(jack.submit(&his, path, &fields).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(chief.post(path, &fields).await.status, StatusCode::FORBIDDEN, "{path} without a mark");
    }
    assert_eq!(world.shop.switches.positions().freeze_pay, Some(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_told_from_all_services_and_what_staff_do_is_asked_once_more_and_written_down() {
    let world = open().await;
    let mut chief = world.logged_in("chief").await;
    let order = demo_order(&mut chief, "pay=1").await;
    let path = format!("/console/orders/{order}");
    let mut page = chief.look(&path).await.ok();
    for _ in 0..200 {
        if page.shows("stock settled") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        page = chief.look(&path).await.ok();
    }
    for told in [
        "stock held",
        "pay order opened",
        "attempt succeeded",
        "wallet debited",
        "sold",
        "stock settled",
        "pay.success",
    ] {
        assert!(page.shows(told), "{told} is missing: {}", page.text);
    }
    assert!(page.shows(r#"class="place here""#) && page.shows("Nothing more happens by itself."));
    let refund = [
        ("deed", "order.refund"),
        ("id", order.as_str()),
        ("reason", "no <b>cups</b>"),
        ("back", path.as_str()),
    ];
    let asked = chief.submit(&page, "/console/do", &refund).await.ok();
    assert!(asked.shows("This cannot be taken back.") && !asked.shows("<b>cups"), "{}", asked.text);
    let seen = confirmed(&mut chief, &page, &refund).await;
    assert!(seen.shows(&format!("Refund order {order}. Done.")) && !seen.shows("<b>cups"), "{}", seen.text);
    assert!(seen.shows("refund asked") && seen.shows("money returned"), "{}", seen.text);
    let records = chief.look("/console/records").await.ok();
    assert!(
        records.shows(&order) && records.shows("no &#60;b&#62;cups") || records.shows("no &lt;b&gt;cups")
    );
    let bad = [("deed", "order.refund"), ("id", order.as_str()), ("reason", ""), ("back", "//evil.example")];
    let refused = chief.submit(&page, "/console/do", &bad).await;
    assert_eq!(refused.location(), "/console", "nobody is led elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_strangers_wrote_is_never_markup() {
    let world = open().await;
    let mut chief = world.logged_in("chief").await;
    let row = json!({
        "id": "7", "name": HOSTILE, "price": 100, "stock": 5, "image": HOSTILE, "category": HOSTILE,
        "brand": HOSTILE, "status": 1,
    });
    let options = Options { format: Format::JsonLines, set_stock: false, skip_bad: false };
    world.shop.items().unwrap().import(Cursor::new(format!("{row}\n")), options, &mut |_| {}).await.unwrap();
    bury(&world).await;
    let encoded: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    let paths = [
        "/console/stock?item=7".to_owned(),
        "/console/catalogue?key=7".into(),
        "/console/messages".into(),
        "/console/attention".into(),
        "/console/records?book=people".into(),
        format!("/console/messages?process={encoded}&service={encoded}"),
        format!("/console/catalogue?key={encoded}"),
        format!("/console/people?key={encoded}"),
        format!("/console/stock?key={encoded}&after={encoded}"),
        format!("/console/orders?status={encoded}&user={encoded}&page={encoded}"),
        format!("/console/records?book={encoded}&before={encoded}"),
        format!("/console/attention?kind={encoded}"),
    ];
    let page = chief.look("/console").await.ok();
    let note = [("deed", "pump.pause"), ("process", "shop"), ("service", "pay"), ("reason", HOSTILE)];
    confirmed(&mut chief, &page, &note).await;
    for path in paths {
        let seen = chief.look(&path).await;
        assert!(is_harmless(&seen.text), "{path}: {}", seen.text);
    }
    let pasted = chief.look("/console/catalogue").await.ok();
    let seen = chief.submit(&pasted, "/console/import", &[("text", HOSTILE), ("format", "jsonl")]).await.ok();
    assert!(is_harmless(&seen.text) && seen.shows("Nothing was written."), "{}", seen.text);
}

/// A dead letter with hostile words.
async fn bury(world: &World) {
    let db = world.shop.embedded().unwrap();
    db.write(|tx| {
        let sql = "INSERT INTO trade_dead (due, topic, subject, attempts, rejects, created, body, trace, died, error)
                   VALUES (1, 3, 77, 4, 4, 1, ?1, '', 2, ?2)";
        tx.execute(sql, (HOSTILE.as_bytes(), HOSTILE))?;
        Ok(())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_counted_listed_and_dropped_with_a_reason() {
    let world = open().await;
    let mut chief = world.logged_in("chief").await;
    bury(&world).await;
    world.clock.advance(2_000);
    let health = chief.look("/console").await.ok();
    assert!(
        health.shows("Something needs a look") && health.shows("/console/messages#dead"),
        "{}",
        health.text
    );
    assert!(chief.look("/console/attention?kind=dead").await.ok().shows("trade 1"));
    let page = chief.look("/console/messages").await.ok();
    let drop = [
        ("deed", "dead.drop"),
        ("process", "shop"),
        ("service", "trade"),
        ("id", "1"),
        ("reason", "a stranger's"),
        ("back", "/console/messages"),
    ];
    let seen = confirmed(&mut chief, &page, &drop).await;
    assert!(seen.shows("Drop dead letter trade 1. Done.") && !seen.shows("c-dead\""), "{}", seen.text);
    let records = chief.look("/console/records?book=people").await.ok();
    assert!(records.shows("dead.drop trade 1"), "{}", records.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_imported_with_the_command_lines_errors() {
    let world = open().await;
    let mut chief = world.logged_in("chief").await;
    let page = chief.look("/console/catalogue").await.ok();
    let row =
        |id: &str, price: i64| json!({ "id": id, "name": "cup", "price": price, "stock": 3 }).to_string();
    let text = format!("{}\n{}\n", row("501", 5), row("502", -5));
    let seen = chief.submit(&page, "/console/import", &[("text", &text), ("format", "jsonl")]).await.ok();
    assert!(seen.shows("line 2: ") && seen.shows("1 bad rows. Nothing was written."), "{}", seen.text);
    let fields = [("text", text.as_str()), ("format", "jsonl"), ("skipBad", "true")];
    let seen = chief.submit(&page, "/console/import", &fields).await.ok();
    assert!(seen.shows("1 added"), "{}", seen.text);
    assert!(chief.look("/console/stock?item=501").await.ok().shows("counters equal the ledger"));
}
