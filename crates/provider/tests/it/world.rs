//! A provider, or something else at its address, and the channel to it.

use std::sync::Arc;

use axum::Router;
use clock::{IdGen, ManualClock, Ms};
use model::{Cents, PayOrderId};
use pay::channel::{Channel, NewBill};
use provider::client::{self, Sandbox};
use provider::server::Parts;
use provider::{Key, Provider};
use remote::Http;
use tokio::net::TcpListener;

pub(crate) const NOW: Ms = Ms(1_790_000_000_000);
pub(crate) const ID: PayOrderId = PayOrderId(7);
pub(crate) const AMOUNT: Cents = Cents(2_500);
pub(crate) const DEADLINE_MS: i64 = 2_000;
pub(crate) const NOTICES: &str = "/pay-orders/notices/sandbox";

pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) provider: Provider,
    pub(crate) channel: Sandbox,
    pub(crate) url: String,
}

pub(crate) fn key() -> Key {
    Key::new(&[7; 32]).unwrap()
}

/// Serves `router`; answers where.
pub(crate) async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    url
}

pub(crate) fn channel(url: &str, key: Key, clock: &ManualClock) -> Sandbox {
    let parts = client::Parts {
        url: url.to_owned(),
        key,
        deadline_ms: DEADLINE_MS,
        transport: Arc::new(Http::default()),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(IdGen::new(1)),
    };
    Sandbox::new(parts).unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::telling("http://127.0.0.1:1".into()).await
    }

    /// One whose notices go to `shop`.
    pub(crate) async fn telling(shop: String) -> Self {
        let clock = ManualClock::at(NOW);
        let parts = Parts {
            key: key(),
            url: "https://sandbox.example".into(),
            shop,
            notices: NOTICES.into(),
            transport: Arc::new(Http::default()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(IdGen::new(2)),
        };
        let provider = Provider::new(parts).unwrap();
        let url = serve(provider.routes()).await;
        let channel = channel(&url, key(), &clock);
        Self { clock, provider, channel, url }
    }

    pub(crate) async fn made() -> Self {
        let world = Self::new().await;
        world.channel.create(&bill()).await.unwrap();
        world
    }
}

pub(crate) fn bill() -> NewBill {
    NewBill { pay_order: ID, amount: AMOUNT, info: "a <kettle>".into() }
}
