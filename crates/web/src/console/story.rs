//! An order's story: everything that every service and queue knows of it, in one line of time.

use api::Time;
use clock::Ms;
use model::Cents;

use super::data::{Bill, Messages, Money, Moved, OrderStock, Payment};

/// Where an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// The order's own history.
    Order,
    /// `pay`.
    Pay,
    /// The wallet.
    Wallet,
    /// Stock.
    Stock,
    /// A message.
    Message,
}

impl Source {
    /// A key of the word table, and a class of the style sheet.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Source::Order => "order",
            Source::Pay => "payment",
            Source::Wallet => "wallet",
            Source::Stock => "stock",
            Source::Message => "message",
        }
    }
}

/// How an entry is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Plain,
    /// It brought the order to an end.
    Good,
    /// It has to be tried again, or was refused.
    Warn,
    /// It was given up.
    Bad,
}

impl Tone {
    /// A class of the style sheet.
    pub(crate) fn class(self) -> &'static str {
        match self {
            Tone::Plain => "plain",
            Tone::Good => "good",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        }
    }
}

/// One thing that happened, or will.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) at: Ms,
    pub(crate) source: Source,
    /// A key of the word table, or what it stands for in the services.
    pub(crate) what: String,
    /// Details in the services' own terms.
    pub(crate) detail: String,
    /// Who did it, as a key of the word table; empty if nobody is named.
    pub(crate) actor: String,
    /// Which user.
    pub(crate) by: Option<String>,
    /// Why, in people's words.
    pub(crate) note: String,
    /// The trace it belongs to.
    pub(crate) trace: String,
    pub(crate) tone: Tone,
    /// It has not happened yet.
    pub(crate) ahead: bool,
}

impl Entry {
    fn new(at: Time, source: Source, what: impl Into<String>) -> Self {
        Self {
            at: at.0,
            source,
            what: what.into(),
            detail: String::new(),
            actor: String::new(),
            by: None,
            note: String::new(),
            trace: String::new(),
            tone: Tone::Plain,
            ahead: false,
        }
    }

    fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    fn tone(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

/// Puts together what is known; parts that are not there are left out.
pub(crate) fn tell(
    moves: &[Moved],
    payment: Option<&Payment>,
    money: Option<&Money>,
    stock: Option<&OrderStock>,
    messages: &[(String, Messages)],
) -> Vec<Entry> {
    let mut entries: Vec<Entry> = moves.iter().map(of_move).collect();
    entries.extend(payment.into_iter().flat_map(of_payment));
    entries.extend(money.into_iter().flat_map(of_money));
    entries.extend(stock.into_iter().flat_map(of_stock));
    entries.extend(messages.iter().flat_map(|(_, messages)| of_messages(messages)));
    entries.sort_by_key(|entry| (entry.ahead, entry.at, entry.source));
    entries
}

fn of_move(step: &Moved) -> Entry {
    let tone = match step.event.as_str() {
        "paid" | "closed" | "refunded" | "stockSettled" => Tone::Good,
        "lateMoney" | "holdRefused" | "placingExpired" => Tone::Warn,
        _ => Tone::Plain,
    };
    Entry {
        actor: step.actor.clone(),
        by: step.by.clone(),
        note: step.note.clone(),
        trace: step.trace.clone(),
        tone,
        ..Entry::new(step.at, Source::Order, step.event.clone())
    }
}

fn of_payment(payment: &Payment) -> Vec<Entry> {
    let pay_order = &payment.pay_order;
    let mut entries = Vec::new();
    // A tombstone was made by closing, not by a buyer.
    if pay_order.biz_user_id.is_some() {
        entries.push(
            Entry::new(pay_order.create_time, Source::Pay, "payOpened").detail(pay_order.id.to_string()),
        );
    }
    for attempt in &payment.attempts {
        let id = attempt.id.as_str();
        entries.push(Entry::new(attempt.started, Source::Pay, "attemptStarted").detail(id));
        if let (Some(ended), Some(outcome)) = (attempt.ended, &attempt.outcome) {
            let tone = if outcome == "success" { Tone::Good } else { Tone::Warn };
            entries.push(Entry::new(ended, Source::Pay, format!("attempt_{outcome}")).detail(id).tone(tone));
        }
    }
    entries.extend(payment.bill.as_ref().map(of_bill));
    entries.extend(payment.close_time.map(|at| Entry::new(at, Source::Pay, "payClosed").tone(Tone::Good)));
    entries
}

/// A payment at a provider has no history here: it stands where it came to stand last.
fn of_bill(bill: &Bill) -> Entry {
    let tone = match bill.state.as_str() {
        "opening" | "closing" | "returning" => Tone::Warn,
        "paid" | "returned" | "closed" => Tone::Good,
        _ => Tone::Plain,
    };
    let amount = bill.paid.map(cents).unwrap_or_default();
    let known = [bill.channel.as_str(), &amount, &bill.refund];
    let known: Vec<&str> = known.into_iter().filter(|text| !text.is_empty()).collect();
    Entry::new(bill.since, Source::Pay, format!("bill_{}", bill.state)).detail(known.join(" · ")).tone(tone)
}

fn of_money(money: &Money) -> Vec<Entry> {
    let mut entries: Vec<Entry> = money
        .debits
        .iter()
        .map(|debit| {
            let tone = if debit.outcome == "debited" { Tone::Good } else { Tone::Warn };
            Entry::new(debit.at, Source::Wallet, format!("wallet_{}", debit.outcome))
                .detail(cents(debit.amount))
                .tone(tone)
        })
        .collect();
    let refund = money.refund.as_ref();
    entries.extend(refund.map(|refund| {
        Entry::new(refund.at, Source::Wallet, "wallet_refund").detail(cents(refund.amount)).tone(Tone::Good)
    }));
    entries
}

fn of_stock(stock: &OrderStock) -> Vec<Entry> {
    let movement = |row: &super::data::Movement| {
        let item = row.item_id.map(|item| item.to_string()).unwrap_or_default();
        Entry::new(row.at, Source::Stock, format!("stock_{}", row.kind))
            .detail(format!("{} × {item}", row.qty))
    };
    stock.movements.iter().map(movement).collect()
}

fn of_messages(messages: &Messages) -> Vec<Entry> {
    let mut entries = Vec::new();
    for attempt in &messages.tries {
        let (what, tone) = match attempt.outcome.as_str() {
            "done" => ("acknowledged", Tone::Plain),
            "dead" => ("buried", Tone::Bad),
            _ if attempt.error.is_empty() => ("rearmed", Tone::Plain),
            _ => ("triedAgain", Tone::Warn),
        };
        let late_ms = attempt.at.0.since(attempt.due.0).max(0);
        let detail =
            format!("{} · {} · #{} · +{late_ms} ms", attempt.topic, attempt.service, attempt.attempt);
        if attempt.attempt == 1 {
            let published = format!("{} · {}", attempt.topic, attempt.service);
            entries.push(Entry::new(attempt.created, Source::Message, "published").detail(published));
        }
        let entry = Entry::new(attempt.at, Source::Message, what).detail(detail).tone(tone);
        entries.push(Entry { note: attempt.error.clone(), ..entry });
    }
    for waiting in &messages.waiting {
        let detail = format!("{} · {} · #{}", waiting.topic, waiting.service, waiting.attempts + 1);
        let entry = Entry::new(waiting.due, Source::Message, "waitsUntil").detail(detail);
        entries.push(Entry { note: waiting.error.clone(), ahead: true, ..entry });
    }
    for dead in &messages.dead {
        let detail = format!("{} · {} · #{}", dead.topic, dead.service, dead.attempts);
        let entry = Entry::new(dead.died, Source::Message, "deadLetter").detail(detail).tone(Tone::Bad);
        entries.push(Entry { note: dead.error.clone(), ..entry });
    }
    entries
}

/// Money as people read it.
pub(crate) fn cents(amount: Cents) -> String {
    let sign = if amount.0 < 0 { "-" } else { "" };
    let amount = amount.0.unsigned_abs();
    format!("{sign}¥{}.{:02}", amount / 100, amount % 100)
}

#[cfg(test)]
mod tests {
    use super::super::data::{Debit, Try};
    use super::*;

    #[test]
    fn everything_stands_in_the_order_of_time_and_what_lies_ahead_comes_last() {
        let step = |at: i64, event: &str| Moved {
            at: Time(Ms(at)),
            event: event.into(),
            from: 1,
            to: 1,
            actor: "buyer".into(),
            by: None,
            note: String::new(),
            trace: String::new(),
        };
        let money = Money {
            debits: vec![Debit { amount: Cents(100), outcome: "debited".into(), at: Time(Ms(5)) }],
            refund: None,
        };
        let tried = Try {
            service: "trade".into(),
            at: Time(Ms(4)),
            topic: "delay.order.query".into(),
            created: Time(Ms(1)),
            due: Time(Ms(3)),
            attempt: 1,
            outcome: "again".into(),
            error: "no answer".into(),
        };
        let messages = Messages { tries: vec![tried], ..Messages::default() };
        let told =
            tell(&[step(2, "held"), step(9, "paid")], None, Some(&money), None, &[("shop".into(), messages)]);
        let what: Vec<_> = told.iter().map(|entry| (entry.at.0, entry.what.as_str())).collect();
        assert_eq!(
            what,
            [(1, "published"), (2, "held"), (4, "triedAgain"), (5, "wallet_debited"), (9, "paid")]
        );
        assert!(told[2].detail.ends_with("+1 ms") && told[2].tone == Tone::Warn);
    }

    #[test]
    fn a_payment_at_a_provider_is_told_as_it_stands_with_what_is_known_of_it() {
        let bill = |state: &str, paid: Option<i64>, refund: &str| Bill {
            channel: "sandbox".into(),
            state: state.into(),
            since: Time(Ms(7)),
            paid: paid.map(Cents),
            refund: refund.into(),
        };
        let told = of_bill(&bill("returning", Some(2_500), ""));
        assert_eq!((told.what.as_str(), told.detail.as_str()), ("bill_returning", "sandbox · ¥25.00"));
        assert_eq!((told.at, told.source, told.tone), (Ms(7), Source::Pay, Tone::Warn));
        assert_eq!(of_bill(&bill("returned", Some(2_500), "R9")).detail, "sandbox · ¥25.00 · R9");
        assert_eq!(of_bill(&bill("open", None, "")).tone, Tone::Plain);
        for state in ["opening", "open", "closing", "closed", "paid", "returning", "returned"] {
            let what = of_bill(&bill(state, None, "")).what;
            for zh in [false, true] {
                assert_ne!(super::super::words::Words { zh }.t(&what), what, "no word for {what}");
            }
        }
    }

    #[test]
    fn money_is_written_with_two_digits() {
        assert_eq!(
            [cents(Cents(5)), cents(Cents(123_456)), cents(Cents(-50))],
            ["¥0.05", "¥1234.56", "-¥0.50"]
        );
    }
}
