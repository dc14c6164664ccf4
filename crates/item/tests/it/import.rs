use std::io::Cursor;

use item::import::{Bad, Error, Format, Options, Report, check, generate};
use item::store::PutCounts;
use model::{Cents, ItemId};

use crate::shop::{Shop, open};

const CSV: Options = Options { format: Format::Csv, set_stock: false, skip_bad: false };
const JSON: Options = Options { format: Format::JsonLines, ..CSV };

async fn import(shop: &Shop, text: &str, options: Options) -> Result<Report, Error> {
    shop.service.import(Cursor::new(text.as_bytes().to_vec()), options, &mut |_| {}).await
}

fn found(text: &str, format: Format) -> Vec<(u64, String)> {
    let checked = check(text.as_bytes(), format, &mut |_| {}).unwrap();
    checked.listed.into_iter().map(|Bad { line, why }| (line, why)).collect()
}

#[tokio::test]
async fn a_file_run_twice_changes_nothing_the_second_time() {
    let Some(shop) = open("a_file_run_twice_changes_nothing_the_second_time").await else { return };
    let text = "id,name,price,stock,brand,spec,isAD\n7,\"杯, 大\",990,5,膳魔师,\"{\"\"容量\"\":\"\"1L\"\"}\",1\n8,b,1,0,,,\n";
    let first = import(&shop, text, CSV).await.unwrap();
    assert_eq!(first.counts, PutCounts { added: 2, updated: 0, unchanged: 0 });
    let again = import(&shop, text, CSV).await.unwrap();
    assert_eq!(again.counts, PutCounts { added: 0, updated: 0, unchanged: 2 });
    let cup = shop.item(ItemId(7)).await;
    assert_eq!((cup.name.as_str(), cup.price, cup.stock, cup.is_ad), ("杯, 大", Cents(990), 5, true));
    assert_eq!((cup.spec.as_deref(), shop.item(ItemId(8)).await.spec), (Some("{\"容量\":\"1L\"}"), None));
}

#[tokio::test]
async fn stock_of_known_items_is_left_alone_unless_told() {
    let Some(shop) = open("stock_of_known_items_is_left_alone_unless_told").await else { return };
    let line = |stock| format!("{{\"id\":\"7\",\"name\":\"cup\",\"price\":990,\"stock\":{stock}}}");
    import(&shop, &line(5), JSON).await.unwrap();
    shop.hold(1, &[(ItemId(7), 2)]).await;
    import(&shop, &line(50), JSON).await.unwrap();
    assert_eq!(shop.counters(ItemId(7)).await, (3, 2, 0));
    let told = import(&shop, &line(50), Options { set_stock: true, ..JSON }).await.unwrap();
    assert_eq!(told.counts.updated, 1);
    assert_eq!(shop.counters(ItemId(7)).await, (50, 2, 0));
    assert_eq!(shop.unexplained().await, 0);
    assert_eq!(shop.store.ledger(ItemId(7), 1, 20).await.unwrap().unwrap().total, 3);
}

#[test]
fn every_bad_row_is_named_with_its_line() {
    let text = "id,name,price,stock,status,spec\n1,a,1,1,,\n0,a,1,1,,\n2,,1,1,,\n3,a,-1,1,,\n4,a,1.5,1,,\n5,a,1,-2,,\n6,a,1,1,4,\n7,a,1,1,1,{\n8,a,1\n1,again,1,1,,\n9,a,,1,,\n";
    let bad = found(text, Format::Csv);
    let wanted = [
        (3, "id: an id is a decimal integer from 1 to 9223372036854775807"),
        (4, "name: must not be empty"),
        (5, "price: -1 is not between 0 and 1000000000"),
        (6, "price: `1.5` is not a whole number"),
        (7, "stock: -2 is not between 0 and 1000000000"),
        (8, "status: must be 1 (on sale), 2 (off sale) or 3 (deleted)"),
        (9, "spec: is not JSON text"),
        (10, "has 3 fields, but the header has 6"),
        (11, "id: 1 stands on line 2 already"),
        (12, "price: is missing"),
    ];
    let bad: Vec<(u64, &str)> = bad.iter().map(|(line, why)| (*line, why.as_str())).collect();
    assert_eq!(bad, wanted);
}

#[test]
fn lines_of_json_are_numbered_as_they_stand() {
    let text = format!(
        "\u{FEFF}{{\"id\":1,\"name\":\"a\",\"price\":1,\"stock\":1,\"spec\":{{\"x\":1}}}}\n\n[]\n{{\"id\":2,\"nmae\":1}}\n\"{}\"\n{{\"id\":3",
        "x".repeat(70_000)
    );
    let bad = found(&text, Format::JsonLines);
    let lines: Vec<u64> = bad.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3, 4, 5, 6]);
    assert_eq!(bad[1].1, "unknown field `nmae`");
    assert_eq!(bad[2].1, "is longer than 65536 bytes");
}

#[test]
fn a_wrong_header_is_said_once() {
    let bad = found("id,name,prise\n1,a,1\n2,b,1\n", Format::Csv);
    assert_eq!(bad, [(1, "unknown field `prise`".into())]);
    assert_eq!(found("id,name\n1,\u{e4}\n", Format::Csv).len(), 1);
    let checked =
        check(&b"id,name,price,stock\n1,\xFF,1,1\n2,b,1,1\n"[..], Format::Csv, &mut |_| {}).unwrap();
    assert_eq!((checked.good, checked.bad, checked.listed[0].line), (1, 1, 2));
}

#[tokio::test]
async fn a_file_with_a_bad_row_leaves_nothing_half_written() {
    let Some(shop) = open("a_file_with_a_bad_row_leaves_nothing_half_written").await else { return };
    let rows: Vec<String> = (1..=1_200).map(|id| format!("{id},item {id},100,1")).collect();
    let text = format!("id,name,price,stock\n{}\n1201,bad,-5,1\n", rows.join("\n"));
    let Err(Error::Rejected(checked)) = import(&shop, &text, CSV).await else { panic!("it was taken") };
    assert_eq!((checked.good, checked.bad, checked.listed[0].line), (1_200, 1, 1_202));
    assert!(shop.store.items(vec![ItemId(1)]).await.unwrap().is_empty());
    let skipped = import(&shop, &text, Options { skip_bad: true, ..CSV }).await.unwrap();
    assert_eq!(skipped.counts.added, 1_200);
}

#[tokio::test]
async fn a_generated_catalogue_can_be_written_again() {
    let Some(shop) = open("a_generated_catalogue_can_be_written_again").await else { return };
    let mut seen = 0;
    let counts = shop.service.put_rows(generate(1_100, 3), 1_100, &mut |_| seen += 1).await.unwrap();
    assert_eq!((counts.added, seen), (1_100, 3));
    let again = shop.service.put_rows(generate(1_100, 3), 1_100, &mut |_| {}).await.unwrap();
    assert_eq!(again.unchanged, 1_100);
    assert_eq!(shop.unexplained().await, 0);
}

#[test]
fn an_input_that_can_be_read_once_is_kept_aside() {
    let kept = item::import::spool(&b"id,name,price,stock\n1,a,1,1\n"[..]).unwrap();
    assert_eq!(check(kept, Format::Csv, &mut |_| {}).unwrap().good, 1);
    assert_eq!(Format::of_name("x.CSV"), Some(Format::Csv));
    assert_eq!(Format::of_name("x.txt"), None);
}
