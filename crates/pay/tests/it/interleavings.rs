//! Random interleavings of everything that can happen to one payment. Whatever the order: at most one live
//! debit, never closed and paid, and "closed" means that no money ever moves.

use api::calls::RefundAnswer;
use engine::IdempotencyKey;
use engine::testing::TestEngine;
use model::pay_order::{CloseAnswer, Failure, Refund, State};
use model::{Cents, PayOrderId};
use pay::{Applied, PressAnswer};
use proptest::prelude::*;
use tokio::task::JoinHandle;

use crate::bank::{Mood, PASSWORD, RICH};
use crate::world::{JACK, ORDER, TOTAL, World, idempotency_key, press};

#[derive(Clone, Copy, Debug)]
enum Step {
    Apply,
    Press {
        mood: Mood,
        right: bool,
    },
    /// The same request, sent again and again under one key.
    Resend {
        mood: Mood,
    },
    /// The process dies at whatever point its presses have reached.
    Crash,
    /// Debits on their way arrive.
    Arrive,
    Close,
    /// `trade` refunds what it was told is paid.
    Refund,
    Pump,
    Sweep,
    LoseMessages,
    Pass {
        ms: i64,
    },
    Wallet {
        down: bool,
    },
    Poor,
    /// Applies to pay at the provider.
    Bill,
    /// The buyer pays there, whatever the provider was told.
    PayThere,
    /// The provider tells how it stands, or stood.
    Notice {
        status: &'static str,
    },
    Provider {
        down: bool,
    },
    LoseAnswers {
        lose: bool,
    },
    RefuseRefunds {
        times: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let pressing = (mood(), prop::bool::weighted(0.8)).prop_map(|(mood, right)| Step::Press { mood, right });
    prop_oneof![
        2 => Just(Step::Apply),
        6 => pressing,
        3 => mood().prop_map(|mood| Step::Resend { mood }),
        1 => Just(Step::Crash),
        4 => Just(Step::Arrive),
        3 => Just(Step::Close),
        2 => Just(Step::Refund),
        4 => Just(Step::Pump),
        2 => Just(Step::Sweep),
        1 => Just(Step::LoseMessages),
        4 => prop::sample::select(vec![1, 200, 2_500, 3_000, 13_000, 60_000]).prop_map(|ms| Step::Pass { ms }),
        1 => any::<bool>().prop_map(|down| Step::Wallet { down }),
        1 => Just(Step::Poor),
        3 => Just(Step::Bill),
        3 => Just(Step::PayThere),
        3 => prop::sample::select(vec!["created", "paid", "closed", "refunded"])
            .prop_map(|status| Step::Notice { status }),
        1 => any::<bool>().prop_map(|down| Step::Provider { down }),
        1 => any::<bool>().prop_map(|lose| Step::LoseAnswers { lose }),
        1 => (0_usize..3).prop_map(|times| Step::RefuseRefunds { times }),
    ]
}

fn mood() -> impl Strategy<Value = Mood> {
    prop_oneof![
        2 => Just(Mood::Prompt),
        2 => Just(Mood::LostOnTheWay),
        2 => Just(Mood::AnswerLost),
        4 => Just(Mood::Late),
    ]
}

/// One run and what was promised during it.
struct Run {
    world: World,
    id: Option<PayOrderId>,
    presses: Vec<JoinHandle<PressAnswer>>,
    said_closed: bool,
    said_paid: bool,
    poor: bool,
}

impl Run {
    async fn new() -> Option<Self> {
        let world = World::new().await?;
        let (id, presses) = (None, Vec::new());
        Some(Self { world, id, presses, said_closed: false, said_paid: false, poor: false })
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Apply => self.apply().await,
            Step::Press { mood, right } => {
                self.press(mood, if right { PASSWORD } else { "wrong" }, None);
            }
            Step::Resend { mood } => self.press(mood, PASSWORD, Some(idempotency_key("k", PASSWORD))),
            Step::Crash => self.presses.drain(..).for_each(|pressing| pressing.abort()),
            Step::Arrive => self.world.bank.deliver_late(),
            Step::Close => self.close().await,
            Step::Refund => self.refund().await,
            Step::Pump => self.world.pump().await,
            Step::Sweep => self.world.sweep().await,
            Step::LoseMessages => self.world.lose_messages().await,
            Step::Pass { ms } => self.world.clock.advance(ms),
            Step::Wallet { down } => self.world.bank.set_down(down),
            Step::Poor => self.become_poor(),
            Step::Bill => self.bill().await,
            Step::PayThere => self.id.into_iter().for_each(|id| self.world.till.pay(id, TOTAL)),
            Step::Notice { status } => self.notice(status).await,
            Step::Provider { down } => self.world.till.set_down(down),
            Step::LoseAnswers { lose } => self.world.till.lose_answers(lose),
            Step::RefuseRefunds { times } => self.world.till.refuse_refunds(times),
        }
        self.let_presses_go_on().await;
        self.check();
    }

    async fn apply(&mut self) {
        let applied = self.world.apply(ORDER).await;
        self.applied(applied);
    }

    async fn bill(&mut self) {
        let applied = self.world.apply_there(ORDER).await;
        self.applied(applied);
    }

    /// Authentic notices: what they tell was true once, but "paid" is told only of what was paid.
    async fn notice(&mut self, status: &'static str) {
        let Some(id) = self.id else { return };
        if status != "paid" || self.world.till.paid(id).is_some() {
            self.world.notice(id, status, TOTAL).await;
        }
    }

    fn applied(&mut self, applied: Applied) {
        match applied {
            Applied::PayOrder(id) => {
                assert!(!self.said_closed && !self.said_paid, "opened after its end");
                assert!(self.id.is_none_or(|known| known == id), "two pay orders of one order");
                self.id = Some(id);
            }
            Applied::Refused(_) => {}
            other => panic!("{other:?}"),
        }
    }

    fn press(&mut self, mood: Mood, password: &str, key: Option<IdempotencyKey>) {
        let Some(id) = self.id else { return };
        self.world.bank.feel(mood);
        let service = self.world.service.clone();
        let ask = press(JACK, id, password, key);
        self.presses.push(tokio::spawn(async move { service.press(ask).await.unwrap() }));
    }

    async fn close(&mut self) {
        match self.world.close(ORDER).await {
            CloseAnswer::Closed => self.said_closed = true,
            CloseAnswer::Paid => self.said_paid = true,
            CloseAnswer::InFlight => assert!(!self.said_closed && !self.said_paid, "an end was taken back"),
        }
    }

    async fn refund(&mut self) {
        let paid = self.world.paid(ORDER).await;
        let answer = self.world.refund(ORDER).await;
        assert_eq!(paid, answer != RefundAnswer::NotPaid);
        let back = self.refunds() + self.returns();
        assert!(answer != RefundAnswer::Refunded || back >= 1, "told refunded, but it is not");
    }

    fn become_poor(&mut self) {
        if self.id.is_none_or(|id| self.world.bank.debits(id) == 0) {
            self.poor = true;
            self.world.bank.set_balance(JACK, Cents(TOTAL.0 - 1));
        }
    }

    /// Gives running presses their turns until all have ended or wait for the wallet, and hears those that have ended.
    async fn let_presses_go_on(&mut self) {
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        let running = |presses: &[JoinHandle<_>]| presses.iter().filter(|one| !one.is_finished()).count();
        while running(&self.presses) != self.world.bank.awaited() {
            tokio::task::yield_now().await;
        }
        let (ended, running) =
            std::mem::take(&mut self.presses).into_iter().partition(JoinHandle::is_finished);
        self.presses = running;
        for pressing in ended {
            self.hear(pressing.await.unwrap());
        }
    }

    fn hear(&mut self, answer: PressAnswer) {
        match answer {
            PressAnswer::Paid => {
                assert!(self.debits() + self.got_there() >= 1, "told paid, but no money was taken");
                self.said_paid = true;
            }
            PressAnswer::Failed(Failure::NotEnough) => assert!(self.poor),
            PressAnswer::NotFound | PressAnswer::OtherBody => panic!("{answer:?}"),
            _ => {}
        }
    }

    fn debits(&self) -> usize {
        self.id.map_or(0, |id| self.world.bank.debits(id))
    }

    fn refunds(&self) -> usize {
        self.id.map_or(0, |id| self.world.bank.refunds(id))
    }

    /// How often the provider got the price.
    fn got_there(&self) -> usize {
        self.id.map_or(0, |id| usize::from(self.world.till.paid(id).is_some()))
    }

    /// How often it gave it back.
    fn returns(&self) -> usize {
        self.id.map_or(0, |id| self.world.till.refunds(id).len())
    }

    fn check(&self) {
        assert!(self.returns() <= self.got_there(), "given back more than was paid there");
        assert!(!(self.said_closed && self.said_paid), "closed and paid");
        assert!(self.debits() <= 1, "debited twice");
        assert!(!self.said_closed || self.debits() == 0, "closed, and money moved");
        assert!(self.refunds() <= self.debits(), "money out of nothing");
    }

    /// Everything is back: all must come to one end, with nothing owed.
    async fn end(mut self) {
        self.world.bank.set_down(false);
        self.world.till.set_down(false);
        self.world.till.lose_answers(false);
        self.world.till.refuse_refunds(0);
        self.world.bank.deliver_late();
        self.let_presses_go_on().await;
        self.notice("paid").await;
        self.world.settle_down().await;
        self.let_presses_go_on().await;
        self.close().await;
        self.world.settle_down().await;
        self.close().await;
        self.check();
        assert!(self.said_closed ^ self.said_paid, "no end");
        assert!(self.presses.is_empty(), "a press hangs");
        let pay_order = self.world.record(ORDER).await.pay_order;
        let refunds = usize::from(pay_order.state == State::Success { refund: Refund::Refunded });
        let paid = usize::from(matches!(pay_order.state, State::Success { .. }));
        let (debits, got) = (self.debits() - self.refunds(), self.got_there() - self.returns());
        assert_eq!(debits + got, paid - refunds, "the row and the money disagree: {pay_order:?}");
        assert_eq!(self.debits(), paid - usize::from(pay_order.paid_by_bill()), "debited beside the bill");
        assert_eq!(self.world.messages().await + self.world.dead_letters().await, 0);
        assert_eq!(
            self.world
                .count(
                    "SELECT count(*) FROM pay_orders WHERE next_sweep_at IS NOT NULL OR bill IN (1, 2, 3, 6)"
                )
                .await,
            0
        );
        let start = if self.poor { Cents(TOTAL.0 - 1) } else { RICH };
        let moved = i64::try_from(self.debits() - self.refunds()).unwrap() * TOTAL.0;
        assert_eq!(self.world.bank.balance(JACK), Cents(start.0 - moved));
    }
}

/// Every run on the server has a database of its own, which takes its time.
fn cases() -> u32 {
    match TestEngine::chosen() {
        TestEngine::Sqlite => 192,
        TestEngine::Postgres => 32,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn whatever_happens_in_whatever_order_the_money_is_right(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let Some(mut run) = Run::new().await else { return };
            run.take(Step::Apply).await;
            for step in steps {
                run.take(step).await;
            }
            run.end().await;
        });
    }
}
