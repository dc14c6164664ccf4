//! Many orders out of few: those that the services made, copied row by row under ids of their own.
//!
//! A copy differs from its pattern in ids alone. Counters move with the copies, in the same transaction, so the data is
//! whole after every commit and the auditor finds nothing.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use clock::Ms;
use engine::sqlite::Tx;
use item::HoldPattern;
use model::{ItemId, OrderId, PayOrderId};
use pay::PayOrderPattern;
use trade::store::sqlite::OrderPattern;

use crate::shop::Shop;

/// Orders copied within one transaction: enough for its commit to cost little, few enough for its pages to stay in cache.
const TOGETHER: u64 = 10_000;

/// An order at rest as all services keep it.
struct Pattern {
    order: OrderPattern,
    hold: HoldPattern,
    pay_order: PayOrderPattern,
}

/// Orders to be copied.
pub(super) struct Patterns(Arc<Vec<Pattern>>);

impl Patterns {
    /// Reads `orders`, each of one line of the item beside it. One that owes something still is left out.
    pub(super) async fn read(shop: &Shop, orders: Vec<(OrderId, ItemId)>) -> Result<Self> {
        let db = shop.embedded().context("only a shop in a data directory can be filled")?;
        let read = move |connection: &_| {
            let mut patterns = Vec::with_capacity(orders.len());
            for (order, item) in orders {
                if let Ok(at_rest) = OrderPattern::of(connection, order) {
                    let hold = HoldPattern::of(connection, order, item)?;
                    let pay_order = PayOrderPattern::of(connection, order)?;
                    patterns.push(Pattern { order: at_rest, hold, pay_order });
                }
            }
            Ok(patterns)
        };
        let patterns = db.scan(read).await?;
        ensure!(!patterns.is_empty(), "no order came to rest that could be copied");
        Ok(Self(Arc::new(patterns)))
    }

    /// Makes `copies` orders dated `now`, and tells `done` how many there are after each commit.
    pub(super) async fn copy(
        &self,
        shop: &Shop,
        copies: u64,
        now: Ms,
        mut done: impl FnMut(u64),
    ) -> Result<()> {
        let db = shop.embedded().context("only a shop in a data directory can be filled")?;
        let mut made = 0;
        while made < copies {
            let some = TOGETHER.min(copies - made);
            let ids: Vec<(u64, u64)> = (0..some).map(|_| (shop.ids.next(now), shop.ids.next(now))).collect();
            let patterns = self.0.clone();
            db.write(move |tx| write(tx, &patterns, made, &ids)).await?;
            made += some;
            done(some);
        }
        Ok(())
    }
}

/// Copies one pattern after the other, beginning with the one whose turn is `first`.
fn write(tx: &Tx<'_>, patterns: &[Pattern], first: u64, ids: &[(u64, u64)]) -> engine::Result<()> {
    let mut counts = vec![0_i64; patterns.len()];
    let start = usize::try_from(first).unwrap_or(0);
    for (turn, (order, pay_order)) in (start..).zip(ids) {
        let at = turn % patterns.len();
        let (pattern, order) = (&patterns[at], OrderId(*order));
        counts[at] += 1;
        pattern.order.copy(tx, order)?;
        pattern.hold.copy(tx, order)?;
        pattern.pay_order.copy(tx, PayOrderId(*pay_order), order)?;
    }
    for (pattern, count) in patterns.iter().zip(counts).filter(|(_, count)| *count > 0) {
        pattern.order.count(tx, count)?;
        pattern.hold.count(tx, count)?;
    }
    Ok(())
}
