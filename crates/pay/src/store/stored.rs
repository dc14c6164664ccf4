//! A pay order's row as every engine keeps it, in and out.

use engine::{Error, Result};
use model::pay_order::{Bill, PayOrder, Refund, State};
use model::wallet::Outcome;
use model::{AttemptId, Cents, Ms, OrderId, PayOrderId, UserId};

use super::Found;
use crate::record::{BillRecord, Duty, Method, Record};

/// The columns of [`Stored`], in its order.
pub(crate) const COLUMNS: &str = "id, order_id, owner, amount, channel, pay_type, info, deadline, state, \
     in_flight, closing, refund, last_outcome, duty_due, next_sweep_at, created, updated, success_at, closed_at, \
     trace, bill, bill_channel, bill_url, bill_paid, bill_refund, bill_since, bill_due, bill_sweep_at";

/// How many columns there are; what a statement selects beyond them starts here.
pub(crate) const COLUMN_COUNT: usize = 28;

/// The columns by which a sweep finds its rows.
pub(crate) struct Watch {
    /// When a row is to be swept; NULL at rest.
    pub(crate) at: &'static str,
    /// How often it was since it last changed.
    pub(crate) sweeps: &'static str,
}

/// Attempts in flight, and refunds.
pub(crate) const PAYMENTS: Watch = Watch { at: "next_sweep_at", sweeps: "sweeps" };

/// Payments at a provider.
pub(crate) const BILLS: Watch = Watch { at: "bill_sweep_at", sweeps: "bill_sweeps" };

/// Bills that are to be made, closed or given back, among the first `$1` that are swept next.
pub(crate) fn owing_bills() -> String {
    let Watch { at, sweeps } = BILLS;
    format!(
        "SELECT {COLUMNS}, {at}, {sweeps} FROM
             (SELECT * FROM pay_orders WHERE {at} IS NOT NULL ORDER BY {at}, id LIMIT $1) AS next
         WHERE bill IN (1, 3, 6)"
    )
}

/// What the columns of a row hold.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: i64,
    pub(crate) order: i64,
    pub(crate) owner: i64,
    pub(crate) amount: i64,
    pub(crate) channel: String,
    pub(crate) pay_type: i64,
    pub(crate) info: String,
    pub(crate) deadline: i64,
    pub(crate) state: i64,
    pub(crate) in_flight: Option<i64>,
    pub(crate) closing: bool,
    pub(crate) refund: i64,
    pub(crate) last_outcome: Option<i64>,
    pub(crate) duty_due: Option<i64>,
    pub(crate) next_sweep_at: Option<i64>,
    pub(crate) created: i64,
    pub(crate) updated: i64,
    pub(crate) success_at: Option<i64>,
    pub(crate) closed_at: Option<i64>,
    pub(crate) trace: String,
    pub(crate) bill: i64,
    pub(crate) bill_channel: String,
    pub(crate) bill_url: String,
    pub(crate) bill_paid: Option<i64>,
    pub(crate) bill_refund: String,
    pub(crate) bill_since: Option<i64>,
    pub(crate) bill_due: Option<i64>,
    pub(crate) bill_sweep_at: Option<i64>,
}

impl Stored {
    /// What is to be stored of `record`.
    pub(crate) fn of(record: &Record) -> Self {
        let Record { pay_order, method, bill, .. } = record;
        let of_bill = |text: fn(&BillRecord) -> &String| bill.as_ref().map(text).cloned().unwrap_or_default();
        let (in_flight, closing, refund) = marks(pay_order.state);
        Self {
            id: pay_order.id.as_i64(),
            order: pay_order.order.as_i64(),
            owner: pay_order.owner.as_i64(),
            amount: pay_order.amount.0,
            channel: method.channel.clone(),
            pay_type: method.pay_type.into(),
            info: method.info.clone(),
            deadline: pay_order.deadline.0,
            state: pay_order.state.code(),
            in_flight: in_flight.map(AttemptId::as_i64),
            closing,
            refund: refund.code(),
            last_outcome: record.last_outcome.map(Outcome::code),
            duty_due: record.duty.map(|duty| duty.due.0),
            next_sweep_at: record.duty.map(|duty| duty.sweep_at.0),
            created: record.created.0,
            updated: record.updated.0,
            success_at: record.success_at.map(|at| at.0),
            closed_at: record.closed_at.map(|at| at.0),
            trace: record.trace.clone(),
            bill: pay_order.bill.code(),
            bill_channel: of_bill(|bill| &bill.channel),
            bill_url: of_bill(|bill| &bill.url),
            bill_paid: bill.as_ref().and_then(|bill| bill.paid).map(|paid| paid.0),
            bill_refund: of_bill(|bill| &bill.refund),
            bill_since: bill.as_ref().map(|bill| bill.since.0),
            bill_due: bill.as_ref().and_then(|bill| bill.due).map(|at| at.0),
            bill_sweep_at: bill.as_ref().and_then(|bill| bill.sweep_at).map(|at| at.0),
        }
    }

    /// The record, if the row makes sense.
    pub(crate) fn record(self) -> Result<Record> {
        let pay_order = self.pay_order()?;
        let duty = match (self.duty_due, self.next_sweep_at) {
            (Some(due), Some(sweep_at)) => Some(Duty { due: Ms(due), sweep_at: Ms(sweep_at) }),
            _ => None,
        };
        let pay_type = u8::try_from(self.pay_type).map_err(|_| corrupt(self.id))?;
        let bill = self.bill_since.map(|since| BillRecord {
            channel: self.bill_channel,
            url: self.bill_url,
            paid: self.bill_paid.map(Cents),
            refund: self.bill_refund,
            since: Ms(since),
            due: self.bill_due.map(Ms),
            sweep_at: self.bill_sweep_at.map(Ms),
        });
        Ok(Record {
            pay_order,
            last_outcome: outcome("pay_orders", self.id, self.last_outcome)?,
            duty,
            created: Ms(self.created),
            updated: Ms(self.updated),
            success_at: self.success_at.map(Ms),
            closed_at: self.closed_at.map(Ms),
            method: Method { channel: self.channel, pay_type, info: self.info },
            trace: self.trace,
            bill,
        })
    }

    fn pay_order(&self) -> Result<PayOrder> {
        let in_flight = self.in_flight.map(AttemptId::from_i64);
        let refund = Refund::from_code(self.refund).ok_or_else(|| corrupt(self.id))?;
        let state = match self.state {
            1 => State::Waiting { in_flight, closing: self.closing },
            2 => State::Closed,
            3 => State::Success { refund },
            _ => return Err(corrupt(self.id)),
        };
        Ok(PayOrder {
            id: PayOrderId::from_i64(self.id),
            order: OrderId::from_i64(self.order),
            owner: UserId::from_i64(self.owner),
            amount: Cents(self.amount),
            deadline: Ms(self.deadline),
            state,
            bill: Bill::from_code(self.bill).ok_or_else(|| corrupt(self.id))?,
        })
    }
}

/// Attempt in flight, closing mark and refund mark as they are stored.
fn marks(state: State) -> (Option<AttemptId>, bool, Refund) {
    match state {
        State::Waiting { in_flight, closing } => (in_flight, closing, Refund::None),
        State::Closed => (None, false, Refund::None),
        State::Success { refund } => (None, false, refund),
    }
}

/// The outcome stored as `code` in the row `id` of `table`, if there is one already.
pub(crate) fn outcome(table: &'static str, id: i64, code: Option<i64>) -> Result<Option<Outcome>> {
    code.map(|code| Outcome::from_code(code).ok_or_else(|| Error::corrupt(table, id))).transpose()
}

/// The fault of the row `id`.
pub(crate) fn corrupt(id: i64) -> Error {
    Error::corrupt("pay_orders", id)
}

/// What was read, for batches: a corrupt row is logged and spoils nothing else.
pub(crate) fn found<T>(read: Result<Option<T>>) -> Result<Found<T>> {
    match read {
        Ok(Some(value)) => Ok(Found::Some(Box::new(value))),
        Ok(None) => Ok(Found::None),
        Err(error @ Error::Corrupt { .. }) => {
            tracing::error!(%error, "a row was left as it is");
            Ok(Found::Corrupt)
        }
        Err(error) => Err(error),
    }
}
