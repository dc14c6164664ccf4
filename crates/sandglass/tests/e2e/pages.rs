//! The pages as processes of their own, which reach the shop over the network. Each request goes to another one of
//! them, as behind a proxy, so none may keep anything that the next request needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::header::COOKIE;
use http::uri::Uri;
use http::{Method, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;

use crate::reader::Reader;
use crate::world::{PAID, PASSWORD, PRICE, Person, World, told};

/// How long a page that is open may wait to hear of a change: far longer than the second it takes in good weather.
const HEARD_WITHIN: Duration = Duration::from_secs(30);

/// Where the pages are, for the test called `name`; none where they are in the shop's own process.
#[expect(clippy::print_stdout, reason = "this is how a test says that it did not run")]
fn processes(name: &str) -> Option<Vec<String>> {
    let pages = told::pages();
    if pages.is_empty() {
        println!("skipped: {name}: there are no processes of pages");
    }
    (!pages.is_empty()).then_some(pages)
}

type Http = Client<HttpConnector, Body>;

/// A door behind which the processes take turns.
fn taking_turns(pages: Vec<String>) -> Router {
    let http: Http = Client::builder(TokioExecutor::new()).build_http();
    let (pages, turn) = (Arc::new(pages), Arc::new(AtomicUsize::new(0)));
    Router::new().fallback(move |mut request: Request| {
        let (http, next) = (http.clone(), turn.fetch_add(1, Ordering::Relaxed) % pages.len());
        let target = format!("{}{}", pages[next], request.uri().path_and_query().unwrap());
        *request.uri_mut() = target.parse::<Uri>().unwrap();
        async move { Response::from(http.request(request).await.unwrap().map(Body::new)) }
    })
}

async fn logged_in(door: &Router, person: &Person) -> Reader {
    let mut reader = Reader::new(door.clone());
    reader.log_in(&person.name, PASSWORD).await;
    reader
}

/// An address of theirs, as its id.
async fn address(person: &Person) -> String {
    let form = json!({
        "province": "Zhejiang", "city": "Hangzhou", "town": "Xihu", "street": "1 Test Street",
        "mobile": "13900000000", "contact": "Tester", "isDefault": true, "notes": "",
    });
    assert_eq!(person.call(Method::POST, "/addresses", None, Some(form)).await.0, StatusCode::OK);
    person.look("/addresses").await[0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_shown_by_processes_that_know_the_shop_by_its_gateway() {
    let Some(pages) = processes("every_page_is_shown_by_processes_that_know_the_shop_by_its_gateway") else {
        return;
    };
    let world = World::start(10).await;
    let (buyer, staff) = (world.buyer("reader", PRICE).await, world.staff().await);
    let (address, order) = (address(&buyer).await, buyer.must_order().await);
    let door = taking_turns(pages);
    let (mut theirs, mut chiefs) = (logged_in(&door, &buyer).await, logged_in(&door, &staff).await);
    let mut stranger = Reader::new(door);
    for page in web::page_paths() {
        let id = match page.split('/').nth_back(usize::from(page.ends_with("/pay")) + 1) {
            Some("items") => &buyer.item,
            Some("addresses") => &address,
            _ => &order,
        };
        let query = if page == "/shop/checkout" { format!("?line={}:1", buyer.item) } else { String::new() };
        let path = page.replace("{id}", id) + &query;
        let reader = match page.as_str() {
            "/shop/login" | "/shop/register" => &mut stranger,
            page if page.starts_with("/console") => &mut chiefs,
            _ => &mut theirs,
        };
        let seen = reader.look(&path).await;
        assert_eq!(seen.status, StatusCode::OK, "{path}: {}", seen.text);
        assert!(!seen.shows("No answer from"), "{path}: {}", seen.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_one_process_are_taken_by_another_and_an_open_page_hears_what_happened_there() {
    let name = "forms_of_one_process_are_taken_by_another_and_an_open_page_hears_what_happened_there";
    let Some(pages) = processes(name) else { return };
    let world = World::start(10).await;
    let buyer = world.buyer("payer", 2 * PRICE).await;
    let (address, order) = (address(&buyer).await, buyer.must_order().await);
    let mut reader = logged_in(&taking_turns(pages.clone()), &buyer).await;

    let form = reader.look(&format!("/shop/checkout?line={}:1", buyer.item)).await.ok();
    let (once, line) = (form.field("once"), format!("{}:1", buyer.item));
    let fields = [("once", once.as_str()), ("line", &line), ("address", &address)];
    let placed = reader.submit(&form, "/shop/checkout", &fields).await.location().to_owned();
    assert!(placed.ends_with("/pay"), "{placed}");
    assert_eq!(reader.submit(&form, "/shop/checkout", &fields).await.location(), placed, "it is one order");

    let mut view = View::open(&pages[0], &reader, &order).await;
    let shown = view.next().await;
    assert!(shown.contains(&order), "how it stands: {shown}");
    let path = format!("/shop/orders/{order}/pay");
    let form = reader.look(&path).await.ok();
    let fields = [("once", form.field("once")), ("password", PASSWORD.to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(reader.submit(&form, &path, &fields).await.location(), format!("/shop/orders/{order}"));
    world.within(world.check_ms(), "it is paid", async || buyer.status_of(&order).await == PAID).await;
    view.until_other_than(&shown).await;
    assert!(reader.open(&format!("/shop/orders/{order}")).await.ok().shows("Paid"));
    assert_eq!(buyer.balance().await, PRICE, "paid once");
}

/// The stream of an open page.
struct View(Body);

impl View {
    async fn open(pages: &str, reader: &Reader, order: &str) -> Self {
        let http: Http = Client::builder(TokioExecutor::new()).build_http();
        let cookie = format!("sandglass_session={}", reader.cookies["sandglass_session"]);
        let request =
            Request::builder().uri(format!("{pages}/shop/live?orders={order}")).header(COOKIE, cookie);
        let response = http.request(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        Self(Body::new(response.into_body()))
    }

    /// The next thing it says.
    async fn next(&mut self) -> String {
        let frame = tokio::time::timeout(HEARD_WITHIN, self.0.frame()).await.expect("nothing was heard");
        String::from_utf8(frame.unwrap().unwrap().into_data().unwrap().to_vec()).unwrap()
    }

    /// Listens until the order stands otherwise than `shown`.
    async fn until_other_than(&mut self, shown: &str) {
        let data = |text: &str| text.lines().find(|line| line.starts_with("data:")).map(str::to_owned);
        loop {
            let said = self.next().await;
            if data(&said).is_some_and(|said| Some(said) != data(shown)) {
                return;
            }
        }
    }
}
