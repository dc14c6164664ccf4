//! Against SQL on the same tables, which needs no index to be right.

use api::calls::{HoldLine, HoldRequest, SettleRequest};
use engine::sqlite::{Db, Options};
use model::hold::End;
use model::{Cents, ItemId, Ms, OrderId, UserId};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use super::super::{MIGRATIONS, SqliteStore, facets, lists};
use super::*;
use crate::catalogue::{Draft, Edit, Status};
use crate::search::Listing;
use crate::store::{Change, HoldTimes, Row, Store};

const NOON: Ms = Ms(1_772_366_400_000);
/// Small, so that a few items are several pages.
const SMALL: Bounds = Bounds { items_max: 1_000, at_once_max: 1_000, page: 3, sold_max: 4 };
/// Few, so that they meet.
const NAMES: [&str; 7] =
    ["red cup", "Red kettle 12", "手机壳 透明", "小米14 手机 5G", "redwood shelf", "cup", "手机 kettle"];
const LABELS: [&str; 4] = ["", "Kitchen", "手机", "red"];
const KEYS: [&str; 12] =
    ["red", "redw", "cup", "手机", "手机壳", "壳", "kett", "kitchen 12", "red cup", "12", "?!", "nothing"];

#[derive(Clone, Debug)]
enum Step {
    Create(Draft),
    Edit(usize, Edit),
    Put(Vec<(u64, Draft)>),
    Sell(usize, u32, End),
    Ask(Criteria, Listing),
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![4 => Just(Status::OnSale), 1 => Just(Status::OffSale), 1 => Just(Status::Deleted)]
}

fn draft() -> impl Strategy<Value = Draft> {
    let texts = (select(&NAMES[..]), select(&LABELS[..]), select(&LABELS[..]));
    (texts, 0..6_i64, 0..4_i64, status()).prop_map(|((name, category, brand), price, sold_before, status)| {
        Draft {
            name: name.into(),
            price: Cents(price),
            stock: 100,
            image: String::new(),
            category: category.into(),
            brand: brand.into(),
            spec: None,
            sold_before,
            comment_count: 0,
            is_ad: false,
            status,
        }
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let maybe = |texts: &'static [&'static str]| prop::option::of(select(texts).prop_map(str::to_owned));
    let numbers = (prop::option::of((0..6_i64).prop_map(Cents)), prop::option::of(status()));
    (maybe(&NAMES), maybe(&LABELS), maybe(&LABELS), numbers).prop_map(|(name, category, brand, numbers)| {
        Edit { name, category, brand, price: numbers.0, status: numbers.1, ..Edit::default() }
    })
}

fn criteria() -> impl Strategy<Value = Criteria> {
    let label = || prop::option::weighted(0.2, select(&LABELS[..]).prop_map(str::to_owned));
    let price = || prop::option::weighted(0.2, (0..6_i64).prop_map(Cents));
    let key = prop::option::of(select(&KEYS[..]).prop_map(str::to_owned));
    (key, label(), label(), price(), price()).prop_map(|(key, category, brand, min_price, max_price)| {
        Criteria { key, category, brand, min_price, max_price }
    })
}

fn listing() -> impl Strategy<Value = Listing> {
    let sort = select(vec![SortBy::Id, SortBy::Price, SortBy::Sold]);
    (1..4_u64, 1..6_u64, sort, any::<bool>()).prop_map(|(page_no, page_size, sort, ascending)| Listing {
        page_no,
        page_size,
        sort,
        ascending,
    })
}

fn step() -> impl Strategy<Value = Step> {
    let end = select(vec![End::Sold, End::Released, End::Returned]);
    prop_oneof![
        4 => draft().prop_map(Step::Create),
        4 => (0..20_usize, edit()).prop_map(|(item, edit)| Step::Edit(item, edit)),
        1 => prop::collection::vec((1..30_u64, draft()), 1..9).prop_map(Step::Put),
        3 => (0..20_usize, 1..4_u32, end).prop_map(|(item, num, end)| Step::Sell(item, num, end)),
        8 => (criteria(), listing()).prop_map(|(criteria, listing)| Step::Ask(criteria, listing)),
    ]
}

/// A store that makes ids by itself.
struct Shop {
    store: SqliteStore,
    next: u64,
    items: Vec<ItemId>,
    _directory: tempfile::TempDir,
}

impl Shop {
    fn with(bounds: Bounds) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(&directory.path().join("t.db"), Options::for_tests(), &[MIGRATIONS]).unwrap();
        Self { store: SqliteStore::with(db, bounds), next: 1_000, items: Vec::new(), _directory: directory }
    }

    fn change(&mut self) -> Change {
        self.next += 1;
        Change { id: self.next, by: Some(UserId(9)), at: NOON }
    }

    async fn run(&mut self, step: Step) {
        let change = self.change();
        let store = self.store.clone();
        match step {
            Step::Create(draft) => {
                store.create(None, draft, change).await.unwrap();
                self.items.push(ItemId(change.id));
            }
            Step::Edit(item, edit) => {
                let Some(item) = self.items.get(item) else { return };
                store.edit(None, *item, edit, change).await.unwrap();
            }
            Step::Put(mut rows) => {
                rows.sort_by_key(|row| row.0);
                rows.dedup_by_key(|row| row.0);
                let rows: Vec<Row> =
                    rows.into_iter().map(|(id, draft)| Row { id: ItemId(id), draft }).collect();
                self.items.extend(rows.iter().map(|row| row.id));
                store.put(rows, false, change).await.unwrap();
            }
            Step::Sell(item, num, end) => self.sell(item, num, end).await,
            Step::Ask(criteria, listing) => self.same(&criteria, listing).await,
        }
    }

    /// Holds some pieces and tells an end: of what was returned, that it was sold before.
    async fn sell(&mut self, item: usize, num: u32, end: End) {
        let Some(&item) = self.items.get(item) else { return };
        let order = OrderId(self.change().id);
        let Some(quote) = self.store.quote(&[item]).await.unwrap().pop() else { return };
        let lines = vec![HoldLine { item_id: item, num, version: quote.version }];
        let times = HoldTimes { now: NOON, sweep_at: NOON };
        self.store.hold(vec![HoldRequest { order_id: order, lines }], times).await.unwrap();
        let first = if end == End::Returned { End::Sold } else { end };
        for end in [first, end] {
            self.store.settle(vec![SettleRequest { order_id: order, end }], NOON).await.unwrap();
        }
    }

    /// Both ways answer the same, and the answer is the index's.
    async fn same(&self, criteria: &Criteria, listing: Listing) {
        let page = self.store.search(criteria.clone(), listing).await.unwrap();
        assert!(self.store.index.is_ready());
        let by_sql = self.store.db.read(|connection| lists::search(connection, criteria, listing)).unwrap();
        assert_eq!((page.total, page.pages, page.list), (by_sql.total, by_sql.pages, by_sql.list));
        let chosen = self.store.facets(criteria.clone()).await.unwrap();
        let by_sql = self.store.db.read(|connection| facets::of(connection, criteria)).unwrap();
        assert_eq!(chosen, by_sql);
    }

    async fn same_all(&self) {
        let keys = KEYS.map(|key| Criteria { key: Some(key.into()), ..Criteria::default() });
        for criteria in keys.into_iter().chain([Criteria::default()]) {
            for (sort, ascending) in [(SortBy::Id, false), (SortBy::Price, true), (SortBy::Sold, false)] {
                self.same(&criteria, Listing { page_no: 1, page_size: 50, sort, ascending }).await;
            }
        }
    }
}

fn block_on<F: Future>(work: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

#[test]
fn whatever_happens_the_index_answers_as_sql_does() {
    let config = ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(64) };
    let steps = prop::collection::vec(step(), 1..60);
    let checked = TestRunner::new(config).run(&steps, |steps| {
        block_on(async {
            let mut shop = Shop::with(SMALL);
            for step in steps {
                shop.run(step).await;
            }
            shop.same_all().await;
        });
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Loading goes on page by page, and before each page everything happens.
#[test]
fn what_is_committed_while_it_is_loaded_is_not_lost() {
    let config = ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(64) };
    let steps = || prop::collection::vec(step().prop_filter("", |step| !matches!(step, Step::Ask(..))), 0..8);
    let turns = (prop::collection::vec(step(), 10..30), prop::collection::vec(steps(), 10));
    let checked = TestRunner::new(config).run(&turns, |(first, turns)| {
        block_on(async {
            let mut shop = Shop::with(Bounds { at_once_max: 0, ..SMALL });
            for step in first.into_iter().filter(|step| !matches!(step, Step::Ask(..))) {
                shop.run(step).await;
            }
            let (index, db) = (shop.store.index.clone(), shop.store.db.clone());
            let (Start::Beside(mut loading) | Start::AtOnce(mut loading)) = index.start(&db).unwrap() else {
                panic!("nobody else has begun");
            };
            for turn in turns {
                let _ = db.read(|connection| loading.page(connection)).unwrap();
                for step in turn {
                    shop.run(step).await;
                }
            }
            index.load(&db.reader().unwrap(), loading);
            shop.same_all().await;
        });
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}

fn cup() -> Draft {
    Draft {
        name: "cup".into(),
        price: Cents(1),
        stock: 10,
        image: String::new(),
        category: String::new(),
        brand: String::new(),
        spec: None,
        sold_before: 0,
        comment_count: 0,
        is_ad: false,
        status: Status::OnSale,
    }
}

fn cups() -> (Criteria, Listing) {
    let criteria = Criteria { key: Some("cup".into()), ..Criteria::default() };
    (criteria, Listing { page_no: 1, page_size: 50, sort: SortBy::Id, ascending: true })
}

#[tokio::test]
async fn with_too_many_items_sql_answers() {
    let mut shop = Shop::with(Bounds { items_max: 2, ..SMALL });
    let (criteria, listing) = cups();
    for (count, ready) in [(1, true), (2, true), (3, false), (4, false)] {
        shop.run(Step::Create(cup())).await;
        assert_eq!(shop.store.search(criteria.clone(), listing).await.unwrap().total, count);
        assert_eq!(shop.store.index.is_ready(), ready);
    }
    let again = SqliteStore::with(shop.store.db.clone(), Bounds { items_max: 2, ..SMALL });
    assert_eq!(again.search(criteria, listing).await.unwrap().total, 4);
    assert!(!again.index.is_ready());
}

#[tokio::test]
async fn nothing_is_kept_of_changes_before_anybody_searches() {
    let mut shop = Shop::with(SMALL);
    shop.run(Step::Create(cup())).await;
    shop.sell(0, 2, End::Sold).await;
    assert!(!shop.store.index.changed.are_there() && !shop.store.index.sold.are_there());
}

#[tokio::test]
async fn whoever_sells_much_takes_it_in() {
    let mut shop = Shop::with(SMALL);
    let (criteria, listing) = cups();
    shop.store.search(criteria, listing).await.unwrap();
    for item in 0..6 {
        shop.run(Step::Create(cup())).await;
        shop.sell(item, 1, End::Sold).await;
        assert!(shop.store.index.sold.len() < SMALL.sold_max);
    }
}
