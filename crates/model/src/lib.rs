//! The pure domain: what an order, a payment and a hold *are*, and every decision taken over them.
//!
//! Nothing here does I/O, waits, or looks at a clock. A state machine is a function
//! `apply(state, event, now) -> Result<Decision, Refusal>`; a store loads the state, calls it, and commits
//! the decision whole. Because the functions are pure, the same code runs in production, under the
//! simulator and under the model checker.
//!
//! | module | its header row lives in | what it decides |
//! |---|---|---|
//! | [`order`] | `trade` | from *placing* to paid or closed, and what is still owed on the way |
//! | [`pay_order`] | `pay` | whether an attempt may start, and what a close is answered |
//! | [`hold`] | `item` | what the end of an order does to its stock |
//! | [`wallet`] | `user` | whether a debit is made; once for each attempt |
//!
//! Beside them: [`ids`] (one type a kind), [`money`] (integer cents, checked), [`history`] (who and why).
//!
//! # An order that is never paid
//!
//! A driver knows two functions: [`order::next_step`] says what the order needs, [`order::apply`] what an
//! answer does to it. Between the two it makes a call; without an answer it does nothing and comes again.
//!
//! ```
//! use model::hold::End;
//! use model::order::{CloseReason, Event, Order, State, Step, Wake, apply, next_step, sweep_at};
//! use model::{Actor, Cents, Ms, OrderId, UserId};
//!
//! let half_an_hour = 30 * clock::MINUTE;
//! let start = Ms(0);
//! let order = Order::placing(OrderId(1), UserId(7), Cents(4_200), start);
//!
//! // `item` holds the stock: the payment window begins.
//! let order = apply(&order, &Event::Held { window_ms: half_an_hour }, start)?.order;
//! assert_eq!(order.state, State::Unpaid);
//! assert_eq!(next_step(&order, Wake::Due, start), Step::WaitUntil(order.deadline));
//!
//! // Its time is over. The wish to close is written before anybody is told of it.
//! let late = order.deadline;
//! assert_eq!(next_step(&order, Wake::Due, late), Step::AskClose(CloseReason::Timeout));
//! let ask = Event::AskClose { reason: CloseReason::Timeout, actor: Actor::Timer };
//! let order = apply(&order, &ask, late)?.order;
//!
//! // Only `pay` knows whether money is on its way. Until it answers, this stays the next step.
//! assert_eq!(next_step(&order, Wake::Due, late), Step::ClosePayment);
//! let order = apply(&order, &Event::PayClosed, late)?.order;
//! assert_eq!(order.close_reason, Some(CloseReason::Timeout));
//!
//! // Closed, and `item` must hear of it; the row says so to every sweep until `item` has acknowledged.
//! assert_eq!(next_step(&order, Wake::Due, late), Step::SettleStock(End::Released));
//! assert!(sweep_at(&order, late).is_some());
//! let order = apply(&order, &Event::StockSettled(End::Released), late)?.order;
//! assert_eq!(next_step(&order, Wake::Due, late), Step::Rest);
//! assert_eq!(sweep_at(&order, late), None);
//! # Ok::<(), model::order::Refusal>(())
//! ```
//!
//! # How it is tested
//!
//! `tests/tables` has what each event does in each state, as tables to read, and what all decisions over all
//! reachable orders have in common. `tests/protocol` joins the four machines by a network that loses, delays,
//! repeats and reorders, visits every state within small bounds, and from each of them wipes the network:
//! the rows alone must bring order, stock and money to the same end.

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
