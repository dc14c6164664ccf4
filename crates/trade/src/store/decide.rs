//! What a change writes, decided without any engine: header, history, messages and duties.

use api::body::ClearCart;
use api::topics;
use clock::Ms;
use delay::{Key, Message, Topic};
use engine::{Error, Result};
use model::order::{self, Decision, Effect, Move, Refusal, State};
use model::{Cause, ItemId, OrderId};
use mutants::Mutant;

use super::codec::Stored;
use super::{Change, Line, NewOrder};

/// The first entry of every history.
pub(super) const PLACED: Move = Move { from: State::Placing, to: State::Placing, name: "placed" };

/// When duties and checks come due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    duty_delay_ms: i64,
    first_check_ms: Option<i64>,
}

impl Timing {
    pub(super) fn of(config: &crate::Config) -> Self {
        Self { duty_delay_ms: config.duty_delay_ms, first_check_ms: config.check_delays_ms.first().copied() }
    }
}

/// Something for the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Post {
    /// A message to be sent.
    Send(Message),
    /// A message that is no longer needed.
    Drop(Key),
}

/// All that a change writes.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// The header afterwards.
    pub(super) after: Stored,
    /// The new entries of its history, the first of which has the number of moves before.
    pub(super) moves: Vec<Move>,
    /// The state it came into, if it is another one.
    pub(super) entered: Option<State>,
    /// What goes to the outbox, in this order.
    pub(super) posts: Vec<Post>,
}

/// Decides on `change`. `items` are those ordered, and asked for only if the cart is to be cleared.
pub(super) fn decide(
    timing: Timing,
    before: &Stored,
    change: &Change,
    now: Ms,
    items: impl Fn() -> Result<Vec<ItemId>>,
) -> Result<Result<Written, Refusal>> {
    let decision = match order::apply(&before.order, &change.event, now) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut posting = Posting { timing, change, now, duty_due: before.duty_due, posts: Vec::new() };
    posting.perform(&decision, items)?;
    let Posting { duty_due, posts, .. } = posting;
    let Decision { order, moves, .. } = decision;
    let entered = Some(order.state).filter(|state| *state != before.order.state);
    let entries = i64::try_from(moves.len()).unwrap_or(i64::MAX);
    let after = Stored { order, moves: before.moves + entries, duty_due };
    Ok(Ok(Written { after, moves, entered, posts }))
}

/// The duty that a new order is written with: to finish its placement.
pub(super) fn first_duty(new: &NewOrder) -> Message {
    message(topics::ORDER_DUTY, new.order.id, &new.cause, new.order.deadline, new.order.placed_at)
}

/// The items of an order's stored lines.
pub(super) fn items(order: OrderId, lines: &str) -> Result<Vec<ItemId>> {
    let lines: Vec<Line> = super::codec::from_json(lines, order)?;
    Ok(lines.into_iter().map(|line| line.item_id).collect())
}

struct Posting<'a> {
    timing: Timing,
    change: &'a Change,
    now: Ms,
    duty_due: Option<Ms>,
    posts: Vec<Post>,
}

impl Posting<'_> {
    fn perform(&mut self, decision: &Decision, items: impl Fn() -> Result<Vec<ItemId>>) -> Result<()> {
        for effect in &decision.effects {
            match effect {
                Effect::WakeAt(_) if mutants::on(Mutant::TimerNotWritten) => {}
                Effect::WakeAt(due) => self.send(topics::ORDER_CHECK, *due),
                Effect::ArmChecks => {
                    if let Some(delay_ms) = self.timing.first_check_ms {
                        self.send(topics::ORDER_CHECK, self.now + delay_ms);
                    }
                }
                Effect::ClearCart => self.clear_cart(decision, items()?)?,
                Effect::DropPlacingDuty => self.drop_duty(),
                Effect::Owes => self.owe(),
            }
        }
        if decision.order.state != State::Placing && !decision.order.owes() {
            self.drop_duty();
        }
        Ok(())
    }

    fn owe(&mut self) {
        if !self.change.carried && self.duty_due.is_none() {
            let due = self.now + self.timing.duty_delay_ms;
            self.send(topics::ORDER_DUTY, due);
            self.duty_due = Some(due);
        }
    }

    /// Drops the duty, unless the change is carried: then the duty may be the very message that carries it, and
    /// must come back if the rest of its work gets no answer.
    fn drop_duty(&mut self) {
        if let Some(due) = self.duty_due.take().filter(|_| !self.change.carried) {
            let (topic, subject) = (topics::ORDER_DUTY.code, self.change.order.0);
            self.posts.push(Post::Drop(Key { due, topic, subject }));
        }
    }

    fn clear_cart(&mut self, decision: &Decision, item_ids: Vec<ItemId>) -> Result<()> {
        let order = &decision.order;
        let body = serde_json::to_vec(&ClearCart { user_id: order.owner, item_ids });
        let body = body.map_err(|_| Error::corrupt("trade_orders", order.id))?;
        // Created when the order was placed: what the buyer put into the cart since then stays there.
        let cause = &self.change.cause;
        let cleared = message(topics::ORDER_CREATED, order.id, cause, self.now, order.placed_at);
        self.posts.push(Post::Send(cleared.with_body(body)));
        Ok(())
    }

    fn send(&mut self, topic: Topic, due: Ms) {
        self.posts.push(Post::Send(message(topic, self.change.order, &self.change.cause, due, self.now)));
    }
}

fn message(topic: Topic, order: OrderId, cause: &Cause, due: Ms, created: Ms) -> Message {
    Message { trace: cause.trace.clone(), ..Message::new(topic, order.0, due, created) }
}
