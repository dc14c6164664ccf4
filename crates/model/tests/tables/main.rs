//! The state machines one event at a time: whole tables of what is legal, and what every decision has in common.

mod bill_table;
mod codes;
mod grid;
mod holds;
mod order_moves;
mod order_steps;
mod order_table;
mod orders;
mod pay_order_table;
