//! How the cart's refusals look to clients.

use api::{Kind, Problem};
use edge::Failure;
use engine::Once;

use crate::rules::{Outcome, Refusal};

/// Nothing to say of a success; a refusal is a problem.
pub(super) fn answer(outcome: &Once<Outcome>) -> Result<(), Failure> {
    match *outcome {
        Once::Outcome(Outcome::Done) => Ok(()),
        Once::Outcome(Outcome::Refused(refusal)) => Err(problem(refusal).into()),
        Once::OtherBody => Err(Problem::key_reused().into()),
    }
}

fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound => Problem::not_found(),
        Refusal::OffSale => refused("off_sale", "This item is not sold at present.", "该商品目前未上架。"),
        Refusal::CartFull => refused(
            "cart_full",
            "The cart is full; take something out first.",
            "购物车已满，请先移除部分商品。",
        ),
        Refusal::NumMax => refused(
            "num_max",
            "There are as many of this item in the cart as it may hold.",
            "该商品数量已达上限。",
        ),
    }
}

/// A refusal by a rule of the cart.
pub(super) fn refused(code: &'static str, en: &'static str, zh: &'static str) -> Problem {
    Problem::new(Kind::Refused, code, en, zh)
}
