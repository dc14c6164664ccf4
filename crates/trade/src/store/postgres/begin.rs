//! The first transaction of placements: keys, orders, duties.

use std::sync::LazyLock;

use async_trait::async_trait;
use clock::Ms;
use engine::postgres::{Batch, Tx};
use engine::{IdempotencyKey, Once, Result};
use model::order::{State, sweep_at};

use super::columns::{Columns, unnest};
use super::desk::{Desk, Slip};
use crate::place::Refused;
use crate::store::codec::json;
use crate::store::decide::{PLACED, Post, first_duty};
use crate::store::{Begun, NewOrder, Placement};

const INTS: [&str; 9] =
    ["id", "owner", "total", "payment_type", "state", "placed_at", "deadline", "duty_due", "next_sweep_at"];
const TEXTS: [&str; 2] = ["address", "lines"];

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let columns = [&INTS[..], &TEXTS[..]].concat().join(", ");
    let rows = unnest(&INTS, &TEXTS);
    format!("INSERT INTO trade_orders ({columns}, moves) SELECT {columns}, 1 FROM {rows} ORDER BY id")
});

/// Writes new orders, and remembers refusals of what would have been one.
pub(super) struct Begin {
    pub(super) desk: Desk,
}

/// What a buyer's wish has come to.
pub(super) enum Opening {
    Order(Box<NewOrder>),
    Refusal(Refused, Ms),
}

impl Opening {
    fn placement(&self) -> (Placement, Ms) {
        match self {
            Opening::Order(new) => (Placement::Order(new.order.id), new.order.placed_at),
            Opening::Refusal(refused, now) => (Placement::Refused(refused.clone()), *now),
        }
    }
}

#[async_trait]
impl Batch for Begin {
    type Request = (Opening, Option<IdempotencyKey>);
    type Answer = Begun;

    async fn run(&self, tx: &mut Tx<'_>, requests: &[Self::Request]) -> Result<Vec<Begun>> {
        let mut book = self.desk.keys.load(tx, requests.iter().map(|(_, key)| key.as_ref())).await?;
        let (mut orders, mut slip) = (Columns::default(), Slip::default());
        let mut answers = Vec::with_capacity(requests.len());
        for (opening, key) in requests {
            let (placement, now) = opening.placement();
            if let Some(key) = key {
                if let Some(once) = book.find::<Placement>(key)? {
                    answers.push(once.into());
                    continue;
                }
                book.record(key, &placement, now)?;
            }
            answers.push(match opening {
                Opening::Order(new) => {
                    open(new, &mut orders, &mut slip)?;
                    Begun::New
                }
                Opening::Refusal(..) => Once::Outcome(placement).into(),
            });
        }
        self.desk.keys.save(tx, book);
        if !orders.is_empty() {
            tx.write(INSERT.as_str(), orders.params());
        }
        slip.write(&self.desk, tx);
        Ok(answers)
    }
}

fn open(new: &NewOrder, orders: &mut Columns<9, 2>, slip: &mut Slip) -> Result<()> {
    let order = &new.order;
    let ints = [
        Some(order.id.as_i64()),
        Some(order.owner.as_i64()),
        Some(order.total.0),
        Some(i64::from(new.payment_type)),
        Some(order.state.code()),
        Some(order.placed_at.0),
        Some(order.deadline.0),
        Some(order.deadline.0),
        sweep_at(order, order.placed_at).map(|at| at.0),
    ];
    let address = new.address.as_ref().map(|address| json(address, order.id)).transpose()?;
    orders.push(ints, [address, Some(json(&new.lines, order.id)?)]);
    slip.record(order.id, 0, &PLACED, &new.cause, order.placed_at);
    slip.count(State::Placing, 1);
    slip.post(vec![Post::Send(first_duty(new))]);
    Ok(())
}
