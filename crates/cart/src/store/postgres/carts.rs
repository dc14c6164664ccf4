//! The carts a batch is about: locked, changed in memory, written once.

use std::collections::{BTreeMap, BTreeSet};

use clock::Ms;
use engine::postgres::{self, Conn, Tx};
use engine::{Result, params};
use model::{CartRowId, Cents, ItemId, UserId};

use crate::rules::{Adding, Outcome, Present, Refusal, Snapshot, add};
use crate::store::{Change, Clear, Command, Row};

const COLUMNS: &str = "user_id, item_id, id, num, name, price, image, spec, created, changed_at";

type Place = (UserId, ItemId);

#[derive(Default)]
pub(super) struct Carts {
    rows: BTreeMap<Place, Row>,
    /// Which rows are in the table.
    stored: BTreeSet<Place>,
    touched: BTreeSet<Place>,
}

impl Carts {
    /// Locks these users' carts, in the order of their locks' keys, and reads them. Two users may share a lock, which
    /// costs them no more than a wait.
    pub(super) async fn lock(tx: &Tx<'_>, users: impl Iterator<Item = UserId>) -> Result<Self> {
        let users: Vec<i64> = users.map(UserId::as_i64).collect();
        let sql = "SELECT pg_advisory_xact_lock(hashtext('sandglass cart'), key) FROM
                   (SELECT DISTINCT hashint8(owner) AS key FROM unnest($1::bigint[]) owner ORDER BY key) locks";
        tx.query(sql, &[&users]).await?;
        let sql = format!("SELECT {COLUMNS} FROM cart_rows WHERE user_id = ANY($1)");
        let mut carts = Self::default();
        for row in tx.query(&sql, &[&users]).await? {
            let (user, row) = (UserId::from_i64(row.try_get(0)?), read(&row)?);
            carts.stored.insert((user, row.item));
            carts.rows.insert((user, row.item), row);
        }
        Ok(carts)
    }

    pub(super) fn change(&mut self, command: &Command, rows_max: usize) -> Outcome {
        let Command { user, at, .. } = *command;
        match &command.change {
            Change::Add { id, item, offer } => {
                let place = (user, *item);
                match add(offer, self.present(place), rows_max) {
                    Adding::Insert(snapshot) => self.insert(place, *id, snapshot, at),
                    Adding::OneMore => self.touch(place, at, |num| num + 1),
                    Adding::Refuse(refusal) => return Outcome::Refused(refusal),
                }
                Outcome::Done
            }
            Change::SetNum { row, num } => {
                found(self.find(user, *row), |place| self.touch(place, at, |_| *num))
            }
            Change::RemoveRow(row) => found(self.find(user, *row), |place| self.remove(place)),
            Change::RemoveItems(items) => {
                for item in items {
                    self.remove((user, *item));
                }
                Outcome::Done
            }
        }
    }

    /// Takes out what was ordered, unless it was touched since; answers how many rows.
    pub(super) fn clear(&mut self, clear: &Clear) -> usize {
        let mut left = 0;
        for place in clear.items.iter().map(|item| (clear.user, *item)) {
            if self.rows.get(&place).is_some_and(|row| row.changed_at <= clear.ordered_at) {
                self.remove(place);
                left += 1;
            }
        }
        left
    }

    fn cart(&self, user: UserId) -> impl Iterator<Item = (&Place, &Row)> {
        self.rows.range((user, ItemId(0))..=(user, ItemId(u64::MAX)))
    }

    fn present(&self, place: Place) -> Present {
        Present { rows: self.cart(place.0).count(), num: self.rows.get(&place).map(|row| row.num) }
    }

    fn find(&self, user: UserId, id: CartRowId) -> Option<Place> {
        self.cart(user).find(|(_, row)| row.id == id).map(|(place, _)| *place)
    }

    fn insert(&mut self, place: Place, id: CartRowId, snapshot: &Snapshot, at: Ms) {
        let snapshot = snapshot.clone();
        self.rows.insert(place, Row { id, item: place.1, num: 1, snapshot, created: at, changed_at: at });
        self.touched.insert(place);
    }

    /// A clock that steps back must not make a row look older than a clear-cart message it came after.
    fn touch(&mut self, place: Place, at: Ms, num: impl FnOnce(u32) -> u32) {
        if let Some(row) = self.rows.get_mut(&place) {
            row.num = num(row.num);
            row.changed_at = row.changed_at.max(at);
            self.touched.insert(place);
        }
    }

    fn remove(&mut self, place: Place) {
        if self.rows.remove(&place).is_some() {
            self.touched.insert(place);
        }
    }

    /// Writes what has changed. A row that was taken out and put in again is another row in the same place.
    pub(super) fn save(self, tx: &mut Tx<'_>) {
        let (mut kept, mut gone) = (Vec::new(), Vec::new());
        for place in &self.touched {
            match self.rows.get(place) {
                Some(row) => kept.push((place.0, row)),
                None if self.stored.contains(place) => gone.push(*place),
                None => {}
            }
        }
        delete(tx, &gone);
        put(tx, &kept);
    }
}

fn found(place: Option<Place>, change: impl FnOnce(Place)) -> Outcome {
    match place {
        Some(place) => {
            change(place);
            Outcome::Done
        }
        None => Outcome::Refused(Refusal::NotFound),
    }
}

fn delete(tx: &mut Tx<'_>, gone: &[Place]) {
    if gone.is_empty() {
        return;
    }
    let (users, items): (Vec<i64>, Vec<i64>) =
        gone.iter().map(|(user, item)| (user.as_i64(), item.as_i64())).unzip();
    let sql = "DELETE FROM cart_rows WHERE (user_id, item_id) IN
               (SELECT * FROM unnest($1::bigint[], $2::bigint[]))";
    tx.write(sql, params![users, items]);
}

fn put(tx: &mut Tx<'_>, kept: &[(UserId, &Row)]) {
    if kept.is_empty() {
        return;
    }
    let sql = format!(
        "INSERT INTO cart_rows ({COLUMNS})
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[],
             $7::text[], $8::text[], $9::bigint[], $10::bigint[])
         ON CONFLICT (user_id, item_id) DO UPDATE SET id = excluded.id, num = excluded.num, name = excluded.name,
             price = excluded.price, image = excluded.image, spec = excluded.spec, created = excluded.created,
             changed_at = excluded.changed_at"
    );
    let params = params![
        column(kept, |(user, _)| user.as_i64()),
        column(kept, |(_, row)| row.item.as_i64()),
        column(kept, |(_, row)| row.id.as_i64()),
        column(kept, |(_, row)| i64::from(row.num)),
        column(kept, |(_, row)| row.snapshot.name.clone()),
        column(kept, |(_, row)| row.snapshot.price.0),
        column(kept, |(_, row)| row.snapshot.image.clone()),
        column(kept, |(_, row)| row.snapshot.spec.clone()),
        column(kept, |(_, row)| row.created.0),
        column(kept, |(_, row)| row.changed_at.0),
    ];
    tx.write(sql, params);
}

fn column<T>(kept: &[(UserId, &Row)], field: impl Fn((UserId, &Row)) -> T) -> Vec<T> {
    kept.iter().map(|(user, row)| field((*user, row))).collect()
}

pub(super) async fn rows(conn: &Conn, user: UserId) -> Result<Vec<Row>> {
    let sql = format!("SELECT {COLUMNS} FROM cart_rows WHERE user_id = $1 ORDER BY created DESC, id DESC");
    conn.query(&sql, &[&user.as_i64()]).await?.iter().map(read).collect()
}

/// Reads a row selected with [`COLUMNS`].
fn read(row: &postgres::Row) -> Result<Row> {
    let num: i16 = row.try_get(3)?;
    Ok(Row {
        id: CartRowId::from_i64(row.try_get(2)?),
        item: ItemId::from_i64(row.try_get(1)?),
        num: u32::try_from(num).unwrap_or_default(),
        snapshot: Snapshot {
            name: row.try_get(4)?,
            price: Cents(row.try_get(5)?),
            image: row.try_get(6)?,
            spec: row.try_get(7)?,
        },
        created: Ms(row.try_get(8)?),
        changed_at: Ms(row.try_get(9)?),
    })
}
