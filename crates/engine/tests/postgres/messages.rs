//! Messages in tables that several pumps share.

use std::sync::Arc;

use async_trait::async_trait;
use clock::{ManualClock, Ms};
use delay::{Backlog, DeadLetters, Fate, Handler, Message, Outbox, Topic, Verdict};
use engine::Result;
use engine::postgres::{Batch, Db, Deposit, PgOutbox, Tx, Worker};

use crate::shop;

const TOPIC: Topic = Topic { code: 5, name: "test" };
const RELAYED: Topic = Topic { code: 6, name: "relayed" };
const TOPICS: &[Topic] = &[TOPIC, RELAYED];
const NOW: Ms = Ms(1_000_000);

struct Send(PgOutbox);

#[async_trait]
impl Batch for Send {
    type Request = Message;
    type Answer = ();

    async fn run(&self, tx: &mut Tx<'_>, messages: &[Message]) -> Result<Vec<()>> {
        self.0.send_all(tx, messages.to_vec());
        Ok(vec![(); messages.len()])
    }
}

fn outbox(db: &Db, clock: &ManualClock, number: u16) -> PgOutbox {
    PgOutbox::new(db.clone(), Arc::new(clock.clone()), Worker { number }, "shop", TOPICS, &[RELAYED.code])
}

async fn send(db: &Db, outbox: &PgOutbox, messages: &[Message]) {
    db.run(&Send(outbox.clone()), messages).await.unwrap();
}

fn due(subject: u64, in_ms: i64) -> Message {
    Message::new(TOPIC, subject, NOW + in_ms, NOW)
}

async fn subjects(outbox: &PgOutbox, until: Ms) -> Vec<u64> {
    let after = Some(due(0, -1_000_000).key());
    outbox.page(after, until, 100).await.unwrap().iter().map(|message| message.subject).collect()
}

#[tokio::test]
async fn what_one_pump_has_taken_another_does_not_get_until_the_claim_ends() {
    let test = "what_one_pump_has_taken_another_does_not_get_until_the_claim_ends";
    let Some((_database, db)) = shop(test).await else { return };
    let clock = ManualClock::at(NOW);
    let (one, other) = (outbox(&db, &clock, 1), outbox(&db, &clock, 2));
    send(&db, &one, &[due(1, 30), due(2, 10), due(3, 99)]).await;
    assert_eq!(subjects(&one, NOW + 50).await, [2, 1]);
    assert_eq!(subjects(&other, NOW + 50).await, Vec::<u64>::new());
    assert_eq!(subjects(&one, NOW + 50).await, Vec::<u64>::new(), "its own are in its window already");
    let again = one.page(None, NOW + 50, 100).await.unwrap();
    assert_eq!(again.len(), 2, "read from the start, its own are given out again");
    clock.advance(16_000);
    assert_eq!(subjects(&other, NOW + 50).await, [2, 1], "the first process is dead");
}

#[tokio::test]
async fn two_pumps_that_look_at_once_share_the_work() {
    let Some((_database, db)) = shop("two_pumps_that_look_at_once_share_the_work").await else { return };
    let clock = ManualClock::at(NOW);
    let (one, other) = (outbox(&db, &clock, 1), outbox(&db, &clock, 2));
    send(&db, &one, &(1..=60).map(|n| due(n, 0)).collect::<Vec<_>>()).await;
    let (mut a, b) = tokio::join!(subjects(&one, NOW), subjects(&other, NOW));
    a.extend(b);
    a.extend(subjects(&one, NOW).await);
    a.sort_unstable();
    assert_eq!(a, (1..=60).collect::<Vec<_>>(), "each exactly once");
}

#[tokio::test]
async fn a_fate_is_committed_once() {
    let Some((_database, db)) = shop("a_fate_is_committed_once").await else { return };
    let clock = ManualClock::at(NOW);
    let outbox = outbox(&db, &clock, 1);
    send(&db, &outbox, &[due(1, 0), due(2, 1), due(3, 2)]).await;
    let [one, two, three]: [Message; 3] = outbox.page(None, NOW + 50, 10).await.unwrap().try_into().unwrap();
    let again = Fate::Again { at: NOW + 40, rejected: true, error: "later".into() };
    let dead = Fate::Dead { at: NOW, error: "never".into() };
    let fates = vec![(one.clone(), Fate::Done), (two, again), (three, dead.clone())];
    outbox.settle(fates).await.unwrap();
    outbox.settle(vec![(one, dead)]).await.unwrap();
    let left = outbox.page(None, NOW + 50, 10).await.unwrap();
    let seen: Vec<_> = left.iter().map(|m| (m.subject, m.due, m.attempts, m.rejects)).collect();
    assert_eq!(seen, [(2, NOW + 40, 1, 1)]);

    let letters = outbox.list(0, 10).await.unwrap();
    assert_eq!(letters.iter().map(|letter| letter.message.subject).collect::<Vec<_>>(), [3]);
    assert!(outbox.replay(letters[0].id, NOW + 7).await.unwrap());
    assert!(!outbox.replay(letters[0].id, NOW + 8).await.unwrap(), "replayed twice");
    assert_eq!(outbox.count().await.unwrap(), 0);
    assert_eq!(subjects(&outbox, NOW + 30).await, [3]);
}

#[tokio::test]
async fn a_relayed_message_is_handed_over_at_once_and_keeps_its_time() {
    let Some((_database, db)) = shop("a_relayed_message_is_handed_over_at_once_and_keeps_its_time").await
    else {
        return;
    };
    let clock = ManualClock::at(NOW);
    let outbox = outbox(&db, &clock, 1);
    send(&db, &outbox, &[Message::new(RELAYED, 1, NOW + 60_000, NOW)]).await;
    let [message]: [Message; 1] = outbox.page(None, NOW, 10).await.unwrap().try_into().unwrap();
    assert_eq!((message.ready, message.due), (NOW, NOW + 60_000));
    let away = Fate::Again { at: NOW + 500, rejected: false, error: "no broker".into() };
    outbox.settle(vec![(message, away)]).await.unwrap();
    let [message]: [Message; 1] = outbox.page(None, NOW + 500, 10).await.unwrap().try_into().unwrap();
    assert_eq!((message.ready, message.due, message.attempts), (NOW + 500, NOW + 60_000, 1));
}

#[tokio::test]
async fn a_deposit_reaches_the_inbox_once() {
    let Some((_database, db)) = shop("a_deposit_reaches_the_inbox_once").await else { return };
    let clock = ManualClock::at(NOW);
    let inbox = PgOutbox::inbox_of(db.clone(), Arc::new(clock.clone()), Worker { number: 3 }, "shop", TOPICS);
    let deposit = Deposit::new(db, "shop", "shop");
    let sent = [Message { attempts: 9, ..due(1, 0) }, due(2, 0)];
    assert_eq!(deposit.handle(&sent).await, [Verdict::Done, Verdict::Done]);
    assert_eq!(deposit.handle(&sent[..1]).await, [Verdict::Done]);
    let got = inbox.page(None, NOW, 10).await.unwrap();
    assert_eq!(got.iter().map(|m| (m.subject, m.attempts)).collect::<Vec<_>>(), [(1, 0), (2, 0)]);
}

#[tokio::test]
async fn what_is_ready_is_counted_taken_or_not_and_nothing_else() {
    let Some((_database, db)) = shop("what_is_ready_is_counted_taken_or_not_and_nothing_else").await else {
        return;
    };
    let outbox = outbox(&db, &ManualClock::at(NOW), 1);
    let relayed = Message::new(RELAYED, 4, NOW + 60_000, NOW);
    send(&db, &outbox, &[due(1, -5), due(2, 0), due(3, 1), relayed]).await;
    assert_eq!(outbox.ready(NOW, 100).await, Ok(3), "the broker keeps the delay of what is relayed");
    let taken = outbox.page(None, NOW, 100).await.unwrap();
    assert_eq!((taken.len(), outbox.ready(NOW, 100).await), (3, Ok(3)), "taken is not done");
    assert_eq!(outbox.ready(NOW, 2).await, Ok(2));
    outbox.settle(taken.into_iter().map(|message| (message, Fate::Done)).collect()).await.unwrap();
    assert_eq!((outbox.ready(NOW, 100).await, outbox.ready(NOW + 1, 100).await), (Ok(0), Ok(1)));
}

#[tokio::test]
async fn the_first_messages_are_shown_with_what_became_of_them_and_a_wiped_queue_is_empty() {
    let name = "the_first_messages_are_shown_with_what_became_of_them_and_a_wiped_queue_is_empty";
    let Some((_database, db)) = shop(name).await else { return };
    let outbox = outbox(&db, &ManualClock::at(NOW), 1);
    send(&db, &outbox, &[due(1, 30), due(2, -10), due(3, 20)]).await;
    let failed = outbox.page(None, NOW, 1).await.unwrap().remove(0);
    let again = Fate::Again { at: NOW + 15, rejected: false, error: "no answer".into() };
    outbox.settle(vec![(failed, again)]).await.unwrap();
    let first = outbox.first(2).await.unwrap();
    let shown: Vec<_> =
        first.iter().map(|waiting| (waiting.message.subject, waiting.error.as_str())).collect();
    assert_eq!(shown, [(2, "no answer"), (3, "")]);
    assert_eq!(outbox.wipe().await, Ok(3));
    assert_eq!((outbox.first(9).await.unwrap().len(), outbox.wipe().await), (0, Ok(0)));
}
