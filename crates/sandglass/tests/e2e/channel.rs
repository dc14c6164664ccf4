//! Paying at the sandbox provider: over real HTTP, there and back, with everything it may do wrong.

use std::sync::Arc;

use clock::{IdGen, MINUTE, ManualClock};
use http::{Method, StatusCode};
use model::{Cents, PayOrderId};
use provider::server::{Parts, Switches};
use provider::{Key, Provider};
use remote::Http;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::world::local::SANDBOX_KEY;
use crate::world::told::skipped_on_a_cluster;
use crate::world::{CLOSED, Local, PAID, PRICE, Person};

/// Why these do not run on several processes.
const OWN_PROVIDER: &str = "it has a payment provider of its own";

/// A shop and its provider, each at an address of its own.
struct World {
    shop: Local,
    provider: Provider,
    buyer: Person,
}

impl World {
    /// For the test called `name`; `None` on a cluster.
    async fn start(name: &str) -> Option<Self> {
        if skipped_on_a_cluster(name, OWN_PROVIDER) {
            return None;
        }
        let (at_provider, at_shop) = (listener().await, listener().await);
        let (url, shop_url) = (address(&at_provider), address(&at_shop));
        let shop = Local::start_with_provider(10, url.clone()).await;
        let provider = provider(url, shop_url, &shop.clock);
        tokio::spawn(axum::serve(at_provider, provider.routes()).into_future());
        tokio::spawn(axum::serve(at_shop, shop.door.clone()).into_future());
        let buyer = shop.buyer("jack", PRICE).await;
        Some(Self { shop, provider, buyer })
    }

    /// Orders, and applies to pay at the provider; answers the order and its payment.
    async fn order(&self) -> (String, PayOrderId) {
        let order = self.buyer.must_order().await;
        let form = json!({ "bizOrderNo": order, "amount": PRICE, "payChannelCode": "sandbox", "payType": 4 });
        let (status, id) = self.buyer.call(Method::POST, "/pay-orders", None, Some(form)).await;
        assert_eq!(status, StatusCode::OK, "{id}");
        (order, id.to_string().parse().unwrap())
    }

    async fn pay_order(&self, order: &str) -> Value {
        self.buyer.look(&format!("/pay-orders/biz/{order}")).await
    }

    /// Lets time pass, and the provider tell what is due, until `holds`.
    async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        for _ in 0..120 {
            if holds().await {
                return;
            }
            self.shop.pass(1_000).await;
            self.provider.tell_due().await;
        }
        panic!("it did not come about: {what}");
    }

    async fn is(&self, order: &str, status: i64) -> bool {
        self.buyer.status_of(order).await == status
    }

    fn refunds(&self, id: PayOrderId) -> u32 {
        self.provider.payment(id).unwrap().refunds
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn address(listener: &TcpListener) -> String {
    format!("http://{}", listener.local_addr().unwrap())
}

fn provider(url: String, shop: String, clock: &ManualClock) -> Provider {
    let parts = Parts {
        key: Key::new(SANDBOX_KEY.as_bytes()).unwrap(),
        url,
        shop,
        notices: "/pay-orders/notices/sandbox".into(),
        transport: Arc::new(Http::default()),
        clock: Arc::new(clock.clone()),
        ids: Arc::new(IdGen::new(900)),
    };
    Provider::new(parts).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_paid_at_the_provider_and_refunded_there() {
    let Some(world) = World::start("an_order_is_paid_at_the_provider_and_refunded_there").await else {
        return;
    };
    let (order, id) = world.order().await;
    let seen = world.pay_order(&order).await;
    assert!(seen["qrCodeUrl"].as_str().unwrap().ends_with(&format!("/pay/{id}")), "{seen}");
    assert_eq!(seen["payChannelCode"], "sandbox");
    assert!(world.provider.pay(id, Cents(PRICE)));
    world.until("it is paid", async || world.is(&order, PAID).await).await;
    assert_eq!(world.buyer.balance().await, PRICE, "nothing was taken from the balance");
    let staff = world.shop.staff().await;
    let path = format!("/staff/orders/{order}/refund");
    staff.call(Method::POST, &path, None, Some(json!({ "reason": "damaged" }))).await;
    world.until("it is refunded", async || world.is(&order, CLOSED).await).await;
    assert_eq!((world.refunds(id), world.buyer.balance().await), (1, PRICE));
    world.shop.quiet().await;
    world.shop.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_may_come_late_twice_and_out_of_order() {
    let name = "notices_may_come_late_twice_and_out_of_order";
    let Some(world) = World::start(name).await else { return };
    let badly = Switches { double_notices: true, reorder_notices: true, ..Switches::default() };
    world.provider.set(badly);
    let (order, id) = world.order().await;
    world.provider.pay(id, Cents(PRICE));
    world.provider.tell_due().await;
    world.until("it is paid", async || world.is(&order, PAID).await).await;
    world.until("everything was told", async || world.provider.untold() == 0).await;
    assert!(world.is(&order, PAID).await);
    assert_eq!((world.refunds(id), world.available().await), (0, 9));
    world.shop.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_that_comes_after_the_close_goes_back_once_and_the_order_stays_closed() {
    let Some(world) =
        World::start("money_that_comes_after_the_close_goes_back_once_and_the_order_stays_closed").await
    else {
        return;
    };
    world.provider.set(Switches { refuse_refunds: 3, ..Switches::default() });
    let (order, id) = world.order().await;
    world.buyer.cancel(&order).await;
    world.until("it is closed", async || world.is(&order, CLOSED).await).await;
    assert!(world.provider.payment(id).unwrap().closed);
    assert!(world.provider.pay(id, Cents(PRICE)));
    world.until("its money is back", async || world.refunds(id) == 1).await;
    world.until("everything was told", async || world.provider.untold() == 0).await;
    let seen = world.pay_order(&order).await;
    assert_eq!((&seen["status"], &seen["resultCode"]), (&json!(2), &json!("late_money_refunded")), "{seen}");
    assert!(seen["expandJson"].as_str().unwrap().contains(&format!("SR{id}")));
    assert!(world.is(&order, CLOSED).await);
    assert_eq!((world.refunds(id), world.available().await), (1, 10));
    world.shop.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_never_succeeds_stays_visible_and_is_no_violation() {
    let Some(world) = World::start("a_refund_that_never_succeeds_stays_visible_and_is_no_violation").await
    else {
        return;
    };
    world.provider.set(Switches { refuse_refunds: u32::MAX, lose_notices: true, ..Switches::default() });
    let (order, id) = world.order().await;
    world.buyer.cancel(&order).await;
    world.until("it is closed", async || world.is(&order, CLOSED).await).await;
    world.provider.pay(id, Cents(PRICE));
    let refunding = async || world.pay_order(&order).await["resultCode"] == "late_money_refunding";
    world.until("the money is found although nobody told", refunding).await;
    world.shop.pass(5 * MINUTE).await;
    assert!(refunding().await && world.refunds(id) == 0);
    world.shop.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_no_notice_tells_of_is_found_by_looking() {
    let Some(world) = World::start("a_payment_that_no_notice_tells_of_is_found_by_looking").await else {
        return;
    };
    world.provider.set(Switches { lose_notices: true, ..Switches::default() });
    let (order, id) = world.order().await;
    world.provider.pay(id, Cents(PRICE));
    // Nobody tells; the shop looks.
    world.until("it is paid", async || world.is(&order, PAID).await).await;
    world.shop.assert_clean(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_pays_at_a_plain_page() {
    let name = "a_buyer_pays_at_a_plain_page";
    let Some(world) = World::start(name).await else { return };
    let (order, _) = world.order().await;
    let url = world.pay_order(&order).await["qrCodeUrl"].as_str().unwrap().to_owned();
    let path = url.splitn(4, '/').nth(3).unwrap().to_owned();
    let ask = async |method: Method| {
        use tower::ServiceExt;
        let request =
            http::Request::builder().method(method).uri(format!("/{path}")).body(axum::body::Body::empty());
        world.provider.routes().oneshot(request.unwrap()).await.unwrap().status()
    };
    assert_eq!(ask(Method::GET).await, StatusCode::OK);
    assert_eq!(ask(Method::POST).await, StatusCode::SEE_OTHER);
    world.until("it is paid", async || world.is(&order, PAID).await).await;
}

impl World {
    async fn available(&self) -> i64 {
        self.buyer.available().await
    }
}
