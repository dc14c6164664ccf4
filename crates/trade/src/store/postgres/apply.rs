//! Events on orders: lock the headers, decide each in memory, write every changed one once.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, KeyBook, Tx};
use engine::{Error, IdempotencyKey, Result};
use model::OrderId;
use model::order::Event;

use super::columns::int;
use super::desk::{Desk, Slip};
use super::header::Header;
use crate::store::codec::{HEADER, header};
use crate::store::decide::{self, Written, decide};
use crate::store::{Applied, Change, Keyed, Ruling};

/// Lines are long, and only needed where the cart is to be cleared.
static LOCK: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {HEADER}, CASE WHEN id = ANY($2) THEN lines END
         FROM trade_orders WHERE id = ANY($1) ORDER BY id FOR UPDATE"
    )
});

/// Applies changes to orders, some of them under an idempotency key.
pub(super) struct Apply {
    pub(super) desk: Desk,
}

/// A change that somebody asks for.
pub(super) struct Ask {
    pub(super) change: Change,
    pub(super) key: Option<IdempotencyKey>,
    pub(super) now: Ms,
}

#[async_trait]
impl Batch for Apply {
    type Request = Ask;
    type Answer = Keyed;

    /// Headers and keys are read in one round trip, the headers first: who had to wait for a header then sees the
    /// keys of whom it waited for.
    async fn run(&self, tx: &mut Tx<'_>, asks: &[Ask]) -> Result<Vec<Keyed>> {
        let keys = self.desk.keys.load(tx, asks.iter().map(|ask| ask.key.as_ref()));
        let (orders, book) = tokio::try_join!(biased; lock(tx, asks), keys)?;
        let mut work = Work { desk: &self.desk, orders, book, slip: Slip::default() };
        let answers = asks.iter().map(|ask| work.answer(ask)).collect::<Result<_>>()?;
        work.write(tx);
        Ok(answers)
    }

    fn broken(&self, ask: &Ask, error: &Error) -> Option<Keyed> {
        tracing::error!(%error, order = ask.change.order.0, "an order's rows contradict each other");
        Some(Keyed::Now(Applied::Corrupt))
    }
}

/// The orders of a batch as they stand between its requests. `None`: the row makes no sense.
type Orders = BTreeMap<OrderId, Option<Header>>;

async fn lock(tx: &Tx<'_>, asks: &[Ask]) -> Result<Orders> {
    let id = |ask: &Ask| ask.change.order.as_i64();
    let ids: Vec<i64> = asks.iter().map(id).collect();
    let clears_cart = |ask: &&Ask| matches!(ask.change.event, Event::Held { .. });
    let carts: Vec<i64> = asks.iter().filter(clears_cart).map(id).collect();
    let rows = tx.query(&LOCK, &[&ids, &carts]).await?;
    let mut orders = Orders::new();
    for row in rows {
        let order = match header(&row) {
            Ok(stored) => Some(Header { stored, lines: row.try_get(16)?, touched: None }),
            Err(Error::Corrupt { .. }) => None,
            Err(error) => return Err(error),
        };
        orders.insert(OrderId::from_i64(int(&row, 0)?), order);
    }
    Ok(orders)
}

struct Work<'a> {
    desk: &'a Desk,
    orders: Orders,
    book: KeyBook,
    slip: Slip,
}

impl Work<'_> {
    fn answer(&mut self, ask: &Ask) -> Result<Keyed> {
        let Some(key) = &ask.key else { return self.apply(ask).map(Keyed::Now) };
        if let Some(once) = self.book.find::<Ruling>(key)? {
            return Ok(once.into());
        }
        let applied = self.apply(ask)?;
        if let Some(ruling) = Ruling::on(&applied) {
            self.book.record(key, &ruling, ask.now)?;
        }
        Ok(Keyed::Now(applied))
    }

    fn apply(&mut self, Ask { change, now, .. }: &Ask) -> Result<Applied> {
        let header = match self.orders.get_mut(&change.order) {
            Some(Some(header)) => header,
            Some(None) => return Ok(Applied::Corrupt),
            None => return Ok(Applied::Unknown),
        };
        let items = || decide::items(change.order, header.lines.as_deref().unwrap_or_default());
        match decide(self.desk.timing, &header.stored, change, *now, items)? {
            Err(refusal) => Ok(Applied::Refused { refusal, order: header.stored.order.clone() }),
            Ok(written) => {
                record(&mut self.slip, header, &written, change, *now);
                let Written { after, moves, entered, posts } = written;
                self.slip.post(posts);
                let order = after.order.clone();
                let touched = header.touched.take().unwrap_or_default();
                header.touched = Some(touched.also(&order, entered, &change.detail, *now)?);
                header.stored = after;
                Ok(Applied::Moved { order, moves })
            }
        }
    }

    fn write(self, tx: &mut Tx<'_>) {
        self.desk.keys.save(tx, self.book);
        super::header::write(tx, self.orders.into_values().flatten());
        self.slip.write(self.desk, tx);
    }
}

fn record(slip: &mut Slip, header: &Header, written: &Written, change: &Change, now: Ms) {
    for (seq, step) in (header.stored.moves..).zip(&written.moves) {
        slip.record(change.order, seq, step, &change.cause, now);
    }
    slip.count(header.stored.order.state, -1);
    slip.count(written.after.order.state, 1);
}
