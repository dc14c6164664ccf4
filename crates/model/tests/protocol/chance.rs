//! Longer walks than can be enumerated: several attempts, extensions, shipping, refunds.

use model::Cents;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{Bounds, World};

const BOUNDS: Bounds = Bounds { presses: 3, staff: true, extensions: 2, provider: true };
const STEPS_MAX: usize = 120;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn every_walk_ends_right_from_the_rows_alone(choices in vec(any::<prop::sample::Index>(), 0..STEPS_MAX)) {
        let mut world = World::new(Cents(100), 1, BOUNDS);
        for choice in choices {
            let actions = world.actions();
            world = world.step(actions[choice.index(actions.len())]);
        }
        world.end_from_rows();
    }
}
