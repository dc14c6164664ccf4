use item::ledger::Movement;
use item::store::Restocked;
use model::hold::End;
use model::{ItemId, OrderId};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::shop::{Shop, open};

#[derive(Clone, Debug)]
enum Step {
    Hold { order: u64, lines: Vec<(usize, u32)> },
    Settle { order: u64, end: End },
    Restock { item: usize, pieces: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let order = 1..12_u64;
    let lines = prop::collection::vec((0..3_usize, 0..6_u32), 1..4);
    let end = prop::sample::select(vec![End::Released, End::Sold, End::Returned]);
    prop_oneof![
        3 => (order.clone(), lines).prop_map(|(order, lines)| Step::Hold { order, lines }),
        3 => (order, end).prop_map(|(order, end)| Step::Settle { order, end }),
        1 => (0..3_usize, -10..10_i64).prop_map(|(item, pieces)| Step::Restock { item, pieces }),
    ]
}

/// Orders count from `first`, so that each case has its own.
async fn run(shop: &Shop, items: &[ItemId], first: u64, step: Step) {
    match step {
        Step::Hold { order, lines } => {
            let lines: Vec<_> = lines.into_iter().map(|(item, num)| (items[item], num)).collect();
            shop.hold(first + order, &lines).await;
        }
        Step::Settle { order, end } => drop(shop.settle(first + order, end).await),
        Step::Restock { item, pieces } => drop(shop.restock(items[item], pieces).await),
    }
}

async fn check(shop: &Shop, first: u64, steps: Vec<Step>) {
    let items = [shop.stocked(10).await, shop.stocked(3).await, shop.stocked(0).await];
    for step in steps {
        run(shop, &items, first, step).await;
    }
    assert_eq!(shop.unexplained().await, 0);
    for item in items {
        let (available, held, sold) = shop.counters(item).await;
        assert!(available >= 0 && held >= 0 && sold >= 0);
    }
}

#[test]
fn counters_equal_the_ledger_whatever_happens() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let test = "counters_equal_the_ledger_whatever_happens";
    let Some(shop) = runtime.block_on(open(test)) else { return };
    let cases = std::cell::Cell::new(0);
    let config = ProptestConfig { source_file: Some(file!()), ..ProptestConfig::with_cases(48) };
    let steps = prop::collection::vec(step(), 1..40);
    let checked = TestRunner::new(config).run(&steps, |steps| {
        cases.set(cases.get() + 1);
        runtime.block_on(check(&shop, cases.get() * 100, steps));
        Ok(())
    });
    checked.unwrap_or_else(|failure| panic!("{failure}"));
}

#[tokio::test]
async fn the_ledger_tells_the_story_of_each_order() {
    let Some(shop) = open("the_ledger_tells_the_story_of_each_order").await else { return };
    let item = shop.stocked(5).await;
    let order = u64::MAX >> 2;
    shop.hold(order, &[(item, 2)]).await;
    shop.settle(order, End::Sold).await;
    shop.settle(order, End::Returned).await;
    let page = shop.store.ledger(item, 1, 20).await.unwrap().unwrap();
    let told: Vec<_> = page.list.iter().map(|entry| (entry.movement, entry.qty, entry.order_id)).collect();
    let of = Some(OrderId(order));
    let story = [
        (Movement::Return, 2, of),
        (Movement::Sell, 2, of),
        (Movement::Hold, 2, of),
        (Movement::Add, 5, None),
    ];
    assert_eq!(told, story);
    assert_eq!(page.total, 4);
    let second = shop.store.ledger(item, 2, 3).await.unwrap().unwrap();
    assert_eq!(second.list.len(), 1);
    assert_eq!(shop.store.ledger(ItemId(77), 1, 20).await.unwrap(), None);
}

#[tokio::test]
async fn staff_take_away_what_is_available_at_most() {
    let Some(shop) = open("staff_take_away_what_is_available_at_most").await else { return };
    let item = shop.stocked(5).await;
    shop.hold(1, &[(item, 3)]).await;
    assert_eq!(shop.restock(item, -3).await, Restocked::Short(2));
    assert_eq!(shop.restock(item, -2).await, Restocked::Done(0));
    assert_eq!(shop.restock(item, i64::MAX).await, Restocked::TooMany);
    assert_eq!(shop.restock(ItemId(77), 1).await, Restocked::NoSuchItem);
    assert_eq!(shop.counters(item).await, (0, 3, 0));
    assert_eq!(shop.unexplained().await, 0);
}
