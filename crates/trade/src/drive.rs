//! The one loop that brings orders on.

use std::collections::BTreeMap;

use api::calls::{PayStatus, RefundAnswer, SettleAnswer, SettleRequest};
use clock::Ms;
use engine::{IdempotencyKey, Result};
use model::hold::End;
use model::order::{CloseReason, Event, Order, State, Step, Wake, next_step};
use model::pay_order::CloseAnswer;
use model::{Actor, Cause, Cents, OrderId};
use mutants::Mutant;

use crate::Service;
use crate::config::DRIVE_ROUNDS;
use crate::store::{Applied, Change, Detail, Header, Keyed};

/// How far an order was brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Driven {
    /// Nothing is owed, and nothing will come of its own accord.
    AtRest(Order),
    /// Nothing to do before its deadline.
    Waits(Order),
    /// Somebody did not answer, or does not know yet. Try again later.
    Doubt(String),
    /// There is no such order.
    Unknown,
    /// Two services contradict each other, or the row makes no sense: for the operator.
    Contradiction(String),
}

/// An order on its way through the rounds.
struct Task {
    id: OrderId,
    /// Who wakes it, in its own trace.
    cause: Cause,
    wake: Wake,
    order: Option<Order>,
    driven: Option<Driven>,
}

/// What a step's call came to for one order.
enum Outcome {
    Event(Event),
    /// `pay` says it is not paid: go on with what else is due.
    NotPaid,
    Stop(Driven),
}

impl Service {
    /// Brings `orders` on as far as possible; answers in the same order. `carried`: see [`Change::carried`].
    pub async fn drive(
        &self,
        orders: &[OrderId],
        wake: Wake,
        cause: &Cause,
        carried: bool,
    ) -> Result<Vec<Driven>> {
        let woken = orders.iter().map(|id| (*id, cause.trace.clone())).collect();
        self.drive_traced(woken, wake, cause, carried).await
    }

    /// The same for orders that are each woken in a trace of their own.
    pub(crate) async fn drive_traced(
        &self,
        woken: Vec<(OrderId, String)>,
        wake: Wake,
        cause: &Cause,
        carried: bool,
    ) -> Result<Vec<Driven>> {
        let task = |(id, trace)| {
            let cause = Cause { trace, ..cause.clone() };
            Task { id, cause, wake, order: None, driven: None }
        };
        let mut tasks: Vec<Task> = woken.into_iter().map(task).collect();
        for _ in 0..DRIVE_ROUNDS {
            self.load(&mut tasks).await?;
            let plan = plan(&mut tasks, self.clock.now());
            if plan.is_empty() {
                break;
            }
            self.round(&mut tasks, plan, cause.actor, carried).await?;
        }
        let unfinished = || Driven::Doubt("the order keeps moving under our hands".into());
        Ok(tasks.into_iter().map(|task| task.driven.unwrap_or_else(unfinished)).collect())
    }

    /// Loads the headers that are not known from the last round.
    async fn load(&self, tasks: &mut [Task]) -> Result<()> {
        let open = |task: &&mut Task| task.driven.is_none() && task.order.is_none();
        let ids: Vec<OrderId> = tasks.iter_mut().filter(open).map(|task| task.id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let headers = self.store.headers(&ids).await?;
        for (task, header) in tasks.iter_mut().filter(open).zip(headers) {
            match header {
                Header::Found(mut order) => {
                    if mutants::on(Mutant::DeadlineFromSetting) && order.state == State::Unpaid {
                        order.deadline = order.placed_at + self.config.windows_ms[0];
                    }
                    task.order = Some(order);
                }
                Header::Unknown => task.driven = Some(Driven::Unknown),
                Header::Corrupt => task.driven = Some(corrupt()),
            }
        }
        Ok(())
    }

    /// Takes every planned step: one call for all orders that need the same, one commit for all that moved.
    async fn round(&self, tasks: &mut [Task], plan: Plan, actor: Actor, carried: bool) -> Result<()> {
        let mut changes = Vec::new();
        let mut moving = Vec::new();
        for (step, members) in plan {
            let orders: Vec<&Order> =
                members.iter().filter_map(|index| tasks[*index].order.as_ref()).collect();
            let outcomes = self.take(step, &orders, actor).await;
            for (index, outcome) in members.into_iter().zip(outcomes) {
                let task = &mut tasks[index];
                match outcome {
                    Outcome::Event(event) => {
                        let (cause, detail) = (task.cause.clone(), Detail::None);
                        changes.push(Change { order: task.id, event, cause, carried, detail });
                        moving.push(index);
                    }
                    Outcome::NotPaid => task.wake = Wake::Due,
                    Outcome::Stop(driven) => task.driven = Some(driven),
                }
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        let applied = self.apply(changes).await?;
        for (index, applied) in moving.into_iter().zip(applied) {
            tasks[index].note(applied);
        }
        Ok(())
    }

    /// Makes the call that `step` needs, for all `orders` at once.
    async fn take(&self, step: PlannedStep, orders: &[&Order], actor: Actor) -> Vec<Outcome> {
        let ids = || orders.iter().map(|order| order.id).collect::<Vec<_>>();
        match step {
            PlannedStep::ExpirePlacing => each(orders, &Event::PlacingExpired),
            PlannedStep::AskClose => each(orders, &Event::AskClose { reason: CloseReason::Timeout, actor }),
            PlannedStep::ClosePayment => {
                if mutants::on(Mutant::ReleaseBeforeClose) {
                    drop(self.items.settle(ends(orders, End::Released)).await);
                }
                let mut closed = self.pay.close(ids()).await;
                if mutants::on(Mutant::DoubtReadAsUnpaid) && closed.is_err() {
                    closed = Ok(vec![CloseAnswer::Closed; orders.len()]);
                }
                answered(orders, closed, |_, answer| match answer {
                    CloseAnswer::Closed => Outcome::Event(Event::PayClosed),
                    CloseAnswer::Paid => Outcome::Event(Event::PayPaid),
                    CloseAnswer::InFlight => doubt("a payment is in flight"),
                })
            }
            PlannedStep::AskPay if mutants::on(Mutant::PaidWithoutAskingPay) => each(orders, &Event::PayPaid),
            PlannedStep::AskPay => answered(orders, self.pay.status(ids()).await, |_, status| match status {
                PayStatus::Paid { .. } => Outcome::Event(Event::PayPaid),
                PayStatus::NotPaid => Outcome::NotPaid,
            }),
            PlannedStep::RefundPayment => answered(orders, self.pay.refund(ids()).await, refund_outcome),
            PlannedStep::SettleStock(end) => {
                answered(orders, self.items.settle(ends(orders, end)).await, |_, answer| match answer {
                    SettleAnswer::Settled => Outcome::Event(Event::StockSettled(end)),
                    SettleAnswer::Impossible => {
                        contradiction("`item` has another end for this order's stock")
                    }
                })
            }
        }
    }

    /// Applies changes and counts what came of them.
    pub(crate) async fn apply(&self, changes: Vec<Change>) -> Result<Vec<Applied>> {
        let now = self.clock.now();
        let applied = self.store.apply(changes, now).await?;
        crate::observe::moved(&self.closes, &applied, now);
        Ok(applied)
    }

    /// Applies a change under an idempotency key and counts what came of it.
    pub(crate) async fn apply_once(&self, change: Change, key: IdempotencyKey) -> Result<Keyed> {
        let now = self.clock.now();
        let keyed = self.store.apply_once(change, key, now).await?;
        if let Keyed::Now(applied) = &keyed {
            crate::observe::moved(&self.closes, std::slice::from_ref(applied), now);
        }
        Ok(keyed)
    }
}

impl Task {
    /// After a change: go on with the new header, or look again if somebody else was faster.
    fn note(&mut self, applied: Applied) {
        match applied {
            Applied::Moved { order, .. } => self.order = Some(order),
            Applied::Refused { .. } => self.order = None,
            Applied::Unknown => self.driven = Some(Driven::Unknown),
            Applied::Corrupt => self.driven = Some(corrupt()),
        }
    }
}

/// A step that is a call or a transition, as a key to group by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum PlannedStep {
    ExpirePlacing,
    AskClose,
    ClosePayment,
    AskPay,
    RefundPayment,
    SettleStock(End),
}

type Plan = BTreeMap<PlannedStep, Vec<usize>>;

/// Groups the open tasks by what they need; those that need nothing are done.
fn plan(tasks: &mut [Task], now: Ms) -> Plan {
    let mut plan = Plan::new();
    for (index, task) in tasks.iter_mut().enumerate().filter(|(_, task)| task.driven.is_none()) {
        let Some(order) = &task.order else { continue };
        let step = match next_step(order, task.wake, now) {
            Step::Rest => {
                task.driven = Some(Driven::AtRest(order.clone()));
                continue;
            }
            Step::WaitUntil(_) => {
                task.driven = Some(Driven::Waits(order.clone()));
                continue;
            }
            Step::ExpirePlacing => PlannedStep::ExpirePlacing,
            Step::AskClose(_) => PlannedStep::AskClose,
            Step::ClosePayment => PlannedStep::ClosePayment,
            Step::AskPay => PlannedStep::AskPay,
            Step::RefundPayment => PlannedStep::RefundPayment,
            Step::SettleStock(end) => PlannedStep::SettleStock(end),
        };
        plan.entry(step).or_default().push(index);
    }
    plan
}

fn ends(orders: &[&Order], end: End) -> Vec<SettleRequest> {
    orders.iter().map(|order| SettleRequest { order_id: order.id, end }).collect()
}

fn each(orders: &[&Order], event: &Event) -> Vec<Outcome> {
    orders.iter().map(|_| Outcome::Event(event.clone())).collect()
}

/// Turns a batch answer into outcomes; no answer, or too few, is doubt for every order of the batch.
fn answered<T>(
    orders: &[&Order],
    answer: api::Answer<Vec<T>>,
    outcome: impl Fn(&Order, T) -> Outcome,
) -> Vec<Outcome> {
    match answer {
        Ok(answers) if answers.len() == orders.len() => {
            orders.iter().zip(answers).map(|(order, answer)| outcome(order, answer)).collect()
        }
        Ok(_) => orders.iter().map(|_| doubt("the batch was not answered for every order")).collect(),
        Err(none) => orders.iter().map(|_| doubt(&none.to_string())).collect(),
    }
}

fn refund_outcome(order: &Order, answer: RefundAnswer) -> Outcome {
    match answer {
        RefundAnswer::Refunded => Outcome::Event(Event::Refunded),
        RefundAnswer::Refunding => doubt("the refund is on its way"),
        // An order that cost nothing was never paid through `pay`.
        RefundAnswer::NotPaid if order.total == Cents::ZERO => Outcome::Event(Event::Refunded),
        RefundAnswer::NotPaid => contradiction("`pay` knows of no payment to refund"),
    }
}

fn doubt(why: &str) -> Outcome {
    Outcome::Stop(Driven::Doubt(why.to_owned()))
}

fn contradiction(why: &str) -> Outcome {
    Outcome::Stop(Driven::Contradiction(why.to_owned()))
}

fn corrupt() -> Driven {
    Driven::Contradiction("the order's row makes no sense".into())
}
