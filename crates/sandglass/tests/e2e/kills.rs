//! Killed in the middle of a crowd, round after round: whatever was acknowledged is there, and is there once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Method, StatusCode};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::kill::{A_PROCESS_OF_ITS_OWN, Up};
use crate::world::told::{program, skipped_on_a_cluster};
use crate::world::{Door, PAID, PASSWORD, PRICE, Person, until};

/// After how many acknowledgements each round ends.
const ROUNDS: [usize; 4] = [40, 150, 300, 500];
const BUYERS: usize = 8;
/// How many of staff change stock, and as many put money into wallets.
const STAFF: usize = 2;
/// Rows of a page, at most.
const PAGE: usize = 200;

/// A write that was acknowledged, with all that is needed to ask for it again.
#[derive(Clone)]
struct Acknowledged {
    by: usize,
    key: String,
    what: What,
    answer: Value,
}

#[derive(Clone)]
enum What {
    Order,
    Payment { order: String, pay_order: String },
    Stock,
    Credit,
}

/// Everything that was acknowledged, in all rounds.
#[derive(Default)]
struct Book {
    count: AtomicUsize,
    entries: Mutex<Vec<Acknowledged>>,
}

impl Book {
    fn note(&self, by: usize, key: &str, what: What, answer: Value) {
        self.entries.lock().push(Acknowledged { by, key: key.to_owned(), what, answer });
        self.count.fetch_add(1, Ordering::SeqCst);
    }
}

/// The shop in one of its lives, and everybody in it.
struct Life {
    up: Up,
    staff: Person,
    buyers: Vec<Person>,
    /// What is bought, and what only staff change.
    items: [String; 2],
}

impl Life {
    async fn first(data: &std::path::Path) -> (Self, String) {
        let up = Up::start(data);
        let password = up.staff_password.clone();
        let door = Door::at(&up.url);
        let staff = Person::login(door.clone(), "admin", &password, "").await;
        let items = [item(&staff, "bought").await, item(&staff, "counted").await];
        let mut buyers = Vec::new();
        for number in 0..BUYERS {
            buyers.push(Person::register(door.clone(), &format!("buyer-{number}"), &items[0]).await);
        }
        for buyer in &buyers {
            let form = json!({ "amount": 1_000 * PRICE, "reason": "to spend" });
            let path = format!("/users/{}/credit", buyer.id.0);
            assert!(staff.try_post(&path, &format!("first-{}", buyer.name), form).await.is_some());
        }
        (Self { up, staff, buyers, items }, password)
    }

    /// The next life of the same data.
    async fn next(data: &std::path::Path, password: &str, before: &[Person], items: [String; 2]) -> Self {
        let up = Up::start(data);
        let door = Door::at(&up.url);
        let staff = Person::login(door.clone(), "admin", password, "").await;
        let mut buyers = Vec::new();
        for buyer in before {
            buyers.push(Person::login(door.clone(), &buyer.name, PASSWORD, &items[0]).await);
        }
        Self { up, staff, buyers, items }
    }
}

async fn item(staff: &Person, name: &str) -> String {
    let form = json!({ "name": name, "price": PRICE, "stock": 100_000, "category": "c", "brand": "b" });
    let id = staff.try_post("/items", name, form).await.unwrap().as_str().unwrap().to_owned();
    let (status, said) = staff.call(Method::PUT, &format!("/items/status/{id}/1"), None, None).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    id
}

/// Places orders and pays every second one, until nobody answers any more.
async fn buys(buyer: Person, by: usize, round: usize, book: Arc<Book>) {
    for number in 0_u32.. {
        let key = format!("{round}-{number}");
        let form = order_form(&buyer.item);
        let Some(order) = buyer.try_post("/orders", &key, form).await else { return };
        book.note(by, &key, What::Order, order.clone());
        if !number.is_multiple_of(2) {
            continue;
        }
        let order = order.as_str().unwrap().to_owned();
        let (apply, press) = (format!("apply-{key}"), format!("press-{key}"));
        let Some(pay_order) = buyer.try_post("/pay-orders", &apply, apply_form(&order)).await else { return };
        let pay_order = pay_order.to_string();
        let pressed = json!({ "pw": PASSWORD });
        if let Some(answer) = buyer.try_post(&format!("/pay-orders/{pay_order}"), &press, pressed).await {
            book.note(by, &press, What::Payment { order, pay_order }, answer);
        }
    }
}

async fn posts(staff: Person, (path, by): (String, usize), round: usize, book: Arc<Book>, stock: bool) {
    for number in 0_u32.. {
        let key = format!("{}-{round}-{by}-{number}", if stock { "stock" } else { "credit" });
        let form = staff_form(&key, stock);
        let Some(answer) = staff.try_post(&path, &key, form).await else { return };
        book.note(by, &key, if stock { What::Stock } else { What::Credit }, answer);
    }
}

fn order_form(item: &str) -> Value {
    json!({ "paymentType": 3, "details": [{ "itemId": item, "num": 1 }] })
}

fn apply_form(order: &str) -> Value {
    json!({
        "bizOrderNo": order, "amount": PRICE, "payChannelCode": "balance", "payType": 5, "orderInfo": "",
    })
}

/// What staff ask for; the key is the reason, so that each is found again.
fn staff_form(key: &str, stock: bool) -> Value {
    let of = if stock { "delta" } else { "amount" };
    json!({ of: 1, "reason": key })
}

/// Has everybody work at once, and kills the shop when so many writes more were acknowledged.
async fn round(life: Life, round: usize, acknowledged: usize, book: &Arc<Book>) {
    let until_count = book.count.load(Ordering::SeqCst) + acknowledged;
    let mut running = JoinSet::new();
    for (by, buyer) in life.buyers.iter().enumerate() {
        running.spawn(buys(buyer.clone(), by, round, book.clone()));
    }
    for by in 0..STAFF {
        let stock = (format!("/items/{}/stock", life.items[1]), by);
        running.spawn(posts(life.staff.clone(), stock, round, book.clone(), true));
        let credit = (format!("/users/{}/credit", life.buyers[by].id.0), by);
        running.spawn(posts(life.staff.clone(), credit, round, book.clone(), false));
    }
    until(async || book.count.load(Ordering::SeqCst) >= until_count).await;
    life.up.kill();
    while running.join_next().await.is_some() {}
}

/// All rows of a list, page after page.
async fn all(person: &Person, path: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    for page in 1.. {
        let seen = person.look(&format!("{path}?pageNo={page}&pageSize={PAGE}")).await;
        let list = seen["list"].as_array().unwrap();
        rows.extend(list.iter().cloned());
        if list.len() < PAGE {
            break;
        }
    }
    rows
}

fn how_many(rows: &[Value], field: &str, value: &str) -> usize {
    rows.iter().filter(|row| row[field] == value).count()
}

/// Every entry is there, and once; and whoever asks for it again under its key hears the same.
async fn assert_kept(life: &Life, book: &Book) {
    let entries = book.entries.lock().clone();
    let ledger = all(&life.staff, &format!("/items/{}/ledger", life.items[1])).await;
    let mut wallets = Vec::new();
    for buyer in &life.buyers {
        wallets.push(all(buyer, "/users/me/wallet").await);
    }
    for Acknowledged { by, key, what, answer } in &entries {
        let buyer = &life.buyers[*by];
        let again = match what {
            What::Order => {
                buyer.seen(answer.as_str().unwrap()).await;
                buyer.try_post("/orders", key, order_form(&buyer.item)).await
            }
            What::Payment { order, pay_order } => {
                until(async || buyer.status_of(order).await == PAID).await;
                assert_eq!(how_many(&wallets[*by], "payOrderNo", pay_order), 1, "{key}: {pay_order}");
                let form = json!({ "pw": PASSWORD });
                buyer.try_post(&format!("/pay-orders/{pay_order}"), key, form).await
            }
            What::Stock => {
                assert_eq!(how_many(&ledger, "reason", key), 1, "{key}");
                let path = format!("/items/{}/stock", life.items[1]);
                life.staff.try_post(&path, key, staff_form(key, true)).await
            }
            What::Credit => {
                assert_eq!(how_many(&wallets[*by], "reason", key), 1, "{key}");
                let path = format!("/users/{}/credit", buyer.id.0);
                life.staff.try_post(&path, key, staff_form(key, false)).await
            }
        };
        assert_eq!(again.as_ref(), Some(answer), "{key} was answered otherwise");
    }
    let after = all(&life.staff, &format!("/items/{}/ledger", life.items[1])).await;
    assert_eq!(after.len(), ledger.len(), "asking again changed nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_order_payment_stock_change_and_credit_outlives_kills_under_load() {
    let name = "every_acknowledged_order_payment_stock_change_and_credit_outlives_kills_under_load";
    if skipped_on_a_cluster(name, A_PROCESS_OF_ITS_OWN) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let book = Arc::new(Book::default());
    let (mut life, password) = Life::first(dir.path()).await;
    for (number, acknowledged) in ROUNDS.into_iter().enumerate() {
        let (people, items) = (life.buyers.clone(), life.items.clone());
        round(life, number, acknowledged, &book).await;
        life = Life::next(dir.path(), &password, &people, items).await;
        assert_kept(&life, &book).await;
    }
    let kinds = |of: fn(&What) -> bool| book.entries.lock().iter().filter(|entry| of(&entry.what)).count();
    let met = [
        kinds(|what| matches!(what, What::Order)),
        kinds(|what| matches!(what, What::Payment { .. })),
        kinds(|what| matches!(what, What::Stock)),
        kinds(|what| matches!(what, What::Credit)),
    ];
    assert!(met.iter().all(|count| *count > ROUNDS.len()), "a kind of write was hardly met: {met:?}");
    life.up.kill();
    let audit = program().args(["audit", "--data"]).arg(dir.path()).output().unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stdout));
}
