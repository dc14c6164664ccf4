use std::collections::BTreeMap;

use audit::facts::{HoldFact, ItemFact, LedgerFact, LedgerKey, StockChange};
use model::hold::{End, State};
use model::{ItemId, OrderId};

use crate::shop::open;
use crate::tables::Tables;

/// Small, so that there are several.
const PAGE: usize = 2;

async fn every_hold(tables: &Tables) -> Vec<HoldFact> {
    let mut all: Vec<HoldFact> = Vec::new();
    loop {
        let after = all.last().map_or(OrderId(0), |fact| fact.order);
        let page = match tables {
            Tables::Sqlite { db, .. } => db.read(|conn| item::facts::holds(conn, after, PAGE)),
            Tables::Postgres { db, .. } => {
                item::facts::postgres::holds(&db.conn().await.unwrap(), after, PAGE).await
            }
        }
        .unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn every_item(tables: &Tables) -> Vec<ItemFact> {
    let mut all: Vec<ItemFact> = Vec::new();
    loop {
        let after = all.last().map_or(ItemId(0), |fact| fact.id);
        let page = match tables {
            Tables::Sqlite { db, .. } => db.read(|conn| item::facts::items(conn, after, PAGE)),
            Tables::Postgres { db, .. } => {
                item::facts::postgres::items(&db.conn().await.unwrap(), after, PAGE).await
            }
        }
        .unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

async fn every_entry(tables: &Tables) -> Vec<LedgerFact> {
    let mut all: Vec<LedgerFact> = Vec::new();
    loop {
        let after = all.last().map_or_else(LedgerKey::default, |fact| fact.key);
        let page = match tables {
            Tables::Sqlite { db, .. } => db.read(|conn| item::facts::ledger(conn, after, PAGE)),
            Tables::Postgres { db, .. } => {
                item::facts::postgres::ledger(&db.conn().await.unwrap(), after, PAGE).await
            }
        }
        .unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

#[tokio::test]
async fn the_auditor_sees_every_hold_item_and_entry_once() {
    let Some(shop) = open("the_auditor_sees_every_hold_item_and_entry_once").await else { return };
    let mut items = Vec::new();
    for stock in [5, 4, 3] {
        items.push(shop.stocked(stock).await);
    }
    for order in 1..=5 {
        shop.hold(order, &[(items[0], 1), (items[1], 1)]).await;
    }
    for (order, end) in [(1, End::Sold), (2, End::Returned), (3, End::Released)] {
        shop.settle(order, end).await;
    }
    let holds = every_hold(shop.tables()).await;
    let states: Vec<State> = holds.iter().map(|hold| hold.state).collect();
    assert_eq!(states, [State::Sold, State::Returned, State::Released, State::Held, State::Refused]);
    assert_eq!(holds[0].lines.len(), 2);
    let facts = every_item(shop.tables()).await;
    assert_eq!(facts.iter().map(|fact| fact.id).collect::<Vec<_>>(), items);
    let counters = (facts[0].added, facts[0].available, facts[0].held, facts[0].sold);
    assert_eq!(counters, (5, 3, 1, 1));
    let mut kinds: BTreeMap<String, i64> = BTreeMap::new();
    for entry in every_entry(shop.tables()).await {
        let kind = match entry.change {
            StockChange::Added => "added".into(),
            StockChange::Moved(movement) => format!("{movement:?}"),
        };
        *kinds.entry(kind).or_default() += entry.num;
    }
    let wanted = [("Hold", 8), ("Release", 2), ("Return", 2), ("Sell", 4), ("added", 12)];
    assert_eq!(kinds, wanted.map(|(kind, num)| (kind.to_owned(), num)).into());
}
