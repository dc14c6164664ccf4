//! The fault switches of `--chaos`, and the wrappers that obey them.

use std::sync::Arc;
use std::time::Duration;

use api::calls::{
    Address, Answer, Debit, HoldAnswer, HoldRequest, Items, NoAnswer, Pay, PayStatus, Quote, RefundAnswer,
    RefundRequest, SettleAnswer, SettleDebit, SettleRequest, Users,
};
use api::{Problem, topics};
use async_trait::async_trait;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use delay::{Bus, Handler, Message, Topic, Verdict};
use edge::Failure;
use gateway::Owner;
use model::pay_order::CloseAnswer;
use model::wallet::Outcome;
use model::{AddressId, ItemId, OrderId, UserId};
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use trade::Shortened;

/// The longest that a fault switch makes anybody wait, in milliseconds.
pub const WAIT_MS_MAX: i64 = 10_000;
/// The shortest payment window that can be set, in milliseconds.
pub const WINDOW_MS_MIN: i64 = 1_000;

/// Which faults are on. Clones share the switches.
#[derive(Clone, Debug, Default)]
pub struct Switches {
    on: Arc<RwLock<On>>,
    /// The bound on payment windows, which `trade` looks at.
    pub window: Shortened,
}

#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
struct On {
    lose_pay_success: bool,
    freeze_pay: bool,
    freeze_item: bool,
    freeze_user: bool,
    slow_pay_ms: i64,
    drop_messages: bool,
    duplicate_messages: bool,
    delay_messages_ms: i64,
    stop_timers: bool,
}

/// The switches on the wire; one that is left out stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Positions {
    /// Every `pay.success` message disappears on its way.
    pub lose_pay_success: Option<bool>,
    /// `pay` answers nobody.
    pub freeze_pay: Option<bool>,
    /// `item` answers nobody.
    pub freeze_item: Option<bool>,
    /// `user` answers nobody.
    pub freeze_user: Option<bool>,
    /// `pay` takes so much longer to answer, in milliseconds, up to 10,000; 0: as long as it takes.
    pub slow_pay_ms: Option<i64>,
    /// Every message between services, and every delayed check, disappears on its way.
    pub drop_messages: Option<bool>,
    /// Every such message arrives twice.
    pub duplicate_messages: Option<bool>,
    /// Every such message arrives so much later, in milliseconds, up to 10,000; 0: in time.
    pub delay_messages_ms: Option<i64>,
    /// No delayed check and no deadline's timer arrives; they wait.
    pub stop_timers: Option<bool>,
    /// No order placed from now on waits longer for its payment, in milliseconds, from 1,000 on; 0: as configured.
    pub shorten_window_ms: Option<i64>,
}

impl Positions {
    /// Every switch off.
    pub const OFF: Self = Self {
        lose_pay_success: Some(false),
        freeze_pay: Some(false),
        freeze_item: Some(false),
        freeze_user: Some(false),
        slow_pay_ms: Some(0),
        drop_messages: Some(false),
        duplicate_messages: Some(false),
        delay_messages_ms: Some(0),
        stop_timers: Some(false),
        shorten_window_ms: Some(0),
    };
    /// Every switch as it is.
    pub const AS_IT_IS: Self = Self {
        lose_pay_success: None,
        freeze_pay: None,
        freeze_item: None,
        freeze_user: None,
        slow_pay_ms: None,
        drop_messages: None,
        duplicate_messages: None,
        delay_messages_ms: None,
        stop_timers: None,
        shorten_window_ms: None,
    };

    /// What is wrong with the spans, if anything.
    pub fn check(&self) -> Result<(), &'static str> {
        let waits = [("slowPayMs", self.slow_pay_ms), ("delayMessagesMs", self.delay_messages_ms)];
        if waits.iter().any(|(_, ms)| ms.is_some_and(|ms| !(0..=WAIT_MS_MAX).contains(&ms))) {
            return Err("slowPayMs and delayMessagesMs must lie between 0 and 10000");
        }
        if self.shorten_window_ms.is_some_and(|ms| ms != 0 && ms < WINDOW_MS_MIN) {
            return Err("shortenWindowMs must be 0 or at least 1000");
        }
        Ok(())
    }
}

impl Switches {
    /// Sets the switches that are named; answers all as they are then.
    pub fn set(&self, wanted: Positions) -> Positions {
        let mut on = self.on.write();
        *on = On {
            lose_pay_success: wanted.lose_pay_success.unwrap_or(on.lose_pay_success),
            freeze_pay: wanted.freeze_pay.unwrap_or(on.freeze_pay),
            freeze_item: wanted.freeze_item.unwrap_or(on.freeze_item),
            freeze_user: wanted.freeze_user.unwrap_or(on.freeze_user),
            slow_pay_ms: wanted.slow_pay_ms.unwrap_or(on.slow_pay_ms).clamp(0, WAIT_MS_MAX),
            drop_messages: wanted.drop_messages.unwrap_or(on.drop_messages),
            duplicate_messages: wanted.duplicate_messages.unwrap_or(on.duplicate_messages),
            delay_messages_ms: wanted.delay_messages_ms.unwrap_or(on.delay_messages_ms).clamp(0, WAIT_MS_MAX),
            stop_timers: wanted.stop_timers.unwrap_or(on.stop_timers),
        };
        if let Some(most_ms) = wanted.shorten_window_ms {
            self.window.set(most_ms);
        }
        drop(on);
        self.positions()
    }

    /// All as they are.
    pub fn positions(&self) -> Positions {
        let on = self.now();
        Positions {
            lose_pay_success: Some(on.lose_pay_success),
            freeze_pay: Some(on.freeze_pay),
            freeze_item: Some(on.freeze_item),
            freeze_user: Some(on.freeze_user),
            slow_pay_ms: Some(on.slow_pay_ms),
            drop_messages: Some(on.drop_messages),
            duplicate_messages: Some(on.duplicate_messages),
            delay_messages_ms: Some(on.delay_messages_ms),
            stop_timers: Some(on.stop_timers),
            shorten_window_ms: Some(self.window.get()),
        }
    }

    fn now(&self) -> On {
        *self.on.read()
    }

    fn frozen(&self, service: Owner) -> bool {
        let on = self.now();
        match service {
            Owner::Pay => on.freeze_pay,
            Owner::Item => on.freeze_item,
            Owner::User => on.freeze_user,
            Owner::Cart | Owner::Trade => false,
        }
    }

    /// Waits as long as the service is slower than usual.
    async fn wait_for(&self, service: Owner) {
        let slow_ms = if service == Owner::Pay { self.now().slow_pay_ms } else { 0 };
        if slow_ms > 0 {
            tokio::time::sleep(Duration::from_millis(slow_ms.unsigned_abs())).await;
        }
    }
}

/// A service as others call it, unless it is frozen.
pub struct Freezable<S: ?Sized> {
    /// The real one.
    pub inner: Arc<S>,
    /// Which it is.
    pub service: Owner,
    /// The switches.
    pub switches: Switches,
}

impl<S: ?Sized> Freezable<S> {
    async fn awake(&self) -> Answer<&S> {
        self.switches.wait_for(self.service).await;
        if self.switches.frozen(self.service) {
            return Err(NoAnswer::from(self.service.name(), "it is frozen by a fault switch"));
        }
        Ok(self.inner.as_ref())
    }
}

#[async_trait]
impl Pay for Freezable<dyn Pay> {
    async fn close(&self, orders: Vec<OrderId>) -> Answer<Vec<CloseAnswer>> {
        self.awake().await?.close(orders).await
    }

    async fn status(&self, orders: Vec<OrderId>) -> Answer<Vec<PayStatus>> {
        self.awake().await?.status(orders).await
    }

    async fn refund(&self, orders: Vec<OrderId>) -> Answer<Vec<RefundAnswer>> {
        self.awake().await?.refund(orders).await
    }
}

#[async_trait]
impl Items for Freezable<dyn Items> {
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>> {
        self.awake().await?.quote(ids).await
    }

    async fn hold(&self, orders: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>> {
        self.awake().await?.hold(orders).await
    }

    async fn settle(&self, ends: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>> {
        self.awake().await?.settle(ends).await
    }
}

#[async_trait]
impl Users for Freezable<dyn Users> {
    async fn address(&self, user: UserId, id: AddressId) -> Answer<Option<Address>> {
        self.awake().await?.address(user, id).await
    }

    async fn debit(&self, debit: Debit) -> Answer<Outcome> {
        self.awake().await?.debit(debit).await
    }

    async fn settle_debits(&self, attempts: Vec<SettleDebit>) -> Answer<Vec<Outcome>> {
        self.awake().await?.settle_debits(attempts).await
    }

    async fn refund(&self, refunds: Vec<RefundRequest>) -> Answer<()> {
        self.awake().await?.refund(refunds).await
    }
}

/// A bus that loses what it is told to lose.
pub struct LossyBus<B> {
    /// The real one.
    pub inner: B,
    /// The switches.
    pub switches: Switches,
}

impl<B: Bus> Bus for LossyBus<B> {
    fn subscribe(&self, topic: Topic, handler: Arc<dyn Handler>) {
        self.inner.subscribe(topic, handler);
    }

    fn outlet(&self, topic: u16) -> Option<Arc<dyn Handler>> {
        let on = self.switches.now();
        let duties = [topics::ATTEMPT_DUTY, topics::REFUND_DUTY, topics::BILL_DUTY];
        let of_pay = duties.iter().any(|duty| duty.code == topic);
        let travels =
            [topics::ORDER_CHECK.code, topics::ORDER_CREATED.code, topics::PAY_SUCCESS.code].contains(&topic);
        match topic {
            _ if topic == topics::PAY_SUCCESS.code && on.lose_pay_success => Some(Arc::new(Hole)),
            _ if of_pay && on.freeze_pay => Some(Arc::new(Frozen("pay"))),
            _ if topic == topics::ORDER_CHECK.code && on.stop_timers => Some(Arc::new(Frozen("the timer"))),
            _ if travels && on.drop_messages => Some(Arc::new(Hole)),
            _ if travels => self.inner.outlet(topic).map(|handler| spoiled(handler, on)),
            _ => self.inner.outlet(topic),
        }
    }

    fn holds_delays(&self, topic: u16) -> bool {
        self.inner.holds_delays(topic)
    }
}

/// Where messages disappear.
struct Hole;

#[async_trait]
impl Handler for Hole {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        vec![Verdict::Done; batch.len()]
    }
}

/// A handler on a bad way.
fn spoiled(handler: Arc<dyn Handler>, on: On) -> Arc<dyn Handler> {
    let handler = if on.duplicate_messages { Arc::new(Twice(handler)) } else { handler };
    if on.delay_messages_ms > 0 { Arc::new(Late(handler, on.delay_messages_ms)) } else { handler }
}

/// Where every message arrives twice.
struct Twice(Arc<dyn Handler>);

#[async_trait]
impl Handler for Twice {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        self.0.handle(batch).await;
        self.0.handle(batch).await
    }

    fn retry(&self) -> delay::RetryPolicy {
        self.0.retry()
    }
}

/// Where every message arrives so many milliseconds late.
struct Late(Arc<dyn Handler>, i64);

#[async_trait]
impl Handler for Late {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let held_up: Vec<Message> = batch.iter().filter(|message| message.attempts > 0).cloned().collect();
        let handled = if held_up.is_empty() { Vec::new() } else { self.0.handle(&held_up).await };
        let mut handled = handled.into_iter();
        let late = |message: &Message| Verdict::Later { due: message.due + self.1 };
        let missing = || Verdict::Away { error: "the handler did not answer for every message".into() };
        let verdict = |message: &Message| match message.attempts {
            0 => late(message),
            _ => handled.next().unwrap_or_else(missing),
        };
        batch.iter().map(verdict).collect()
    }

    fn retry(&self) -> delay::RetryPolicy {
        self.0.retry()
    }
}

/// Where messages wait for somebody.
struct Frozen(&'static str);

#[async_trait]
impl Handler for Frozen {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        vec![Verdict::Away { error: format!("{} is frozen by a fault switch", self.0) }; batch.len()]
    }

    fn retry(&self) -> delay::RetryPolicy {
        delay::RetryPolicy::default().capped(clock::SECOND)
    }
}

/// Answers 503 on the routes of a service while it is frozen.
pub fn freezable(router: Router, switches: Switches) -> Router {
    router.layer(middleware::from_fn_with_state(switches, refuse_while_frozen))
}

async fn refuse_while_frozen(State(switches): State<Switches>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let owner = Owner::of(path.strip_prefix("/api").unwrap_or(path));
    if let Some(owner) = owner {
        switches.wait_for(owner).await;
    }
    if owner.is_some_and(|owner| switches.frozen(owner)) {
        return Failure::from(Problem::unavailable()).into_response();
    }
    next.run(request).await
}
