//! The pure domain: what an order, a payment and a hold *are*, and every decision taken over them.
//!
//! Nothing here does I/O, waits, or looks at a clock. A state machine is a function
//! `apply(state, event, now) -> Result<Decision, Refusal>`; a store loads the state, calls it, and commits
//! the decision whole. Because the functions are pure, the same code runs in production, under the
//! simulator and under the model checker.

pub mod history;
pub mod hold;
pub mod ids;
pub mod money;
pub mod order;
pub mod pay_order;
pub mod wallet;

pub use clock::Ms;
pub use history::{Actor, Cause};
pub use ids::{AddressId, AttemptId, CartRowId, ItemId, OrderId, PayOrderId, UserId};
pub use money::Cents;
