//! By counting steps: time is not what a test can hold on to.

use model::Cents;

use super::*;
use crate::config::TOTAL_MAX;
use crate::search::SortBy;

const MANY: u32 = 120_000;
const CHEAPEST: Listing = Listing { page_no: 1, page_size: 20, sort: SortBy::Price, ascending: true };

/// `MANY` items, the number of which is their id and price; every tenth is red, the dearest tenth is silk.
fn finder() -> Finder {
    let mut builder = Builder::default();
    for number in 0..i64::from(MANY) {
        let mut words = vec![format!("model{number}")];
        words.extend((number % 10 == 0).then(|| "red".to_owned()));
        words.extend((number >= i64::from(MANY) * 9 / 10).then(|| "silk".to_owned()));
        let (category, brand) = ("cloth".to_owned(), format!("brand {}", number % 7));
        let on_sale = OnSale { price: number, sold: -number, category, brand, words };
        builder.put(Fact { id: number, on_sale: Some(on_sale) });
    }
    builder.finish()
}

fn key(key: &str) -> Criteria {
    Criteria { key: Some(key.into()), ..Criteria::default() }
}

#[test]
fn what_is_met_evenly_is_walked_to() {
    let found = finder().search(&key("red"), CHEAPEST).unwrap();
    assert_eq!(found.ids, (0..20).map(|number| number * 10).collect::<Vec<_>>());
    assert_eq!((found.total, found.steps), (TOTAL_MAX, 191));
}

#[test]
fn what_lies_at_the_far_end_is_gathered_after_as_many_steps_as_that_costs() {
    let found = finder().search(&key("silk"), CHEAPEST).unwrap();
    assert_eq!(found.ids, (108_000..108_020).collect::<Vec<_>>());
    let gathered = u64::from(MANY) / 10;
    assert_eq!(found.steps, gathered + gathered / page::STEP);
}

#[test]
fn pages_far_back_in_everything_are_walked_to() {
    let last = Listing { page_no: TOTAL_MAX / 20, ..CHEAPEST };
    let found = finder().search(&Criteria::default(), last).unwrap();
    assert_eq!(found.ids, (9_980..10_000).collect::<Vec<_>>());
    assert_eq!(found.steps, TOTAL_MAX);
}

#[test]
fn both_ways_lead_to_the_same_page() {
    let finder = finder();
    let priced = Criteria { min_price: Some(Cents(1_000)), max_price: Some(Cents(115_000)), ..key("red") };
    for criteria in [key("red"), key("silk"), Criteria { key: None, ..priced.clone() }, priced] {
        for (sort, ascending) in [(SortBy::Price, true), (SortBy::Price, false), (SortBy::Sold, true)] {
            for page_no in [1, 3] {
                let listing = Listing { page_no, sort, ascending, ..CHEAPEST };
                let hits = finder.hits(&criteria, &mut 0).unwrap();
                let (walked, gathered) = finder.both_ways(&hits, listing);
                assert_eq!(walked, gathered, "{criteria:?} {listing:?}");
                assert_eq!(walked.len(), 20);
            }
        }
    }
}

#[test]
fn the_newest_are_not_looked_for() {
    let newest = Listing { sort: SortBy::Id, ascending: false, ..CHEAPEST };
    let found = finder().search(&key("silk"), newest).unwrap();
    assert_eq!(found.ids, (119_980..120_000).rev().collect::<Vec<_>>());
    assert_eq!(found.steps, 20);
}

#[test]
fn an_item_that_comes_late_with_a_low_id_is_found_in_its_place() {
    let mut finder = finder();
    let words = vec!["silk".to_owned()];
    let (category, brand) = (String::new(), String::new());
    let late = OnSale { price: 5, sold: 0, category, brand, words };
    finder.put(vec![Fact { id: -1, on_sale: Some(late) }]);
    let oldest = Listing { sort: SortBy::Id, ..CHEAPEST };
    assert_eq!(finder.search(&key("silk"), oldest).unwrap().ids[..2], [-1, 108_000]);
}

#[test]
fn few_prices_are_looked_at_though_many_items_fit() {
    let criteria =
        Criteria { min_price: Some(Cents(50_000)), max_price: Some(Cents(50_009)), ..Criteria::default() };
    let best_sold = Listing { sort: SortBy::Sold, ..CHEAPEST };
    let found = finder().search(&criteria, best_sold).unwrap();
    assert_eq!(found.ids, (50_000..50_010).rev().collect::<Vec<_>>());
    assert!(found.steps < 50, "{}", found.steps);
}

#[test]
fn an_unfinished_word_may_not_be_too_many() {
    let numbered = |number: usize| (format!("abc{number:05}").into(), RoaringBitmap::from([7]));
    let start: words::Words = (0..=words::UNITED_MAX).map(numbered).collect();
    let word = |text: &str| crate::words::Word { text: text.into(), unfinished: true };
    assert_eq!(start.items(&word("abc")), Err(TooWide));
    assert!(start.items(&word("abc0012")).unwrap().is_some_and(|items| items.contains(7)));
}

#[test]
fn words_and_labels_that_nothing_has_any_more_are_dropped() {
    let mut finder = finder();
    let off = |id| Fact { id, on_sale: None };
    finder.put((0..i64::from(MANY)).map(off).collect());
    assert_eq!(finder.facets(&Criteria::default()).unwrap(), Facets::default());
    assert!(finder.words.is_empty() && finder.categories.names().next().is_none());
}
