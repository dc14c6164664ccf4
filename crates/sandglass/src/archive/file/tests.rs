use api::calls::HoldRefusal;
use clock::Ms;
use model::hold::End;
use model::order::{CloseReason, Order, State, StockDuty};
use model::{Actor, Cause, Cents, ItemId, UserId};
use trade::store::{Entry, Line as Ordered, Row};

use super::*;

/// A closed order as the first version of the form has it. Files are kept for years: what is read from this must never
/// be anything else.
const FIRST_FORM: &str = r#"{"row":{"order":{"id":"7","owner":"9","total":1200,"state":"closed","placedAt":1000,"deadline":2000,"appliedAt":null,"closeAsked":null,"closeReason":"noStock","refund":"none","stock":{"end":"released","settled":true}},"paymentType":3,"paidAt":null,"shippedAt":null,"receivedAt":null,"closedAt":1500,"reviewedAt":null,"refusal":[0,"short"],"parcel":null,"address":null,"lines":[{"itemId":"100","num":2,"name":"茶","price":600,"image":"/t.svg","spec":null,"version":4}]},"history":[{"at":1500,"from":"placing","to":"closed","name":"holdRefused","cause":{"actor":"buyer","by":9,"note":"","trace":"t"}}]}"#;

fn whole(id: u64) -> Whole {
    let order = Order {
        state: State::Closed,
        deadline: Ms(2_000),
        close_reason: Some(CloseReason::NoStock),
        stock: Some(StockDuty { end: End::Released, settled: true }),
        ..Order::placing(OrderId(id), UserId(9), Cents(1_200), Ms(1_000))
    };
    let line = Ordered {
        item_id: ItemId(100),
        num: 2,
        name: "茶".into(),
        price: Cents(600),
        image: "/t.svg".into(),
        spec: None,
        version: 4,
    };
    let row = Row {
        order,
        payment_type: 3,
        paid_at: None,
        shipped_at: None,
        received_at: None,
        closed_at: Some(Ms(1_500)),
        reviewed_at: None,
        refusal: Some((0, HoldRefusal::Short)),
        parcel: None,
        address: None,
        lines: vec![line],
    };
    let cause = Cause { by: 9, trace: "t".into(), ..Cause::of(Actor::Buyer) };
    let (from, to) = (State::Placing, State::Closed);
    Whole { row, history: vec![Entry { at: Ms(1_500), from, to, name: "holdRefused".into(), cause }] }
}

fn files(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn the_first_form_is_read_for_ever() {
    assert_eq!(serde_json::from_str::<Whole>(FIRST_FORM).unwrap(), whole(7));
    assert_eq!(serde_json::to_string(&whole(7)).unwrap(), FIRST_FORM);
}

#[test]
fn what_was_written_is_read_and_each_order_found_and_only_its_owner_can_look() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a").join("b");
    let orders = [whole(7), whole(8), whole(11)];
    let name = write(&folder, &orders).unwrap();
    let path = folder.join(&name);
    assert_eq!(read(&path).unwrap(), orders);
    assert_eq!(find(&path, OrderId(8)).unwrap(), whole(8));
    assert!(find(&path, OrderId(9)).unwrap_err().to_string().contains("is not in it"));
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&folder)), (0o600, 0o700));
}

#[test]
fn no_part_of_a_file_passes_for_the_whole_nor_does_a_changed_one() {
    let mut bytes = Vec::new();
    lines(&mut bytes, &[whole(7), whole(8)]).unwrap();
    assert_eq!(parse(&bytes[..]).unwrap().len(), 2);
    for length in 0..bytes.len() {
        assert!(parse(&bytes[..length]).is_err(), "the first {length} bytes");
    }
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert!(parse(&changed[..]).is_err(), "byte {place}");
    }
    assert!(parse(&[&bytes[..], b"\n"].concat()[..]).is_err());
}

#[test]
fn a_file_that_was_left_is_taken_if_it_has_the_same_orders_and_never_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let (first, other) = ([whole(7), whole(9)], [whole(7), whole(8), whole(9)]);
    let name = write(dir.path(), &first).unwrap();
    assert_eq!(write(dir.path(), &first).unwrap(), name);
    assert_eq!(files(dir.path()), [name.as_str()]);
    let second = write(dir.path(), &other).unwrap();
    assert_eq!(files(dir.path()).len(), 2);
    assert_eq!(read(&dir.path().join(name)).unwrap(), first);
    assert_eq!(read(&dir.path().join(second)).unwrap(), other);
}

#[test]
fn what_a_killed_run_left_unfinished_goes_and_nothing_else_does() {
    let dir = tempfile::tempdir().unwrap();
    for name in [".orders-x.part", "orders-note.txt", ".part"] {
        fs::write(dir.path().join(name), "half").unwrap();
    }
    let name = write(dir.path(), &[whole(7)]).unwrap();
    assert_eq!(files(dir.path()), [".part", name.as_str(), "orders-note.txt"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    fs::write(&file, "").unwrap();
    for folder in [&file, &file.join("below")] {
        let why = format!("{:#}", write(folder, &[whole(7)]).unwrap_err());
        assert!(
            why.starts_with(&format!("the archive folder {} cannot be written: ", folder.display())),
            "{why}"
        );
        assert_eq!(why.lines().count(), 1);
    }
}
