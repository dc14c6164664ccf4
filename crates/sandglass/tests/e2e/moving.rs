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

use crate::data::Data;
use crate::world::local::ITEM;
use crate::world::told::{program, skipped_on_a_cluster};
use crate::world::{Local, PRICE, Person};

const STOCK: u32 = 20;
const KEY: &str = "an order once";
/// Why these do not run on several processes.
const OWN_DIRECTORY: &str = "it has a data directory of its own";

/// Orders by what is to become of them.
struct Orders {
    kept: Vec<(String, i64)>,
    repeated: String,
}

/// Orders in every state, and some that owe something.
async fn live(world: &Local, buyer: &Person, staff: &Person) -> Orders {
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

    world.shop.switches.set(Positions { lose_pay_success: Some(true), ..Positions::default() });
    let unheard = buyer.buy().await;
    world.quiet().await;
    world.shop.switches.set(Positions { freeze_pay: Some(true), ..Positions::default() });
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
async fn placing(world: &Local, buyer: &Person) {
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
fn export(dir: &Path, name: &str) -> (PathBuf, String) {
    let (file, data) = (dir.join(name), dir.display().to_string());
    let (done, said) = run(&["tables", "export"], &file, &["--data", &data]);
    assert!(done, "{said}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!run(&["tables", "export"], &file, &["--data", &data]).0, "a file was overwritten");
    (file, said)
}

/// The configuration of a shop at `address`.
fn configure(dir: &Path, address: &str) -> String {
    let config = dir.join("cluster.toml");
    std::fs::write(&config, format!("database = \"{address}\"\ndata = \"{}\"\n", dir.display())).unwrap();
    config.display().to_string()
}

/// What `file` becomes, and every way in which it is refused before and after; `spoiled` are such files' contents.
fn import(config: &str, migrate: &[&str], file: &Path, spoiled: &Spoiled) -> String {
    let refused = |file: &Path, sentence: &str| {
        let (done, said) = run(&["tables", "import"], file, &["--config", config]);
        assert!(!done && said.contains(sentence), "{said}");
    };
    let (done, said) = run(&["migrate", "--config"], Path::new(config), migrate);
    assert!(done, "{said}");
    let part = file.with_file_name("part");
    for (bytes, sentence) in spoiled {
        std::fs::write(&part, bytes).unwrap();
        refused(&part, sentence);
    }
    // That tables with rows are refused proves that all these have left nothing.
    let (done, said) = run(&["tables", "import"], file, &["--config", config]);
    assert!(done, "{said}");
    refused(file, "has rows already");
    said
}

/// Contents of spoiled files, each with what is said of it.
type Spoiled = Vec<(Vec<u8>, &'static str)>;

/// Parts of the file, and changed ones.
fn spoiled(file: &Path) -> Spoiled {
    let whole = std::fs::read_to_string(file).unwrap();
    vec![
        (whole[..whole.len() / 2].into(), "cut off"),
        (whole[..=whole.trim_end().rfind('\n').unwrap()].into(), "cut off"),
        (whole.replacen(r#""trade":"#, r#""trade":9"#, 1).into(), "another version"),
        (whole.replacen("jack", "mack", 1).into(), "damaged"),
    ]
}

/// The same of a packed one.
fn spoiled_packed(file: &Path) -> Spoiled {
    let whole = std::fs::read(file).unwrap();
    assert!(whole.starts_with(&[0x1F, 0x8B]), "it is not packed");
    vec![(whole[..whole.len() / 2].into(), "cannot be read"), ([&whole[..], b"\n"].concat(), "")]
}

/// As the closing lines of both commands say.
fn copy_keys(dir: &Path) {
    std::fs::create_dir(dir.join("keys")).unwrap();
    for name in ["fingerprint.key", "user.key"] {
        std::fs::copy(dir.join(name), dir.join("keys").join(name)).unwrap();
    }
}

/// A number in `schema`, as the owner of the database sees it.
async fn number(database: &PgDatabase, schema: &str, sql: &str) -> i64 {
    let row = database.db(schema).conn().await.unwrap().query_opt(sql, &[]).await.unwrap();
    row.unwrap().try_get(0).unwrap()
}

/// The server plans by what is there, and no command has kept a number for itself.
async fn assert_settled_in(database: &PgDatabase, config: &str, order: &str) {
    let rows = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'trade_orders'::regclass";
    assert_eq!(
        number(database, "trade", rows).await,
        number(database, "trade", "SELECT count(*) FROM trade_orders").await
    );
    let (done, said) = run(&["order", "show"], Path::new(order), &["--config", config]);
    assert!(done && said.contains(order), "{said}");
    for (role, _) in SERVICES {
        assert_eq!(number(database, role.name(), "SELECT count(*) FROM engine_workers").await, 0, "{role:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_moves_into_postgres_with_all_it_owes() {
    let name = "a_shop_moves_into_postgres_with_all_it_owes";
    if skipped_on_a_cluster(name, OWN_DIRECTORY) {
        return;
    }
    let Some(database) = PgDatabase::create(name).await else { return };
    moves("shop.jsonl", &[], spoiled, Data::owned(database)).await;
}

/// Each service sees its own schema only, and the audit reads as a role of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_shop_moves_into_the_schemas_of_provisioned_roles() {
    let name = "a_shop_moves_into_the_schemas_of_provisioned_roles";
    if skipped_on_a_cluster(name, OWN_DIRECTORY) {
        return;
    }
    let Some(database) = PgDatabase::create(name).await else { return };
    let (owner, address) = (database.url().to_owned(), database.url_as("sandglass_{role}"));
    let data = Data::Postgres { database: Box::new(database), address };
    moves("shop.jsonl.gz", &["--provision", owner.as_str()], spoiled_packed, data).await;
}

/// A shop moves by a file of this name into `data`, whose tables are made with these options of `migrate`.
async fn moves(name: &str, migrate: &[&str], spoiled: fn(&Path) -> Spoiled, data: Data) {
    let Data::Postgres { database, address } = &data else { panic!("a shop moves into PostgreSQL only") };
    let world = Local::start_embedded(STOCK).await;
    let (buyer, staff) = (world.buyer("jack", 10 * PRICE).await, world.staff().await);
    let rose = world.buyer("rose", PRICE).await;
    let (status, problem) = rose.call(Method::POST, "/carts", None, Some(json!({ "itemId": ITEM }))).await;
    assert!(status.is_success(), "{problem}");
    let Orders { kept, repeated } = live(&world, &buyer, &staff).await;
    let before = world.audit().await;
    assert!(before.clean, "{before}");
    drop((buyer, staff, rose));

    let halted = world.halt().await;
    let dir = halted.dir.path();
    let (file, exported) = export(dir, name);
    let config = configure(dir, address);
    if migrate.is_empty() {
        let (done, said) = run(&["tables", "import"], &file, &["--config", &config]);
        assert!(!done && said.contains("run `sandglass migrate` first"), "{said}");
    }
    let imported = import(&config, migrate, &file, &spoiled(&file));
    for said in [&exported, &imported] {
        assert!(said.contains("fingerprint.key") && said.contains("user.key"), "{said}");
    }
    copy_keys(dir);
    assert_settled_in(database, &config, &repeated).await;

    let world = halted.open_in(data).await;
    assert_eq!(world.audit().await, before);
    goes_on(&world, &kept, &repeated).await;
}

/// Everybody finds what was theirs, and every order comes to its end.
async fn goes_on(world: &Local, kept: &[(String, i64)], repeated: &str) {
    let buyer = world.login("jack").await;
    assert_eq!(buyer.order(Some(KEY)).await.1, json!(repeated), "a repeated order is the same order");
    let (_, found) = buyer.call(Method::GET, "/search/list?key=tea", None, None).await;
    assert_eq!((&found["total"], &found["list"][0]["id"]), (&json!(1), &json!(ITEM)), "{found}");
    let (_, cart) = world.login("rose").await.call(Method::GET, "/carts", None, None).await;
    assert_eq!(cart[0]["itemId"], ITEM, "{cart}");
    let dead = &world.shop.dead_letters().into_iter().find(|(place, _)| place == "trade").unwrap().1;
    let letter = dead.list(0, 10).await.unwrap().pop().unwrap();
    assert_eq!((letter.id, letter.message.body.as_slice()), (7, &[0, 0xFF][..]));
    world.buyer("lily", PRICE).await;

    world.clock.advance(31 * 60_000);
    world.pass(120_000).await;
    let buyer = world.login("jack").await;
    for (order, status) in kept {
        assert_eq!(buyer.status_of(order).await, *status, "order {order}");
    }
    assert_eq!((world.in_state(0).await, world.in_state(1).await), (0, 0));
    assert_eq!((buyer.balance().await, world.available().await), (7 * PRICE, i64::from(STOCK) - 3));
    world.assert_clean(0).await;
}

/// A table or column that a later migration adds must not be left behind.
#[tokio::test(flavor = "multi_thread")]
async fn all_tables_and_columns_of_a_shop_move() {
    if skipped_on_a_cluster("all_tables_and_columns_of_a_shop_move", OWN_DIRECTORY) {
        return;
    }
    let world = Local::start_embedded(0).await;
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
