//! Each check passes in a good world and names the offender in one that was broken for it.

#![expect(clippy::unwrap_used, reason = "a test may fail here like anywhere else")]

mod support;

use audit::facts::{BillFact, HoldFact, LedgerFact, LedgerKey, MoneyKind, StockChange};
use audit::{Memory, Report, Times, audit};
use model::hold::{self, End, Movement};
use model::order::{self, StockDuty};
use model::pay_order::{Bill, PayOrder, Refund, State};
use model::wallet::Outcome;
use model::{AttemptId, Cents, ItemId, Ms, OrderId, PayOrderId, UserId};
use support::{BILLED, GRACE_MS, LATE, NOW, PAID, PAY, PLACING, REFUNDED, REFUSED, TIMED_OUT, UNPAID, good};

const TIMES: Times = Times { now: NOW, grace_ms: GRACE_MS };

fn report(world: &Memory) -> Report {
    audit(world, TIMES).unwrap()
}

/// A way to break a world: the check that must notice, whom it must name, and what to break.
type Break = (&'static str, &'static str, fn(&mut Memory));

fn order(world: &mut Memory, id: u64) -> &mut audit::facts::OrderFact {
    world.orders.iter_mut().find(|fact| fact.order.id.0 == id).unwrap()
}

fn pay(world: &mut Memory, id: u64) -> &mut audit::facts::PayOrderFact {
    world.pay_orders.iter_mut().find(|fact| fact.pay_order.order.0 == id).unwrap()
}

fn bill(world: &mut Memory, id: u64) -> &mut BillFact {
    pay(world, id).bill.as_mut().unwrap()
}

fn hold_of(world: &mut Memory, id: u64) -> &mut HoldFact {
    world.holds.iter_mut().find(|fact| fact.order.0 == id).unwrap()
}

fn item(world: &mut Memory, id: u64) -> &mut audit::facts::ItemFact {
    world.items.iter_mut().find(|fact| fact.id.0 == id).unwrap()
}

/// Lets an order have come to its state long ago, so that the grace is over.
fn age(world: &mut Memory, id: u64) {
    let fact = order(world, id);
    fact.order.deadline = Ms(200_000);
    fact.history.iter_mut().for_each(|step| step.at = Ms(150_000));
}

fn movement(id: u64, seq: u32, movement: Movement) -> LedgerFact {
    let key = LedgerKey { item: ItemId(1), reference: id, line: 0, seq };
    LedgerFact { key, change: StockChange::Moved(movement), num: 2 }
}

const STOCK: &[Break] = &[
    ("counters_add_up", "item 1", |world| item(world, 1).available += 1),
    ("counters_add_up", "item 2", |world| {
        item(world, 2).available = -1;
        item(world, 2).held = item(world, 2).added + 1 - item(world, 2).sold;
    }),
    ("counters_equal_ledger", "item 1", |world| {
        item(world, 1).available += 5;
        item(world, 1).added += 5;
    }),
    ("counters_equal_ledger", "item 2", |world| world.items.retain(|fact| fact.id.0 != 2)),
    // Restored without a trace in the ledger, the hold left as it was.
    ("counters_equal_holds", "item 1", |world| {
        item(world, 1).available += 2;
        item(world, 1).held -= 2;
    }),
    // A hold of an item that no longer exists.
    ("counters_equal_holds", "item 9", |world| hold_of(world, UNPAID).lines[0].item = ItemId(9)),
    // Restored twice on redelivery.
    ("line_moves_once", "order 2 line 0 item 1", |world| {
        world.ledger.push(movement(TIMED_OUT, 3, Movement::Release));
    }),
    ("line_moves_once", "order 1 line 0 item 1", |world| {
        world.ledger.push(movement(PAID, 3, Movement::Release));
    }),
    ("line_moves_once", "order 4 line 0 item 1", |world| {
        world.ledger.push(movement(UNPAID, 2, Movement::Return));
    }),
    ("line_moves_once", "order 8 line 0 item 1", |world| {
        world.ledger.push(movement(8, 2, Movement::Release));
    }),
    // Less came back than was held.
    ("line_moves_once", "order 2 line 0 item 1", |world| {
        let back = |entry: &&mut LedgerFact| entry.change == StockChange::Moved(Movement::Release);
        world.ledger.iter_mut().find(back).unwrap().num = 1;
    }),
];

const MONEY: &[Break] = &[
    ("balance_equals_entries", "wallet of user 7", |world| world.wallets[0].balance.0 += 1),
    ("balance_equals_entries", "wallet of user 7", |world| world.wallets.clear()),
    // The wallet goes negative.
    ("balance_equals_entries", "wallet of user 7", |world| {
        world.wallets[0].balance.0 -= 10_000;
        world.wallet_entries.iter_mut().find(|entry| entry.seq == 1).unwrap().amount = Cents(0);
    }),
    ("balance_equals_entries", "wallet of user 7", |world| {
        world.wallet_entries.iter_mut().find(|entry| entry.seq == 1).unwrap().amount = Cents(-1);
    }),
    ("entries_equal_records", "all wallets", |world| {
        world.money.retain(|record| record.kind != MoneyKind::Refund);
    }),
    // Two concurrent pays debit twice.
    ("one_debit_one_refund", "pay order 101", |world| {
        let mut again = *world.money.iter().find(|record| record.pay_order.0 == PAY + PAID).unwrap();
        again.seq = 9;
        world.money.push(again);
    }),
    ("one_debit_one_refund", "pay order 103", |world| {
        let refund = |record: &&mut audit::facts::MoneyFact| record.kind == MoneyKind::Refund;
        world.money.iter_mut().find(refund).unwrap().amount = Cents(31);
    }),
    ("one_debit_one_refund", "pay order 103", |world| {
        world.money.retain(|record| record.kind != MoneyKind::Debit(Outcome::Debited));
    }),
    // A wrong password still pays.
    ("money_fits_payment", "pay order 101", |world| {
        world.money.retain(|record| record.pay_order.0 != PAY + PAID);
    }),
    ("money_fits_payment", "pay order 101", |world| {
        world.money.iter_mut().for_each(|record| record.user = UserId(8));
    }),
    ("money_fits_payment", "pay order 103", |world| {
        pay(world, REFUNDED).pay_order.state = State::Success { refund: Refund::None };
    }),
    ("money_fits_payment", "pay order 101", |world| {
        pay(world, PAID).pay_order.state = State::Success { refund: Refund::Refunded };
    }),
    // Debited, and forgotten.
    ("money_fits_payment", "pay order 104", |world| {
        let record = world.money.iter_mut().find(|record| record.pay_order.0 == PAY + UNPAID).unwrap();
        record.kind = MoneyKind::Debit(Outcome::Debited);
    }),
];

const PATH: &[Break] = &[
    // Unconditional mark-paid turns closed back into paid.
    ("history_legal", "order 2", |world| {
        let fact = order(world, TIMED_OUT);
        fact.order.state = order::State::Paid;
        let mut step = fact.history.last().unwrap().clone();
        (step.to, step.name) = (order::State::Paid, "paid".into());
        fact.history.push(step);
    }),
    ("history_legal", "order 1", |world| order(world, PAID).order.state = order::State::Paid),
    ("history_legal", "order 1", |world| drop(order(world, PAID).history.remove(0))),
    ("history_legal", "order 2", |world| {
        let fact = order(world, TIMED_OUT);
        let asked = fact.history.iter().position(|step| step.name == "closeAsked").unwrap();
        let again = fact.history[asked].clone();
        fact.history.insert(asked, again);
    }),
    ("history_legal", "order 2", |world| order(world, TIMED_OUT).order.close_asked = None),
    ("history_legal", "order 1", |world| order(world, PAID).history[0].name = "paid".into()),
    ("no_early_close", "order 2", |world| {
        let fact = order(world, TIMED_OUT);
        fact.order.close_asked.as_mut().unwrap().at = fact.order.deadline - 1;
    }),
    ("no_early_close", "order 5", |world| {
        order(world, REFUSED).order.close_reason = Some(order::CloseReason::PlacementFailed);
    }),
    // Pay commits while the closer is between its check and its write.
    ("no_close_of_paid", "order 2", |world| {
        let closed = pay(world, TIMED_OUT);
        closed.pay_order.state = State::Success { refund: Refund::Refunded };
        closed.success_at = Some(Ms(100_000));
    }),
    // Cancel leaves the pay order payable, or one can still be opened.
    ("closed_is_not_payable", "order 2", |world| {
        pay(world, TIMED_OUT).pay_order.state = State::Waiting { in_flight: None, closing: false };
    }),
    ("closed_is_not_payable", "order 2", |world| {
        world.pay_orders.retain(|pay| pay.pay_order.order.0 != TIMED_OUT);
    }),
    ("attempts_in_time", "order 1", |world| {
        let paid = pay(world, PAID);
        paid.attempts[0].started = paid.pay_order.deadline;
    }),
    ("paid_has_payment", "order 1", |world| pay(world, PAID).pay_order.state = State::Closed),
    ("paid_has_payment", "order 3", |world| world.pay_orders.retain(|pay| pay.pay_order.order.0 != REFUNDED)),
    // The amount is taken from the client.
    ("payment_fits_order", "order 1", |world| pay(world, PAID).pay_order.amount = Cents(1)),
    ("payment_fits_order", "order 1", |world| pay(world, PAID).pay_order.owner = UserId(8)),
    ("payment_fits_order", "order 4", |world| world.orders.retain(|fact| fact.order.id.0 != UNPAID)),
    // The total is computed without the quantity.
    ("total_is_sum", "order 1", |world| order(world, PAID).order.total = Cents(20)),
    ("total_is_sum", "order 1", |world| order(world, PAID).lines.clear()),
    ("total_is_sum", "order 1", |world| order(world, PAID).lines[0].price = Cents(i64::MAX)),
    ("key_has_order", "key \"key 4\" of user 7", |world| {
        world.orders.retain(|fact| fact.order.id.0 != UNPAID);
    }),
    ("key_has_order", "key \"key 1\" of user 7", |world| order(world, PAID).order.owner = UserId(8)),
];

const IN_TIME: &[Break] = &[
    ("placing_ends", "order 6", |world| order(world, PLACING).order.deadline = NOW - GRACE_MS - 1),
    ("unpaid_ends", "order 4", |world| order(world, UNPAID).order.deadline = NOW - GRACE_MS - 1),
    ("close_asked_ends", "order 4", |world| {
        let at = NOW - GRACE_MS - 1;
        let (reason, actor) = (order::CloseReason::Buyer, model::Actor::Buyer);
        order(world, UNPAID).order.close_asked = Some(order::CloseAsked { reason, actor, at });
    }),
    // A crash between the status and the restore.
    ("stock_settles", "order 2", |world| {
        order(world, TIMED_OUT).order.stock = Some(StockDuty { end: End::Released, settled: false });
    }),
    ("stock_settles", "order 1", |world| order(world, PAID).order.stock = None),
    // Late money for a closed order, and nobody gives it back.
    ("money_returns", "order 2", |world| {
        let late = pay(world, TIMED_OUT);
        late.pay_order.state = State::Success { refund: Refund::None };
        late.success_at = Some(Ms(200_000));
    }),
    ("money_returns", "order 3", |world| {
        pay(world, REFUNDED).pay_order.state = State::Success { refund: Refund::Refunding };
    }),
    ("money_returns", "order 1", |world| order(world, PAID).order.refund = order::Refund::Owed),
    // The success notice is lost, and nothing heals it.
    ("success_is_heard", "order 4", |world| {
        let paid = pay(world, UNPAID);
        paid.pay_order.state = State::Success { refund: Refund::None };
        paid.success_at = Some(NOW - GRACE_MS - 1);
    }),
    ("hold_has_order", "order 8", |world| {
        let (order, state) = (OrderId(8), hold::State::Held);
        world.holds.push(HoldFact { order, state, created: NOW - GRACE_MS - 1, lines: Vec::new() });
    }),
    ("hold_fits_order", "order 4", |world| world.holds.retain(|hold| hold.order.0 != UNPAID)),
    ("hold_fits_order", "order 1", |world| hold_of(world, PAID).state = hold::State::Released),
    ("hold_fits_order", "order 2", |world| hold_of(world, TIMED_OUT).state = hold::State::Held),
    ("hold_fits_order", "order 3", |world| hold_of(world, REFUNDED).state = hold::State::Sold),
    ("hold_fits_order", "order 6", |world| {
        let (order, state) = (OrderId(PLACING), hold::State::Sold);
        world.holds.push(HoldFact { order, state, created: NOW, lines: Vec::new() });
    }),
    ("hold_fits_order", "order 4", |world| hold_of(world, UNPAID).lines.truncate(1)),
    ("attempts_end", "order 4", |world| pay(world, UNPAID).attempts[1].started = NOW - GRACE_MS - 1),
    ("attempts_end", "order 4", |world| {
        pay(world, UNPAID).pay_order.state = State::Waiting { in_flight: None, closing: false };
    }),
    ("attempts_end", "order 1", |world| {
        let mut again = pay(world, PAID).attempts[0];
        again.id = AttemptId(999);
        pay(world, PAID).attempts.push(again);
    }),
    ("outbox_drains", "trade: topic 1 about 4", |world| {
        world.outbox[0].key.due = NOW - GRACE_MS - 1;
    }),
];

const BILLS: &[Break] = &[
    // Late money is kept: marked as what the order was paid with, marked as nothing, forgotten, or never asked back.
    ("late_money_returns", "order 10", |world| pay(world, LATE).pay_order.bill = Bill::Paid),
    ("late_money_returns", "order 10", |world| pay(world, LATE).pay_order.bill = Bill::Closed),
    ("late_money_returns", "order 10", |world| bill(world, LATE).paid = None),
    ("late_money_returns", "order 10", |world| bill(world, LATE).watched = false),
    // Another amount counts as paid.
    ("late_money_returns", "order 11", |world| bill(world, BILLED).paid = Some(Cents(29))),
    // Nobody waits for an attempt that could still pay.
    ("late_money_returns", "order 11", |world| {
        pay(world, BILLED).pay_order.state = State::Waiting { in_flight: None, closing: false };
    }),
    // Paid twice: at the provider, and from the balance.
    ("money_fits_payment", "pay order 111", |world| {
        let mut again = *world.money.iter().find(|record| record.pay_order.0 == PAY + PAID).unwrap();
        again.pay_order = PayOrderId(PAY + BILLED);
        world.money.push(again);
    }),
    ("bills_end", "order 10", |world| pay(world, LATE).pay_order.bill = Bill::Open),
    ("bills_end", "order 11", |world| pay(world, BILLED).pay_order.bill = Bill::Opening),
    ("bills_end", "order 11", |world| {
        pay(world, BILLED).pay_order.bill = Bill::Closing;
        *bill(world, BILLED) = BillFact { since: NOW - GRACE_MS - 1, paid: None, watched: true };
    }),
    ("bills_end", "order 11", |world| {
        pay(world, BILLED).pay_order.bill = Bill::Closing;
        *bill(world, BILLED) = BillFact { since: NOW, paid: None, watched: false };
    }),
];

#[test]
fn a_world_that_kept_every_rule_is_clean() {
    let report = report(&good());
    assert!(report.clean, "{report}");
    for check in &report.checks {
        assert!(check.checked > 0, "{} looked at nothing", check.name);
    }
}

#[test]
fn every_check_bites_and_names_the_offender() {
    for (check, offender, break_it) in [STOCK, MONEY, PATH, IN_TIME, BILLS].concat() {
        let mut world = good();
        break_it(&mut world);
        let report = report(&world);
        let found = report.check(check).unwrap_or_else(|| panic!("there is no check {check}"));
        let named = found.offenders.iter().any(|named| named.subject == offender && !named.why.is_empty());
        assert!(named && !report.clean, "{check} did not name {offender}:\n{report}");
    }
}

#[test]
fn no_check_is_without_a_world_that_breaks_it() {
    let broken: Vec<&str> =
        [STOCK, MONEY, PATH, IN_TIME, BILLS].concat().iter().map(|entry| entry.0).collect();
    for check in report(&good()).checks {
        assert!(broken.contains(&check.name.as_str()), "{} is never broken", check.name);
    }
}

#[test]
fn what_is_late_within_the_grace_is_not_a_violation() {
    for (check, _, break_it) in IN_TIME {
        if !["placing_ends", "unpaid_ends", "close_asked_ends", "attempts_end", "outbox_drains"]
            .contains(check)
        {
            continue;
        }
        let mut world = good();
        break_it(&mut world);
        let patient = Times { now: NOW, grace_ms: GRACE_MS + 1 };
        let report = audit(&world, patient).unwrap();
        let found = report.check(check).unwrap();
        let late = found.offenders.iter().filter(|offender| offender.why.contains(" ms")).count();
        assert_eq!(late, 0, "{report}");
    }
}

#[test]
fn a_refund_under_way_is_visible_and_no_violation() {
    let mut world = good();
    pay(&mut world, TIMED_OUT).pay_order = PayOrder {
        state: State::Success { refund: Refund::Refunding },
        ..PayOrder::waiting(PayOrderId(PAY + TIMED_OUT), OrderId(TIMED_OUT), UserId(7), Cents(30), Ms(0))
    };
    pay(&mut world, TIMED_OUT).success_at = Some(Ms(200_000));
    age(&mut world, TIMED_OUT);
    assert_eq!(report(&world).check("money_returns").unwrap().violated, 0);
}
