//! Lists of orders, a page at a time.

use api::body::rows_left;
use engine::{Error, Result};
use model::UserId;
use rusqlite::{Connection, OptionalExtension, Params};

use super::read::{self, tally};
use crate::store::{Filter, Row, codec, listing};

pub(super) fn page(
    connection: &Connection,
    filter: Filter,
    offset: u64,
    limit: u64,
) -> Result<(u64, Vec<Row>)> {
    match filter.owner {
        Some(owner) => of_owner(connection, owner, filter, offset, limit),
        None => of_all(connection, filter, offset, limit),
    }
}

fn of_owner(
    connection: &Connection,
    owner: UserId,
    filter: Filter,
    offset: u64,
    limit: u64,
) -> Result<(u64, Vec<Row>)> {
    let owner = owner.as_i64();
    let floor = connection.prepare_cached(&listing::floor())?.query_row([owner], |row| row.get(0));
    let floor = floor.optional()?.unwrap_or(0_i64);
    let count = format!("SELECT count(*) FROM trade_orders {}", listing::of_owner(filter));
    let total = connection.prepare_cached(&count)?.query_row((owner, floor), |row| row.get(0))?;
    let limit = rows_left(total, offset, limit);
    let found = rows(connection, &listing::page_of_owner(filter), (owner, floor, limit, offset))?;
    Ok((total, found))
}

fn of_all(connection: &Connection, filter: Filter, offset: u64, limit: u64) -> Result<(u64, Vec<Row>)> {
    let total = listing::total(filter, &tally(connection)?);
    let limit = rows_left(total, offset, limit);
    let found = rows(connection, &listing::page_of_all(filter, total), (limit, offset))?;
    Ok((total, found))
}

/// A row that makes no sense does not hide the others.
fn rows(connection: &Connection, which: &str, values: impl Params) -> Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(&read::rows(which))?;
    let mut rows = statement.query(values)?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        match codec::row(row) {
            Ok(row) => list.push(row),
            Err(error @ Error::Corrupt { .. }) => tracing::error!(%error, "an order is left out of a list"),
            Err(error) => return Err(error),
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use engine::sqlite::{Db, Options};
    use model::order::State;

    use super::*;
    use crate::config::{GATHERED_MAX, LISTED_MAX};
    use crate::store::sqlite::MIGRATIONS;

    /// How `sql` would be done.
    fn plan(db: &Db, sql: &str) -> String {
        let look = |connection: &Connection| {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let mut rows = statement.raw_query();
            let mut steps: Vec<String> = Vec::new();
            while let Some(row) = rows.next()? {
                steps.push(row.get(3)?);
            }
            Ok(steps.join("; "))
        };
        db.read(look).unwrap()
    }

    #[tokio::test]
    async fn no_list_walks_through_orders_that_are_not_in_it() {
        let directory = tempfile::tempdir().unwrap();
        let db = Db::open(&directory.path().join("t.db"), Options::for_tests(), &[MIGRATIONS]).unwrap();
        let states = [State::Paid, State::Shipped, State::Received, State::Closed, State::Reviewed].map(Some);
        for everything in [false, true] {
            let of = |state| Filter { owner: None, state, everything };
            for state in states.into_iter().chain([None, Some(State::Unpaid)]) {
                for sql in [listing::page_of_owner(of(state)), listing::of_owner(of(state))] {
                    let plan = plan(&db, &read::rows(&sql));
                    assert_eq!(
                        plan,
                        "SEARCH trade_orders USING INDEX trade_orders_of_owner (owner=? AND id>?)"
                    );
                }
            }
            for state in states {
                let plan = plan(&db, &read::rows(&listing::page_of_all(of(state), LISTED_MAX)));
                assert_eq!(plan, "SEARCH trade_orders USING INDEX trade_orders_past (state>? AND state<?)");
            }
            let unpaid = of(Some(State::Unpaid));
            let few = plan(&db, &read::rows(&listing::page_of_all(unpaid, GATHERED_MAX - 1)));
            assert!(
                few.starts_with("SEARCH trade_orders USING INDEX trade_orders_to_sweep (next_sweep_at>?)"),
                "{few}"
            );
            for newest in [listing::page_of_all(unpaid, GATHERED_MAX), listing::page_of_all(of(None), 5)] {
                assert_eq!(plan(&db, &read::rows(&newest)), "SCAN trade_orders");
            }
        }
    }
}
