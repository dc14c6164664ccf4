//! A pay order on the wire: the sixteen fields old clients know.

use api::Time;
use edge::Language;
use model::pay_order::{Bill, State};
use model::wallet::Outcome;
use model::{Cents, OrderId, PayOrderId, UserId};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::problems::failure_text;
use super::returned::Returned;
use crate::meter::outcome_code;
use crate::record::Record;

/// A pay order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PayOrderBody {
    /// Its id.
    #[schema(value_type = String)]
    id: PayOrderId,
    /// The order it pays.
    #[schema(value_type = String)]
    biz_order_no: OrderId,
    /// The number of the bill; the same as `id`.
    #[schema(value_type = String)]
    pay_order_no: PayOrderId,
    /// The payer; null if nobody applied to pay.
    #[schema(value_type = Option<String>)]
    biz_user_id: Option<UserId>,
    /// The channel.
    pay_channel_code: Option<String>,
    /// What is to be paid, in cents.
    #[schema(value_type = i64)]
    amount: Cents,
    /// 1 … 5.
    pay_type: Option<u8>,
    /// 1 waiting, 2 closed, 3 success.
    status: i64,
    /// What the other fields have no room for, as JSON text, or null: `{"inFlight":true}` while an attempt's outcome is
    /// not known; `{"refund":{"state","amount","reason","reference"}}` of money that goes back, with state `refunding` or
    /// `refunded` and reason `late`, `extra`, `otherAmount` or `order`.
    expand_json: Option<String>,
    /// How the last attempt ended, such as `wrong_password`; or what became of money that came to a provider too late:
    /// `late_money_refunding`, `late_money_refunded`.
    result_code: Option<&'static str>,
    /// The same as a sentence in the caller's language.
    result_msg: Option<&'static str>,
    /// When it was paid.
    pay_success_time: Option<Time>,
    /// Until when it can be paid.
    pay_over_time: Option<Time>,
    /// Where to pay at the provider, or the text of the code to scan; null if there is nothing to pay there.
    qr_code_url: Option<String>,
    /// When it was made.
    create_time: Time,
    /// When it last changed.
    update_time: Time,
}

impl PayOrderBody {
    /// `record` for a reader of `language`.
    pub(super) fn of(record: &Record, language: Language) -> Self {
        let returned = Returned::of(record);
        let channel = record.channel().to_owned();
        let pay_order = &record.pay_order;
        let real = !pay_order.is_tombstone();
        let open = matches!(pay_order.state, State::Waiting { .. }) && pay_order.bill == Bill::Open;
        let url = record.bill.as_ref().map(|bill| bill.url.clone()).filter(|url| open && !url.is_empty());
        Self {
            id: pay_order.id,
            biz_order_no: pay_order.order,
            pay_order_no: pay_order.id,
            biz_user_id: real.then_some(pay_order.owner),
            pay_channel_code: real.then_some(channel),
            amount: pay_order.amount,
            pay_type: real.then_some(record.method.pay_type),
            status: pay_order.state.code(),
            expand_json: further(pay_order.state, returned.as_ref()),
            result_code: (returned.as_ref().and_then(Returned::code))
                .or_else(|| record.last_outcome.map(outcome_code)),
            result_msg: (returned.as_ref().and_then(|returned| returned.text(language)))
                .or_else(|| record.last_outcome.map(|outcome| outcome_text(outcome, language))),
            pay_success_time: record.success_at.map(Time),
            pay_over_time: real.then_some(Time(pay_order.deadline)),
            qr_code_url: url,
            create_time: Time(record.created),
            update_time: Time(record.updated),
        }
    }
}

/// How it stands beside its status: in a field that old clients pass over.
fn further(state: State, returned: Option<&Returned>) -> Option<String> {
    let in_flight = matches!(state, State::Waiting { in_flight: Some(_), .. });
    let further = match returned {
        Some(returned) => json!({ "refund": returned.json() }),
        None if in_flight => json!({ "inFlight": true }),
        None => return None,
    };
    Some(further.to_string())
}

fn outcome_text(outcome: Outcome, language: Language) -> &'static str {
    let (english, chinese) = match outcome {
        Outcome::Debited => ("Paid.", "支付成功。"),
        Outcome::Refused(failure) => failure_text(failure),
    };
    match language {
        Language::English => english,
        Language::Chinese => chinese,
    }
}
