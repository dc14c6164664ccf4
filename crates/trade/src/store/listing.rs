//! How a page of orders is found without walking through all of them, the same in every engine.
//!
//! An owner's list goes along the index of owners. Staff's list of everything goes along the ids; that of one state goes
//! along an index for orders that are paid or past it. Those not paid yet have none, for every placement would pay for
//! it: many are met soon among the newest, and few are gathered among what is not at rest. How many there are is
//! counted with the transitions.

use model::order::State;

use super::Filter;
use super::codec::VISIBLE;
use crate::config::{GATHERED_MAX, LISTED_MAX};

/// The oldest order of `$1` that a list shows, if there are more.
pub(super) fn floor() -> String {
    let skipped = LISTED_MAX - 1;
    format!("SELECT id FROM trade_orders WHERE owner = $1 ORDER BY id DESC LIMIT 1 OFFSET {skipped}")
}

/// Which orders of the owner `$1`, from `$2` on, are in the list.
pub(super) fn of_owner(filter: Filter) -> String {
    format!("WHERE owner = $1 AND id >= $2 AND {}", which(filter))
}

/// The same as a page: `$3` of them behind the first `$4`.
pub(super) fn page_of_owner(filter: Filter) -> String {
    format!("{} ORDER BY id DESC LIMIT $3 OFFSET $4", of_owner(filter))
}

/// `$1` of all orders that are in the list, of which there are `total`, behind the first `$2`.
pub(super) fn page_of_all(filter: Filter, total: u64) -> String {
    let (which, visible) = (which(filter), visible(filter));
    let found = match filter.state {
        // A range, for an equation would leave the order of the index to the planner's statistics.
        Some(state) if state.code() > State::Unpaid.code() => {
            let state = state.code();
            format!(
                "WHERE state > 1 AND state BETWEEN {state} AND {state} AND {visible} ORDER BY state DESC, id DESC"
            )
        }
        // The sum keeps the planner from walking along the ids.
        Some(_) if total < GATHERED_MAX => {
            format!("WHERE next_sweep_at IS NOT NULL AND next_sweep_at >= 0 AND {which} ORDER BY id + 0 DESC")
        }
        _ => format!("WHERE {which} ORDER BY id DESC"),
    };
    format!("{found} LIMIT $1 OFFSET $2")
}

/// A state stands here as a number, so that an index for some states is known to fit.
fn which(filter: Filter) -> String {
    let visible = visible(filter);
    match filter.state {
        Some(state) => format!("{visible} AND state = {}", state.code()),
        None => visible.to_owned(),
    }
}

fn visible(filter: Filter) -> &'static str {
    if filter.everything { "TRUE" } else { VISIBLE }
}

/// How many of all orders are in the list, as far as lists go, by the tally of states.
pub(super) fn total(filter: Filter, tally: &[(State, i64)]) -> u64 {
    let counts = tally.iter().filter(|(state, _)| filter.state.is_none_or(|wanted| wanted == *state));
    let sum: i64 = counts.map(|(_, count)| count).sum();
    u64::try_from(sum).unwrap_or(0).min(LISTED_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(state: Option<State>) -> Filter {
        Filter { owner: None, state, everything: true }
    }

    #[test]
    fn a_list_ends_where_lists_end() {
        let tally = [(State::Unpaid, 7_000), (State::Closed, 4_000), (State::Paid, -1)];
        assert_eq!(total(of(None), &tally), LISTED_MAX);
        assert_eq!(total(of(Some(State::Closed)), &tally), 4_000);
        assert_eq!((total(of(Some(State::Paid)), &tally), total(of(Some(State::Shipped)), &tally)), (0, 0));
    }
}
