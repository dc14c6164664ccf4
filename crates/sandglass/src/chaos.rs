//! The fault switches of `--chaos`, and the wrappers that obey them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use api::calls::{Answer, NoAnswer, Pay, PayStatus, RefundAnswer};
use api::{Problem, topics};
use async_trait::async_trait;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use delay::{Bus, Handler, Message, Topic, Verdict};
use edge::Failure;
use model::OrderId;
use model::pay_order::CloseAnswer;
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
}

/// The switches on the wire; one that is left out stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Positions {
    /// Every `pay.success` message disappears on its way.
    pub lose_pay_success: Option<bool>,
    /// `pay` answers nobody.
    pub freeze_pay: Option<bool>,
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
        self.positions()
    }

    /// All as they are.
    pub fn positions(&self) -> Positions {
        Positions { lose_pay_success: Some(self.losing_success()), freeze_pay: Some(self.pay_frozen()) }
    }

    fn losing_success(&self) -> bool {
        self.shared.lose_pay_success.load(Ordering::SeqCst)
    }

    fn pay_frozen(&self) -> bool {
        self.shared.freeze_pay.load(Ordering::SeqCst)
    }
}

/// `pay`, unless it is frozen.
pub struct FreezablePay {
    /// The real one.
    pub inner: Arc<dyn Pay>,
    /// The switches.
    pub switches: Switches,
}

impl FreezablePay {
    fn awake(&self) -> Answer<&dyn Pay> {
        if self.switches.pay_frozen() {
            Err(NoAnswer::from("pay", "it is frozen by a fault switch"))
        } else {
            Ok(self.inner.as_ref())
        }
    }
}

#[async_trait]
impl Pay for FreezablePay {
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
        let of_pay = [topics::ATTEMPT_DUTY.code, topics::REFUND_DUTY.code].contains(&topic);
        match topic {
            _ if topic == topics::PAY_SUCCESS.code && self.switches.losing_success() => Some(Arc::new(Hole)),
            _ if of_pay && self.switches.pay_frozen() => Some(Arc::new(Frozen)),
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

/// Answers 503 on the routes of `pay` while it is frozen.
pub fn freezable(router: Router, switches: Switches) -> Router {
    router.layer(middleware::from_fn_with_state(switches, refuse_while_frozen))
}

async fn refuse_while_frozen(State(switches): State<Switches>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let for_pay = path.strip_prefix("/api").unwrap_or(path).starts_with("/pay-orders");
    if for_pay && switches.pay_frozen() {
        return Failure::from(Problem::unavailable()).into_response();
    }
    next.run(request).await
}
