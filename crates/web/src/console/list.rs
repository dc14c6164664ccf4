//! The attention list: everything that somebody should look at, from every service, the longest in trouble first. Pure.

use clock::Ms;

use super::data::{Dead, Orphan, Page, TroubledOrder, TroubledPayment};

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// What, as a key of the word table.
    pub(crate) what: &'static str,
    /// What it is about, and where that is shown.
    pub(crate) subject: String,
    pub(crate) href: String,
    /// Further words of the service's own.
    pub(crate) why: String,
    /// Since when.
    pub(crate) since: Ms,
    /// What to do, as a key of the word table.
    pub(crate) todo: &'static str,
}

/// The kinds a list can be narrowed to: the query's value, the key of the word table.
pub(crate) const KINDS: [(&str, &str); 10] = [
    ("overdue", "overdue"),
    ("closing", "closingLong"),
    ("placing", "placingLong"),
    ("refunding", "refundingLong"),
    ("unsettled", "unsettled"),
    ("unknown", "unknownAtPay"),
    ("refund", "refundFailing"),
    ("orphans", "orphans"),
    ("drift", "drift"),
    ("dead", "deadLetters"),
];

/// Orders in trouble.
pub(crate) fn of_orders(page: &Page<TroubledOrder>) -> impl Iterator<Item = Row> {
    page.list.iter().map(|order| {
        let (what, todo) = match order.kind.as_str() {
            "overdue" => ("overdue", "doAsk"),
            "closing" => ("closingLong", "doClose"),
            "placing" => ("placingLong", "doSettle"),
            "refunding" => ("refundingLong", "doRefund"),
            _ => ("unsettled", "doSettle"),
        };
        Row {
            what,
            subject: order.id.to_string(),
            href: format!("/console/orders/{}", order.id),
            why: tries(order.sweeps),
            since: order.since.0,
            todo,
        }
    })
}

/// Payments in trouble.
pub(crate) fn of_payments(page: &Page<TroubledPayment>) -> impl Iterator<Item = Row> {
    page.list.iter().map(|payment| {
        let (what, todo) = match payment.kind.as_str() {
            "unknown" => ("unknownAtPay", "doWait"),
            "billUnknown" => ("unknownAtPay", "doWaitProvider"),
            "billRefunding" => ("refundFailing", "doRefundProvider"),
            _ => ("refundFailing", "doRefund"),
        };
        Row {
            what,
            subject: payment.order_id.to_string(),
            href: format!("/console/orders/{}", payment.order_id),
            why: tries(payment.sweeps),
            since: payment.since.0,
            todo,
        }
    })
}

fn tries(sweeps: u32) -> String {
    if sweeps == 0 { String::new() } else { format!("×{sweeps}") }
}

/// Holds without an order.
pub(crate) fn of_orphans(page: &Page<Orphan>) -> impl Iterator<Item = Row> {
    page.list.iter().map(|orphan| Row {
        what: "orphans",
        subject: orphan.order_id.to_string(),
        href: String::new(),
        why: String::new(),
        since: orphan.created.0,
        todo: "doOrphan",
    })
}

/// Dead letters.
pub(crate) fn of_dead(dead: &[Dead]) -> impl Iterator<Item = Row> {
    dead.iter().map(|letter| Row {
        what: "deadLetters",
        subject: format!("{} {}", letter.service, letter.id),
        href: "/console/messages#dead".into(),
        why: letter.error.clone(),
        since: letter.died.0,
        todo: "doDead",
    })
}

/// What the last audit found; `offenders` are a check's name, the offender, and what is wrong with it.
pub(crate) fn of_audit(at: Ms, offenders: &[(String, String, String)]) -> impl Iterator<Item = Row> {
    offenders.iter().map(move |(check, subject, why)| {
        let order = subject.strip_prefix("order ").and_then(|id| id.split_whitespace().next());
        let order = order.filter(|id| id.bytes().all(|byte| byte.is_ascii_digit()));
        Row {
            what: "drift",
            subject: format!("{check}: {subject}"),
            href: order.map(|id| format!("/console/orders/{id}")).unwrap_or_default(),
            why: why.clone(),
            since: at,
            todo: "doDrift",
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_is_late_with_is_listed_as_what_the_wallet_is_late_with_and_told_apart() {
        let payment = |kind: &str| TroubledPayment {
            order_id: model::OrderId(7),
            kind: kind.into(),
            since: api::Time(Ms(1)),
            sweeps: 2,
        };
        let list = ["unknown", "billUnknown", "refunding", "billRefunding"].map(payment).into();
        let rows: Vec<Row> = of_payments(&Page { total: 4, pages: 1, list }).collect();
        let told: Vec<_> = rows.iter().map(|row| (row.what, row.todo)).collect();
        let expected = [
            ("unknownAtPay", "doWait"),
            ("unknownAtPay", "doWaitProvider"),
            ("refundFailing", "doRefund"),
            ("refundFailing", "doRefundProvider"),
        ];
        assert_eq!(told, expected);
        assert_eq!((rows[1].href.as_str(), rows[1].why.as_str()), ("/console/orders/7", "×2"));
    }

    #[test]
    fn an_offender_that_is_an_order_leads_to_it_and_nothing_else_does() {
        let offenders = [
            ("a".to_owned(), "order 42".to_owned(), "x".to_owned()),
            ("b".into(), "order <b>".into(), "y".into()),
        ];
        let rows: Vec<Row> = of_audit(Ms(1), &offenders).collect();
        assert_eq!((rows[0].href.as_str(), rows[1].href.as_str()), ("/console/orders/42", ""));
    }
}
