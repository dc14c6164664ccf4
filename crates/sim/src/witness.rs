//! What can only be seen in the moment of a commit, and is gone when the auditor comes.

use model::{Cents, ItemId, Ms, OrderId, UserId};
use rusqlite::OptionalExtension;

use crate::place::Place;
use crate::town::Town;

/// `item` has committed holds: each new one was made at a moment at which all its items were on sale, at the prices
/// that the order was written with. Prices change all the time, so later nobody can tell.
pub(crate) fn held(town: &Town) {
    match new_holds(town) {
        Ok(new) => new.into_iter().for_each(|order| {
            if let Some(what) = misheld(town, order) {
                town.fail(&format!("order {order} is held, but {what}"), &[order.0]);
            }
        }),
        Err(error) => town.fail(&format!("the holds could not be read: {error}"), &[]),
    }
}

fn new_holds(town: &Town) -> engine::Result<Vec<OrderId>> {
    let sql = "SELECT order_id FROM item_holds WHERE lines <> '[]'";
    let all: Vec<i64> = town.db(Place::Item).read(|connection| {
        let mut statement = connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.map(|row| row.map_err(engine::Error::from)).collect()
    })?;
    Ok(all.into_iter().map(OrderId::from_i64).filter(|order| town.book.first_seen_held(*order)).collect())
}

fn misheld(town: &Town, order: OrderId) -> Option<String> {
    let before = OrderId(order.0 - 1);
    let found = town.db(Place::Trade).read(|connection| trade::facts::orders(connection, before, 1));
    let fact = found.ok()?.into_iter().find(|fact| fact.order.id == order)?;
    let sql = "SELECT price, status FROM item_items WHERE id = ?1";
    fact.lines.iter().find_map(|line| {
        let now: engine::Result<(i64, i64)> = town.db(Place::Item).read(|connection| {
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row([line.item.as_i64()], |row| Ok((row.get(0)?, row.get(1)?)))?)
        });
        match now {
            Ok((_, status)) if status != 1 => Some(format!("item {} is not on sale", line.item)),
            Ok((price, _)) if Cents(price) != line.price => {
                Some(format!("item {} costs {price} and not {}", line.item, line.price.0))
            }
            Ok(_) => None,
            Err(error) => Some(format!("item {} could not be read: {error}", line.item)),
        }
    })
}

/// Since when the item has been in the buyer's cart, if it is there.
pub(crate) fn in_cart_since(town: &Town, owner: UserId, item: ItemId) -> Option<Ms> {
    let sql = "SELECT changed_at FROM cart_rows WHERE user_id = ?1 AND item_id = ?2";
    let found = town.db(Place::Cart).read(|connection| {
        let mut statement = connection.prepare_cached(sql)?;
        Ok(statement.query_row((owner.as_i64(), item.as_i64()), |row| row.get(0)).optional()?)
    });
    found.ok().flatten().map(Ms)
}
