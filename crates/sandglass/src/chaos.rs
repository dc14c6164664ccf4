//! The fault switches of `--chaos`, and the wrappers that obey them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
use serde::{Deserialize, Serialize};

/// Which faults are on. Clones share the switches.
#[derive(Clone, Debug, Default)]
pub struct Switches {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    lose_pay_success: AtomicBool,
    freeze_pay: AtomicBool,
    freeze_item: AtomicBool,
    freeze_user: AtomicBool,
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
}

impl Positions {
    /// Every switch off.
    pub const OFF: Self = Self {
        lose_pay_success: Some(false),
        freeze_pay: Some(false),
        freeze_item: Some(false),
        freeze_user: Some(false),
    };
}

impl Switches {
    /// Sets the switches that are named; answers all as they are then.
    pub fn set(&self, wanted: Positions) -> Positions {
        let set = |switch: &AtomicBool, wanted: Option<bool>| {
            if let Some(on) = wanted {
                switch.store(on, Ordering::SeqCst);
            }
        };
        set(&self.shared.lose_pay_success, wanted.lose_pay_success);
        set(&self.shared.freeze_pay, wanted.freeze_pay);
        set(&self.shared.freeze_item, wanted.freeze_item);
        set(&self.shared.freeze_user, wanted.freeze_user);
        self.positions()
    }

    /// All as they are.
    pub fn positions(&self) -> Positions {
        Positions {
            lose_pay_success: Some(self.losing_success()),
            freeze_pay: Some(self.frozen(Owner::Pay)),
            freeze_item: Some(self.frozen(Owner::Item)),
            freeze_user: Some(self.frozen(Owner::User)),
        }
    }

    fn losing_success(&self) -> bool {
        self.shared.lose_pay_success.load(Ordering::SeqCst)
    }

    fn frozen(&self, service: Owner) -> bool {
        let switch = match service {
            Owner::Pay => &self.shared.freeze_pay,
            Owner::Item => &self.shared.freeze_item,
            Owner::User => &self.shared.freeze_user,
            Owner::Cart | Owner::Trade => return false,
        };
        switch.load(Ordering::SeqCst)
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
    fn awake(&self) -> Answer<&S> {
        if self.switches.frozen(self.service) {
            return Err(NoAnswer::from(self.service.name(), "it is frozen by a fault switch"));
        }
        Ok(self.inner.as_ref())
    }
}

#[async_trait]
impl Pay for Freezable<dyn Pay> {
    async fn close(&self, orders: Vec<OrderId>) -> Answer<Vec<CloseAnswer>> {
        self.awake()?.close(orders).await
    }

    async fn status(&self, orders: Vec<OrderId>) -> Answer<Vec<PayStatus>> {
        self.awake()?.status(orders).await
    }

    async fn refund(&self, orders: Vec<OrderId>) -> Answer<Vec<RefundAnswer>> {
        self.awake()?.refund(orders).await
    }
}

#[async_trait]
impl Items for Freezable<dyn Items> {
    async fn quote(&self, ids: &[ItemId]) -> Answer<Vec<Quote>> {
        self.awake()?.quote(ids).await
    }

    async fn hold(&self, orders: Vec<HoldRequest>) -> Answer<Vec<HoldAnswer>> {
        self.awake()?.hold(orders).await
    }

    async fn settle(&self, ends: Vec<SettleRequest>) -> Answer<Vec<SettleAnswer>> {
        self.awake()?.settle(ends).await
    }
}

#[async_trait]
impl Users for Freezable<dyn Users> {
    async fn address(&self, user: UserId, id: AddressId) -> Answer<Option<Address>> {
        self.awake()?.address(user, id).await
    }

    async fn debit(&self, debit: Debit) -> Answer<Outcome> {
        self.awake()?.debit(debit).await
    }

    async fn settle_debits(&self, attempts: Vec<SettleDebit>) -> Answer<Vec<Outcome>> {
        self.awake()?.settle_debits(attempts).await
    }

    async fn refund(&self, refunds: Vec<RefundRequest>) -> Answer<()> {
        self.awake()?.refund(refunds).await
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
        let duties = [topics::ATTEMPT_DUTY, topics::REFUND_DUTY, topics::BILL_DUTY];
        let of_pay = duties.iter().any(|duty| duty.code == topic);
        match topic {
            _ if topic == topics::PAY_SUCCESS.code && self.switches.losing_success() => Some(Arc::new(Hole)),
            _ if of_pay && self.switches.frozen(Owner::Pay) => Some(Arc::new(Frozen)),
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

/// Where duties wait.
struct Frozen;

#[async_trait]
impl Handler for Frozen {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        vec![Verdict::Away { error: "pay is frozen by a fault switch".into() }; batch.len()]
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
    if owner.is_some_and(|owner| switches.frozen(owner)) {
        return Failure::from(Problem::unavailable()).into_response();
    }
    next.run(request).await
}
