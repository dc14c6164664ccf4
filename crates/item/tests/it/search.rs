use item::catalogue::{Draft, Edit, Status};
use item::search::{Criteria, Listing, SortBy};
use item::store::{Change, Row};
use model::hold::End;
use model::{Cents, ItemId};

use crate::shop::{NOON, STAFF, Shop, draft, open};

const FIRST: Listing = Listing { page_no: 1, page_size: 20, sort: SortBy::Price, ascending: true };

fn made(name: &str, category: &str, brand: &str, price: i64) -> Draft {
    Draft { category: category.into(), brand: brand.into(), ..draft(name, price, 10) }
}

async fn shelf(test: &str) -> Option<Shop> {
    let shop = open(test).await?;
    for item in [
        made("Apple iPhone 15 Pro", "手机", "Apple", 7_999),
        made("小米14 手机 5G", "手机", "小米", 3_999),
        made("手机壳 透明", "配件", "绿联", 29),
        made("乐扣乐扣 保温杯", "家居", "LOCK&LOCK", 99),
        made("Café Grinder", "Kitchen", "Bosch", 199),
    ] {
        shop.add(item).await;
    }
    Some(shop)
}

fn key(key: &str) -> Criteria {
    Criteria { key: Some(key.into()), ..Criteria::default() }
}

async fn names(shop: &Shop, criteria: Criteria, listing: Listing) -> Vec<String> {
    let page = shop.store.search(criteria, listing).await.unwrap();
    assert!(page.total >= page.list.len() as u64);
    page.list.into_iter().map(|item| item.name).collect()
}

#[tokio::test]
async fn words_of_any_length_in_both_languages_are_found() {
    let Some(shop) = shelf("words_of_any_length_in_both_languages_are_found").await else { return };
    for (asked, wanted) in [
        ("手机", vec!["手机壳 透明", "小米14 手机 5G", "Apple iPhone 15 Pro"]),
        ("手机壳", vec!["手机壳 透明"]),
        ("壳", vec!["手机壳 透明"]),
        ("机手", vec![]),
        ("小米", vec!["小米14 手机 5G"]),
        ("小米14", vec!["小米14 手机 5G"]),
        ("保温", vec!["乐扣乐扣 保温杯"]),
        ("IPHONE", vec!["Apple iPhone 15 Pro"]),
        ("iphone15", vec!["Apple iPhone 15 Pro"]),
        ("app ipho", vec![]),
        ("pro ipho", vec!["Apple iPhone 15 Pro"]),
        ("５g", vec!["小米14 手机 5G"]),
        ("lock", vec!["乐扣乐扣 保温杯"]),
        ("café", vec!["Café Grinder"]),
    ] {
        assert_eq!(names(&shop, key(asked), FIRST).await, wanted, "{asked}");
    }
}

#[tokio::test]
async fn nothing_a_person_types_is_query_syntax() {
    let Some(shop) = shelf("nothing_a_person_types_is_query_syntax").await else { return };
    for hostile in
        ["\"", "*", "a OR b", "NEAR(手机", "words:x", "-手机", "(", "'; DROP TABLE item_items; --", "^", "\0"]
    {
        shop.store.search(key(hostile), FIRST).await.unwrap();
        shop.store.facets(key(hostile)).await.unwrap();
        let brand = Criteria { brand: Some(hostile.into()), ..Criteria::default() };
        assert!(names(&shop, brand, FIRST).await.is_empty());
    }
    assert!(names(&shop, key("！？…"), FIRST).await.is_empty(), "no word, nothing found");
    assert_eq!(names(&shop, key("手机 OR 保温"), FIRST).await, Vec::<String>::new());
}

#[tokio::test]
async fn only_what_is_on_sale_is_found_and_changes_are_found_at_once() {
    let Some(shop) = shelf("only_what_is_on_sale_is_found_and_changes_are_found_at_once").await else {
        return;
    };
    let item = shop.add(made("折叠屏", "手机", "Starboat", 1)).await;
    assert_eq!(names(&shop, key("折叠"), FIRST).await.len(), 1);
    shop.service.edit(None, item, Edit::status(Status::OffSale), STAFF).await.unwrap();
    assert!(names(&shop, key("折叠"), FIRST).await.is_empty());
    let renamed = Edit { name: Some("卷轴屏".into()), status: Some(Status::OnSale), ..Edit::default() };
    shop.service.edit(None, item, renamed, STAFF).await.unwrap();
    assert!(names(&shop, key("折叠"), FIRST).await.is_empty());
    assert_eq!(names(&shop, key("卷轴"), FIRST).await, ["卷轴屏"]);
    let dearer = Edit { price: Some(Cents(50)), brand: Some("珩".into()), ..Edit::default() };
    shop.service.edit(None, item, dearer, STAFF).await.unwrap();
    let now = Criteria { brand: Some("珩".into()), min_price: Some(Cents(50)), ..key("卷轴") };
    assert_eq!(names(&shop, now, FIRST).await, ["卷轴屏"]);
    let before = Criteria { max_price: Some(Cents(49)), ..key("卷轴") };
    assert!(names(&shop, before, FIRST).await.is_empty());
}

#[tokio::test]
async fn criteria_narrow_and_pages_part() {
    let Some(shop) = shelf("criteria_narrow_and_pages_part").await else { return };
    let phones = Criteria { category: Some("手机".into()), ..Criteria::default() };
    assert_eq!(names(&shop, phones.clone(), FIRST).await, ["小米14 手机 5G", "Apple iPhone 15 Pro"]);
    let dear = Criteria { min_price: Some(Cents(4_000)), ..phones };
    assert_eq!(names(&shop, dear, FIRST).await, ["Apple iPhone 15 Pro"]);
    let cheap = Criteria { max_price: Some(Cents(99)), ..Criteria::default() };
    assert_eq!(names(&shop, cheap, FIRST).await, ["手机壳 透明", "乐扣乐扣 保温杯"]);
    let second = Listing { page_no: 2, page_size: 2, ..FIRST };
    assert_eq!(names(&shop, Criteria::default(), second).await, ["Café Grinder", "小米14 手机 5G"]);
    let beyond = Listing { page_no: 1_000_000, ..second };
    assert!(names(&shop, Criteria::default(), beyond).await.is_empty());
}

#[tokio::test]
async fn the_best_sold_come_first() {
    let Some(shop) = shelf("the_best_sold_come_first").await else { return };
    let item = shop.add(made("畅销", "家居", "无印", 5)).await;
    shop.hold(1, &[(item, 3)]).await;
    shop.settle(1, End::Sold).await;
    let best = Listing { sort: SortBy::Sold, ascending: false, ..FIRST };
    assert_eq!(names(&shop, Criteria::default(), best).await[0], "畅销");
    assert_eq!(shop.store.list(best).await.unwrap().list[0].sold, 3);
    let household = Criteria { category: Some("家居".into()), ..key("家居") };
    assert_eq!(names(&shop, household, best).await, ["畅销", "乐扣乐扣 保温杯"]);
}

#[tokio::test]
async fn filters_name_what_there_is_to_narrow_by() {
    let Some(shop) = shelf("filters_name_what_there_is_to_narrow_by").await else { return };
    let all = shop.store.facets(Criteria::default()).await.unwrap();
    assert_eq!((all.category.len(), all.brand.len()), (4, 5));
    let phones = Criteria { category: Some("手机".into()), ..Criteria::default() };
    let phones = shop.store.facets(phones).await.unwrap();
    assert_eq!((phones.category, phones.brand), (vec!["手机".into()], vec!["Apple".into(), "小米".into()]));
    let cases = shop.store.facets(key("手机壳")).await.unwrap();
    assert_eq!((cases.category, cases.brand), (vec!["配件".into()], vec!["绿联".into()]));
}

#[tokio::test]
async fn a_list_of_everything_says_exactly_how_much_that_is() {
    let Some(shop) = open("a_list_of_everything_says_exactly_how_much_that_is").await else { return };
    let (one, _) = (shop.stocked(1).await, shop.stocked(1).await);
    let by_age = Listing { sort: SortBy::Id, ..FIRST };
    let total = async || {
        let page = shop.store.list(by_age).await.unwrap();
        assert_eq!(page.total, page.list.len() as u64);
        page.total
    };
    assert_eq!(total().await, 2);
    for _ in 0..2 {
        shop.service.edit(None, one, Edit::status(Status::Deleted), STAFF).await.unwrap();
        assert_eq!(total().await, 1);
    }
    let row = |id, status| Row { id: ItemId(id), draft: Draft { status, ..draft("cup", 990, 5) } };
    for (first, wanted) in [(Status::Deleted, 2), (Status::OffSale, 3), (Status::OnSale, 3)] {
        let rows = vec![row(1, first), row(2, Status::OnSale)];
        let change = Change { id: wanted, by: None, at: NOON };
        shop.store.put(rows, false, change).await.unwrap();
        assert_eq!(total().await, wanted);
    }
}
