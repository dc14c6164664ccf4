//! What an operator's monitoring sees.

use axum::Router;
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt;
use sandglass::chaos::Positions;
use sandglass::ops::{Ops, routes};
use tower::ServiceExt;

use crate::world::told::skipped_on_a_cluster;
use crate::world::{Local, PRICE};

async fn scraped(ops: &Router) -> String {
    let asked = Request::get("/metrics").body(Body::empty()).unwrap();
    let answer = ops.clone().oneshot(asked).await.unwrap();
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// The value of the series written like this; `None` if it is not there.
fn value(metrics: &str, series: &str) -> Option<f64> {
    metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}

/// This test alone scrapes: the recorder is the process's, and other tests of this process count into it.
#[tokio::test(flavor = "multi_thread")]
async fn what_alerts_look_at_is_there_from_the_start_and_tells_of_overdue_orders() {
    let name = "what_alerts_look_at_is_there_from_the_start_and_tells_of_overdue_orders";
    if skipped_on_a_cluster(name, "it counts from nothing") {
        return;
    }
    let world = Local::start(5).await;
    let ops = routes(Ops::new(world.shop.clone(), "token".into()).unwrap());
    let start = scraped(&ops).await;
    for series in [
        r#"sandglass_orders_closed_total{by="sweep"}"#,
        r#"sandglass_orders_closed_total{by="timer"}"#,
        r#"sandglass_order_moves_total{to="paid"}"#,
        "sandglass_unknown_orders_total",
        "sandglass_orders_turned_away_total",
        "sandglass_item_settles_impossible_total",
        "sandglass_item_swept_total",
        "sandglass_pay_swept_total",
        r#"sandglass_pay_attempts_total{outcome="success"}"#,
        r#"sandglass_pay_bills_total{outcome="otherAmount"}"#,
    ] {
        assert!(value(&start, series).is_some(), "{series} is missing:\n{start}");
    }
    assert_eq!(value(&start, "sandglass_orders_overdue"), Some(0.0));
    let ready = r#"sandglass_outbox_ready{service="trade",queue="outbox"}"#;
    assert_eq!(value(&start, ready), Some(0.0));
    let dead = r#"sandglass_dead_letters{service="trade",queue="outbox"}"#;
    assert_eq!(value(&start, dead), Some(0.0));

    let buyer = world.buyer("jack", PRICE).await;
    buyer.must_order().await;
    world.shop.switches.set(Positions { freeze_pay: Some(true), ..Positions::default() });
    world.clock.advance(33 * 60_000);
    let late = scraped(&ops).await;
    assert_eq!(value(&late, "sandglass_orders_overdue"), Some(1.0), "{late}");

    world.shop.switches.set(Positions { freeze_pay: Some(false), ..Positions::default() });
    world.pass(120_000).await;
    let healed = scraped(&ops).await;
    assert_eq!((value(&healed, "sandglass_orders_overdue"), value(&healed, ready)), (Some(0.0), Some(0.0)));
}
