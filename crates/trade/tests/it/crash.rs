//! The crash matrix: at every call of every use case the process dies, before the call arrives or after it
//! was carried out, and what was stored alone brings the order to its end. Then the same with every message
//! lost as well.

use model::OrderId;
use model::order::State;

use crate::shelf::{GIFT, KETTLE, Pieces, STOCK};
use crate::till::Payment;
use crate::wire::Fault;
use crate::world::{World, wish};

/// What the process is doing when it dies.
#[derive(Clone, Copy, Debug)]
enum Doing {
    Place,
    PlaceForNothing,
    PlaceTooMuch,
    Cancel,
    CancelPaid,
    Refund,
    HearOfPayment,
    HearOfLateMoney,
    TimeOut,
}

const ALL: [Doing; 9] = [
    Doing::Place,
    Doing::PlaceForNothing,
    Doing::PlaceTooMuch,
    Doing::Cancel,
    Doing::CancelPaid,
    Doing::Refund,
    Doing::HearOfPayment,
    Doing::HearOfLateMoney,
    Doing::TimeOut,
];

/// Brings the world to where `doing` starts.
async fn prepare(world: &World, doing: Doing) -> Option<OrderId> {
    let id = match doing {
        Doing::Place | Doing::PlaceForNothing | Doing::PlaceTooMuch => return None,
        Doing::Refund => world.paid().await,
        _ => world.applied().await,
    };
    match doing {
        Doing::CancelPaid | Doing::HearOfPayment => world.till.force(id, Payment::Paid),
        Doing::HearOfLateMoney => {
            world.settle_down().await;
            world.till.force(id, Payment::Paid);
        }
        Doing::TimeOut => world.clock.set(world.header(id).await.deadline),
        _ => {}
    }
    Some(id)
}

async fn go(world: &World, doing: Doing, id: Option<OrderId>) {
    let id = id.unwrap_or_default();
    let path = |action: &str| format!("/orders/{id}/{action}");
    match doing {
        Doing::Place => drop(world.service.place(wish(&[(KETTLE, 1)]), None).await),
        Doing::PlaceForNothing => drop(world.service.place(wish(&[(GIFT, 1)]), None).await),
        Doing::PlaceTooMuch => drop(world.service.place(wish(&[(KETTLE, 999)]), None).await),
        Doing::Cancel | Doing::CancelPaid => {
            drop(world.jack(http::Method::PUT, &path("cancel"), None).await);
        }
        Doing::Refund => drop(world.staff(id, "refund", None, serde_json::json!({"reason": "broken"})).await),
        Doing::HearOfPayment | Doing::HearOfLateMoney => drop(world.notice(id).await),
        Doing::TimeOut => world.pump().await,
    }
}

/// Runs `doing` until its `nth` call, lets the process die there, and answers whether it came that far.
async fn die(world: &World, doing: Doing, id: Option<OrderId>, nth: usize, fault: Fault) -> bool {
    world.wire.fault(nth, fault);
    tokio::select! {
        biased;
        () = go(world, doing, id) => false,
        () = world.until_waiting(1) => true,
    }
}

/// The end that `doing` has, wherever the process died.
fn is_right_end(doing: Doing, state: State) -> bool {
    match doing {
        Doing::PlaceForNothing => matches!(state, State::Closed | State::Paid),
        Doing::CancelPaid | Doing::HearOfPayment => state == State::Paid,
        // Never paid, given up, or refunded.
        _ => state == State::Closed,
    }
}

async fn check_end(world: &World, doing: Doing, nth: usize, fault: Fault) {
    let what = format!("{doing:?}, call {nth}, {fault:?}");
    for (item, pieces) in [(KETTLE, world.shelf.pieces(KETTLE)), (GIFT, world.shelf.pieces(GIFT))] {
        let sold = i64::from(is_sold(world, item).await);
        assert_eq!(pieces, Pieces { available: STOCK - sold, held: 0, sold }, "{what}");
    }
    assert_eq!(
        (world.messages().await, world.unfinished().await, world.dead_letters().await),
        (0, 0, 0),
        "{what}"
    );
    if world.orders().await == 1 {
        let order = world.header(world.only().await).await;
        assert!(is_right_end(doing, order.state), "{what}: {order:?}");
        let refunds = usize::from(matches!(doing, Doing::Refund | Doing::HearOfLateMoney));
        assert_eq!(world.till.refunds(order.id), refunds, "{what}");
    }
}

async fn is_sold(world: &World, item: model::ItemId) -> bool {
    if world.orders().await == 0 {
        return false;
    }
    let row = world.row(world.only().await).await;
    row.order.state == State::Paid && row.lines[0].item_id == item
}

/// Dies once at every call of `doing`; answers how many there are, unless there is no database to try it on.
async fn matrix(doing: Doing, fault: Fault, messages_lost: bool) -> Option<usize> {
    for nth in 1.. {
        let world = World::new().await?;
        let id = prepare(&world, doing).await;
        let died = die(&world, doing, id, nth, fault).await;
        if messages_lost {
            world.lose_messages().await;
        }
        world.wire.heal();
        world.settle_down().await;
        if died && redelivered(doing) {
            world.notice(id.unwrap()).await;
            world.settle_down().await;
        }
        check_end(&world, doing, nth, fault).await;
        if !died {
            return Some(nth - 1);
        }
    }
    unreachable!("a use case makes a bounded number of calls")
}

/// Whether the message comes from `pay`'s outbox, which keeps it until it is handled.
fn redelivered(doing: Doing) -> bool {
    matches!(doing, Doing::HearOfLateMoney)
}

#[tokio::test]
async fn wherever_the_process_dies_what_is_stored_leads_to_the_right_end() {
    for doing in ALL {
        for fault in [Fault::LateCall, Fault::LateAnswer] {
            let calls = matrix(doing, fault, false).await;
            assert!(calls.is_none_or(|calls| calls >= 1), "{doing:?} called nobody");
        }
    }
}

#[tokio::test]
async fn even_if_every_message_is_lost_with_the_process() {
    for doing in ALL {
        for fault in [Fault::LateCall, Fault::LateAnswer] {
            matrix(doing, fault, true).await;
        }
    }
}

#[tokio::test]
async fn silence_instead_of_death_leads_to_the_same_ends() {
    for doing in ALL {
        for fault in [Fault::Lost, Fault::AnswerLost] {
            for nth in 1..=5 {
                let Some(world) = World::new().await else { return };
                let id = prepare(&world, doing).await;
                world.wire.fault(nth, fault);
                go(&world, doing, id).await;
                world.settle_down().await;
                if redelivered(doing) {
                    world.notice(id.unwrap()).await;
                    world.settle_down().await;
                }
                check_end(&world, doing, nth, fault).await;
            }
        }
    }
}
