//! Refusals as problems.

use api::{Kind, Problem};
use edge::Failure;
use engine::Once;

use crate::catalogue::Fault;
use crate::store::{Edited, Restocked};

/// Runs a write to its end even if the client hangs up; a key that was used for something else is refused.
pub(super) async fn once<T: Send + 'static>(
    work: impl Future<Output = engine::Result<Once<T>>> + Send + 'static,
) -> Result<T, Failure> {
    edge::owned(async {
        match work.await? {
            Once::Outcome(outcome) => Ok(outcome),
            Once::OtherBody => Err(Problem::key_reused().into()),
        }
    })
    .await
}

pub(super) fn invalid(fault: &Fault) -> Problem {
    let zh = format!("商品字段 {} 的值不合法。", fault.field);
    Problem::new(Kind::Refused, "invalid_item", fault.to_string(), zh).with("field", fault.field)
}

pub(super) fn of_edit(edited: Edited) -> Result<(), Failure> {
    match edited {
        Edited::Done => Ok(()),
        Edited::NoSuchItem => Err(Problem::not_found().into()),
    }
}

/// What is available after a change of stock.
pub(super) fn of_restock(outcome: Restocked) -> Result<i64, Failure> {
    match outcome {
        Restocked::Done(available) => Ok(available),
        Restocked::NoSuchItem => Err(Problem::not_found().into()),
        Restocked::Short(available) => Err(short(available).into()),
        Restocked::TooMany => {
            Err(invalid(&Fault::new("delta", "would make more stock than an item may have")).into())
        }
    }
}

fn short(available: i64) -> Problem {
    Problem::new(
        Kind::Conflict,
        "short",
        format!("Only {available} are available; what orders hold cannot be taken away."),
        format!("可用库存仅剩 {available} 件，已被订单占用的库存不能扣减。"),
    )
    .with("available", available)
}
