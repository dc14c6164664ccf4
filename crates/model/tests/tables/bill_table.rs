//! What each news of a provider does to a pay order, wherever its bill and its other payment stand.

use model::pay_order::{Bill, CloseAnswer, Effect, Event, Failure, PayOrder, Refund, Refusal, State, apply};
use model::{AttemptId, Cents, Ms, OrderId, PayOrderId, UserId};

use crate::grid::{row, squeeze};

const AMOUNT: Cents = Cents(100);
const ATTEMPT: AttemptId = AttemptId(5);

const COLUMNS: [(&str, Event); 9] = [
    ("apply", Event::OpenBill),
    ("opened", Event::BillOpened),
    ("paid", Event::BillPaid(AMOUNT)),
    ("other", Event::BillPaid(Cents(99))),
    ("closed", Event::BillClosed),
    ("back", Event::BillReturned),
    ("close", Event::AskClose),
    ("debited", Event::Debited(ATTEMPT)),
    ("failed", Event::Failed(ATTEMPT, Failure::Voided)),
];

/// `pay order/bill`; `=` it has already happened; other words with `!` are refusals.
const TABLE: &str = "
                   apply              opened         paid              other              closed           back              close             debited           failed
waiting/none       waiting/opening    noBill!        noBill!           noBill!            noBill!          unpaid!           closed/none       attempt!          attempt!
waiting/opening    =                  waiting/open   success/paid      waiting/returning  waiting/closed   unpaid!           waiting/closing   attempt!          attempt!
waiting/open       =                  =              success/paid      waiting/returning  waiting/closed   unpaid!           waiting/closing   attempt!          attempt!
waiting/closing    closed!            =              success/paid      closed/returning   closed/closed    unpaid!           =                 attempt!          attempt!
waiting/closed     over!              =              success/paid      waiting/returning  =                unpaid!           closed/closed     attempt!          attempt!
waiting/returning  over!              =              =                 =                  paid!            waiting/returned  closed/returning  attempt!          attempt!
waiting/returned   over!              =              =                 =                  paid!            =                 closed/returned   attempt!          attempt!
flying/none        flying/opening     noBill!        noBill!           noBill!            noBill!          unpaid!           ending/none       success/none      waiting/none
flying/opening     =                  flying/open    flying/paid       flying/returning   flying/closed    unpaid!           ending/closing    success/closing   waiting/opening
flying/open        =                  =              flying/paid       flying/returning   flying/closed    unpaid!           ending/closing    success/closing   waiting/open
flying/closed      over!              =              flying/paid       flying/returning   =                unpaid!           ending/closed     success/closed    waiting/closed
flying/paid        over!              =              =                 =                  paid!            unpaid!           ending/paid       success/returning success/paid
ending/closing     closed!            =              ending/paid       ending/returning   ending/closed    unpaid!           flying!           success/closing   waiting/closing
ending/closed      closed!            =              ending/paid       ending/returning   =                unpaid!           flying!           success/closed    closed/closed
ending/paid        closed!            =              =                 =                  paid!            unpaid!           flying!           success/returning success/paid
closed/none        closed!            noBill!        noBill!           noBill!            noBill!          unpaid!           =                 attempt!          attempt!
closed/closed      closed!            =              closed/returning  closed/returning   =                unpaid!           =                 attempt!          attempt!
closed/returning   closed!            =              =                 =                  paid!            closed/returned   =                 attempt!          attempt!
closed/returned    closed!            =              =                 =                  paid!            =                 =                 attempt!          attempt!
success/closing    paid!              =              success/returning success/returning  success/closed   unpaid!           paid!             attempt!          attempt!
success/closed     paid!              =              success/returning success/returning  =                unpaid!           paid!             attempt!          attempt!
success/paid       paid!              =              =                 =                  paid!            unpaid!           paid!             attempt!          attempt!
success/returning  paid!              =              =                 =                  paid!            success/returned  paid!             attempt!          attempt!
success/returned   paid!              =              =                 =                  paid!            =                 paid!             attempt!          attempt!
";

const FLYING: State = State::Waiting { in_flight: Some(ATTEMPT), closing: false };
const ENDING: State = State::Waiting { in_flight: Some(ATTEMPT), closing: true };
const PAID: State = State::Success { refund: Refund::None };

fn rows() -> Vec<PayOrder> {
    use Bill::{Closed, Closing, None, Open, Opening, Paid, Returned, Returning};
    let bills: [(State, &[Bill]); 5] = [
        (State::fresh(), &[None, Opening, Open, Closing, Closed, Returning, Returned]),
        (FLYING, &[None, Opening, Open, Closed, Paid]),
        (ENDING, &[Closing, Closed, Paid]),
        (State::Closed, &[None, Closed, Returning, Returned]),
        (PAID, &[Closing, Closed, Paid, Returning, Returned]),
    ];
    let of = |state: State| move |bill: &Bill| pay_order(state, *bill);
    bills.iter().flat_map(|(state, bills)| bills.iter().map(of(*state))).collect()
}

fn pay_order(state: State, bill: Bill) -> PayOrder {
    let waiting = PayOrder::waiting(PayOrderId(2), OrderId(1), UserId(7), AMOUNT, Ms(30_000));
    PayOrder { state, bill, ..waiting }
}

fn name(pay_order: &PayOrder) -> String {
    let state = match pay_order.state {
        State::Waiting { in_flight: None, .. } => "waiting",
        State::Waiting { closing: false, .. } => "flying",
        State::Waiting { .. } => "ending",
        State::Closed => "closed",
        State::Success { .. } => "success",
    };
    format!("{state}/{}", format!("{:?}", pay_order.bill).to_lowercase())
}

fn cell(pay_order: &PayOrder, event: Event) -> String {
    let refusal = match apply(pay_order, event, Ms(0)) {
        Ok(decision) => return name(&decision.pay_order),
        Err(refusal) => refusal,
    };
    let word = match refusal {
        Refusal::Already => "=",
        Refusal::Closed => "closed!",
        Refusal::Paid => "paid!",
        Refusal::InFlight(_) => "flying!",
        Refusal::NotPaid => "unpaid!",
        Refusal::OtherAttempt => "attempt!",
        Refusal::NoBill => "noBill!",
        Refusal::BillOver => "over!",
        Refusal::Overdue => panic!("nothing here is overdue"),
    };
    word.to_owned()
}

#[test]
fn every_news_in_every_state() {
    let mut table = vec![row("", COLUMNS.map(|(column, _)| column))];
    for pay_order in rows() {
        let cells = COLUMNS.map(|(_, event)| cell(&pay_order, event));
        table.push(row(&name(&pay_order), cells.each_ref().map(String::as_str)));
    }
    assert_eq!(squeeze(&table.join("\n")), squeeze(TABLE));
}

#[test]
fn whatever_is_owed_at_the_provider_has_its_duty_and_nothing_else_has() {
    for before in rows() {
        for (column, event) in COLUMNS {
            let Ok(decision) = apply(&before, event, Ms(0)) else { continue };
            let after = &decision.pay_order;
            // An open bill is looked at by the sweep alone.
            let owes = |bill: Bill| bill.owes() && bill != Bill::Open;
            let begins = before.bill != after.bill && owes(after.bill);
            let ends = before.bill != after.bill && owes(before.bill);
            assert_eq!(
                decision.effects.contains(&Effect::OweBill),
                begins,
                "{column} after {}",
                name(&before)
            );
            assert!(
                !ends || decision.effects.contains(&Effect::DropBillDuty),
                "{column} after {}",
                name(&before)
            );
        }
    }
}

#[test]
fn a_close_that_waits_for_the_provider_is_answered_in_flight() {
    for before in rows().iter().filter(|pay_order| pay_order.bill.is_live()) {
        let Ok(decision) = apply(before, Event::AskClose, Ms(0)) else { continue };
        assert_eq!(CloseAnswer::of(&decision.pay_order), CloseAnswer::InFlight);
    }
}

#[test]
fn nobody_pays_from_the_balance_while_the_bill_is_closed_for_the_order() {
    let press = |bill| apply(&pay_order(State::fresh(), bill), Event::Press(ATTEMPT), Ms(0));
    assert_eq!(press(Bill::Closing), Err(Refusal::Closed));
    for bill in [Bill::None, Bill::Opening, Bill::Open, Bill::Closed, Bill::Returning, Bill::Returned] {
        assert!(press(bill).is_ok(), "{bill:?}");
    }
}

#[test]
fn stored_codes_of_bills_round_trip() {
    for code in 0..8 {
        assert_eq!(Bill::from_code(code).map(Bill::code), Some(code));
    }
    assert_eq!((Bill::from_code(-1), Bill::from_code(8)), (None, None));
}
