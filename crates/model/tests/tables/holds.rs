//! Whatever order the news of an order's end arrives in, however often, its stock ends the same way, once.

use model::hold::{End, Movement, State, settle};
use proptest::collection::vec;
use proptest::prelude::*;

/// Tells a held order's stock all of `ends`; answers where it ended and what was moved.
fn tell(ends: &[End]) -> (State, Vec<Movement>) {
    ends.iter().fold((State::Held, Vec::new()), |(state, mut moved), end| {
        let (state, movements) = settle(Some(state), *end).expect("a held order can end so");
        moved.extend_from_slice(movements);
        (state, moved)
    })
}

proptest! {
    #[test]
    fn any_mix_of_sold_and_returned_sells_once_and_returns_once(
        ends in vec(prop_oneof![Just(End::Sold), Just(End::Returned)], 1..12),
    ) {
        let (state, moved) = tell(&ends);
        if ends.contains(&End::Returned) {
            prop_assert_eq!((state, moved), (State::Returned, vec![Movement::Sell, Movement::Return]));
        } else {
            prop_assert_eq!((state, moved), (State::Sold, vec![Movement::Sell]));
        }
    }

    #[test]
    fn releasing_any_number_of_times_moves_once(times in 1..12_usize) {
        prop_assert_eq!(tell(&vec![End::Released; times]), (State::Released, vec![Movement::Release]));
    }
}

#[test]
fn nothing_moves_that_was_never_held() {
    for nothing in [None, Some(State::Released), Some(State::Refused)] {
        let (after, moved) = settle(nothing, End::Released).unwrap();
        assert!(moved.is_empty());
        assert!(matches!(after, State::Released | State::Refused), "a late hold must find a refusal");
        assert!(settle(nothing, End::Sold).is_err());
        assert!(settle(nothing, End::Returned).is_err());
    }
}
