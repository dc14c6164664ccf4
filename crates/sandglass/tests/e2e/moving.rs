//! A shop that moves from a data directory into PostgreSQL, with everything it owes.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Output;

use engine::testing::PgDatabase;
use http::{Method, StatusCode};
use sandglass::chaos::Positions;
use sandglass::transfer::SERVICES;
use serde_json::json;

use crate::kill::program;
use crate::world::{ITEM, PRICE, Person, World};

const STOCK: u32 = 20;
const KEY: &str = "an order once";

/// Orders by what is to become of them.
struct Orders {
    kept: Vec<(String, i64)>,
    repeated: String,
}

/// Orders in every state, and some that owe something.
async fn live(world: &World, buyer: &Person, staff: &Person) -> Orders {
    let (_, repeated) = buyer.order(Some(KEY)).await;
    let repeated = repeated.as_str().unwrap().to_owned();
    let (unpaid, cancelled) = (buyer.must_order().await, buyer.must_order().await);
    assert_eq!(buyer.cancel(&cancelled).await, StatusCode::OK);
    let (paid, shipped, refunded) = (buyer.buy().await, buyer.buy().await, buyer.buy().await);
    world.quiet().await;
    let parcel = json!({ "company": "Crane Post", "number": "CP-1", "reason": "ready" });
    let damaged = json!({ "reason": "damaged" });
    for (order, step, body) in [(&shipped, "ship", parcel), (&refunded, "refund", damaged)] {
        let path = format!("/staff/orders/{order}/{step}");
        assert_eq!(staff.call(Method::POST, &path, None, Some(body)).await.0, StatusCode::OK);
    }
    world.quiet().await;
    world.by_hand("INSERT INTO trade_dead VALUES (7, 1, 2, 3, -4, 5, 6, 7, x'00ff', 'trace', 'why')").await;

    world.shop.switches.set(Positions { lose_pay_success: Some(true), freeze_pay: None });
    let unheard = buyer.buy().await;
    world.quiet().await;
    world.shop.switches.set(Positions { lose_pay_success: None, freeze_pay: Some(true) });
    let asked = buyer.must_order().await;
    let _ = buyer.cancel(&asked).await;
    placing(world, buyer).await;
    let kept = vec![
        (repeated.clone(), 5),
        (unpaid, 5),
        (cancelled, 5),
        (paid, 2),
        (shipped, 3),
        (refunded, 5),
        (unheard, 2),
        (asked, 5),
    ];
    Orders { kept, repeated }
}

/// An order whose stock could not be asked for yet.
async fn placing(world: &World, buyer: &Person) {
    world.by_hand("ALTER TABLE item_holds RENAME TO item_away").await;
    let (status, _) = buyer.order(None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    world.by_hand("ALTER TABLE item_away RENAME TO item_holds").await;
    assert_eq!(world.in_state(0).await, 1, "no order is being placed");
}

/// Runs the program; answers what it says to whoever looks.
fn run(args: &[&str], file: &Path, rest: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = program().args(args).arg(file).args(rest).output().unwrap();
    (status.success(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

/// Exports the directory, twice: an export never overwrites a file. Answers the file and what was said.
fn export(dir: &Path) -> (PathBuf, String) {
    let (file, data) = (dir.join("shop.jsonl"), dir.display().to_string());
    let (done, said) = run(&["tables", "export"], &file, &["--data", &data]);
    assert!(done, "{said}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!run(&["tables", "export"], &file, &["--data", &data]).0, "a file was overwritten");
    (file, said)
}

/// What `file` becomes, and every way in which it is refused before and after.
fn import(dir: &Path, database: &PgDatabase, file: &Path) -> String {
    let config = dir.join("cluster.toml");
    std::fs::write(&config, format!("database = \"{}\"\ndata = \"{}\"\n", database.url(), dir.display()))
        .unwrap();
    let config = config.display().to_string();
    let refused = |file: &Path, sentence: &str| {
        let (done, said) = run(&["tables", "import"], file, &["--config", &config]);
        assert!(!done && said.contains(sentence), "{said}");
    };
    refused(file, "run `sandglass migrate` first");
    let (done, said) = run(&["migrate", "--config"], Path::new(&config), &[]);
    assert!(done, "{said}");
    let whole = std::fs::read_to_string(file).unwrap();
    let part = dir.join("part.jsonl");
    for (text, sentence) in [
        (whole[..whole.len() / 2].to_owned(), "cut off"),
        (whole[..=whole.trim_end().rfind('\n').unwrap()].to_owned(), "cut off"),
        (whole.replacen(r#""trade":1"#, r#""trade":2"#, 1), "another version"),
        (whole.replacen("jack", "mack", 1), "damaged"),
    ] {
        std::fs::write(&part, text).unwrap();
        refused(&part, sentence);
    }
    // That tables with rows are refused proves that all these have left nothing.
    let (done, said) = run(&["tables", "import"], file, &["--config", &config]);
    assert!(done, "{said}");
    refused(file, "has rows already");
    said
}

/// As the closing lines of both commands say.
fn copy_keys(dir: &Path) {
    std::fs::create_dir(dir.join("keys")).unwrap();
    for name in ["fingerprint.key", "user.key"] {
        std::fs::copy(dir.join(name), dir.join("keys").join(name)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_moves_into_postgres_with_all_it_owes() {
    let Some(database) = PgDatabase::create("a_shop_moves_into_postgres_with_all_it_owes").await else {
        return;
    };
    let world = World::start_embedded(STOCK, "30m").await;
    let (buyer, staff) = (world.buyer("jack", 10 * PRICE).await, world.staff().await);
    let rose = world.buyer("rose", PRICE).await;
    let (status, problem) = rose.call(Method::POST, "/carts", None, Some(json!({ "itemId": ITEM }))).await;
    assert!(status.is_success(), "{problem}");
    let Orders { kept, repeated } = live(&world, &buyer, &staff).await;
    let before = world.audit().await;
    assert!(before.clean, "{before}");
    let (id, rose_id) = (buyer.id, rose.id);
    drop((buyer, staff, rose));

    let halted = world.halt().await;
    let dir = halted.dir.path();
    let (file, exported) = export(dir);
    let imported = import(dir, &database, &file);
    for said in [&exported, &imported] {
        assert!(said.contains("fingerprint.key") && said.contains("user.key"), "{said}");
    }
    copy_keys(dir);

    let world = halted.open_in(database).await;
    assert_eq!(world.audit().await, before);
    let buyer = world.login(id, "jack").await;
    assert_eq!(buyer.order(Some(KEY)).await.1, json!(repeated), "a repeated order is the same order");
    let (_, found) = buyer.call(Method::GET, "/search/list?key=tea", None, None).await;
    assert_eq!((&found["total"], &found["list"][0]["id"]), (&json!(1), &json!(ITEM)), "{found}");
    let (_, cart) = world.login(rose_id, "rose").await.call(Method::GET, "/carts", None, None).await;
    assert_eq!(cart[0]["itemId"], ITEM, "{cart}");
    let dead = &world.shop.dead_letters().into_iter().find(|(place, _)| place == "trade").unwrap().1;
    let letter = dead.list(0, 10).await.unwrap().pop().unwrap();
    assert_eq!((letter.id, letter.message.body.as_slice()), (7, &[0, 0xFF][..]));
    world.buyer("lily", PRICE).await;

    world.clock.advance(31 * 60_000);
    world.pass(120_000).await;
    let buyer = world.login(id, "jack").await;
    for (order, status) in kept {
        assert_eq!(buyer.status_of(&order).await, status, "order {order}");
    }
    assert_eq!((world.in_state(0).await, world.in_state(1).await), (0, 0));
    assert_eq!((buyer.balance().await, world.available().await), (7 * PRICE, i64::from(STOCK) - 3));
    world.assert_clean(0).await;
}

/// A table or column that a later migration adds must not be left behind.
#[tokio::test(flavor = "multi_thread")]
async fn all_tables_and_columns_of_a_shop_move() {
    let world = World::start_embedded(0, "30m").await;
    let sql = "SELECT m.name || '.' || c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
               WHERE m.type = 'table' AND m.name NOT LIKE 'engine\\_%' ESCAPE '\\'
                 AND m.name NOT LIKE 'item\\_words%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let look = |connection: &rusqlite::Connection| {
        let mut statement = connection.prepare(sql)?;
        let names = statement.query_map([], |row| row.get::<_, String>(0))?;
        Ok(names.collect::<Result<BTreeSet<_>, _>>()?)
    };
    let found = world.shop.embedded().unwrap().scan(look).await.unwrap();
    let moved = SERVICES.iter().flat_map(|(_, service)| {
        let columns = |table: engine::transfer::Table| {
            let name = service.name_of(&table);
            table.columns.iter().map(move |(column, _)| format!("{name}.{column}")).collect::<Vec<_>>()
        };
        service.tables().into_iter().flat_map(columns)
    });
    assert_eq!(found, moved.collect());
}
