use engine::{IdempotencyKey, Once};
use item::catalogue::{Edit, Status};
use item::store::Edited;
use model::Cents;

use crate::shop::{STAFF, draft, open};

fn key(fingerprint: u8) -> IdempotencyKey {
    IdempotencyKey { owner: 9, key: "k".into(), fingerprint: [fingerprint; 16] }
}

#[tokio::test]
async fn a_staff_form_never_writes_old_stock_back() {
    let Some(shop) = open("a_staff_form_never_writes_old_stock_back").await else { return };
    let item = shop.stocked(5).await;
    // The form was opened with a stock of 5; an order comes; then the form is sent.
    shop.hold(1, &[(item, 3)]).await;
    let form = draft("手机 Mate 60 Pro", 100, 5).into_edit();
    shop.service.edit(None, item, form, STAFF).await.unwrap();
    assert_eq!(shop.counters(item).await, (2, 3, 0));
    assert_eq!(shop.item(item).await.name, "手机 Mate 60 Pro");
}

#[tokio::test]
async fn the_version_follows_name_price_and_status_alone() {
    let Some(shop) = open("the_version_follows_name_price_and_status_alone").await else { return };
    let item = shop.stocked(5).await;
    let edits = [
        (Edit { image: Some("/x.svg".into()), ..Edit::default() }, 1),
        (Edit { price: Some(Cents(100)), ..Edit::default() }, 1),
        (Edit { price: Some(Cents(101)), ..Edit::default() }, 2),
        (Edit { name: Some("other".into()), ..Edit::default() }, 3),
        (Edit::status(Status::OffSale), 4),
    ];
    for (edit, version) in edits {
        shop.service.edit(None, item, edit, STAFF).await.unwrap();
        assert_eq!(shop.quote(item).await.version, version);
    }
}

#[tokio::test]
async fn a_deleted_item_is_gone_for_people_and_known_to_orders() {
    let Some(shop) = open("a_deleted_item_is_gone_for_people_and_known_to_orders").await else { return };
    let item = shop.stocked(5).await;
    shop.service.edit(None, item, Edit::status(Status::Deleted), STAFF).await.unwrap();
    assert!(shop.store.items(vec![item]).await.unwrap().is_empty());
    assert_eq!(shop.quote(item).await.status, 3);
    let again = shop.service.edit(None, item, Edit::status(Status::OnSale), STAFF).await.unwrap();
    assert_eq!(again, Once::Outcome(Edited::NoSuchItem));
}

#[tokio::test]
async fn a_retried_creation_makes_one_item() {
    let Some(shop) = open("a_retried_creation_makes_one_item").await else { return };
    let first = shop.service.create(Some(key(1)), draft("one", 1, 1), STAFF).await.unwrap();
    let again = shop.service.create(Some(key(1)), draft("one", 1, 1), STAFF).await.unwrap();
    let other = shop.service.create(Some(key(2)), draft("two", 1, 1), STAFF).await.unwrap();
    assert_eq!(first, again);
    assert_eq!(other, Once::OtherBody);
}

#[test]
fn impossible_values_are_named() {
    let spec = Edit { spec: Some(Some("{".into())), ..Edit::default() };
    assert_eq!(spec.check().unwrap_err().to_string(), "spec: is not JSON text");
    assert_eq!(draft("", 1, 1).check().unwrap_err().field, "name");
    assert_eq!(draft("a\0b", 1, 1).check().unwrap_err().to_string(), "name: must not have a NUL character");
    assert_eq!(draft("x", -1, 1).check().unwrap_err().field, "price");
    assert_eq!(draft("x", 1, -1).check().unwrap_err().field, "stock");
}
