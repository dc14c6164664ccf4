//! What an operator sees of the processes and does to them, by the seam that staff's pages use; and the fault switches.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use remote::Operator;
use sandglass::chaos::Positions;
use sandglass::ops::operator::{InProcess, Ports};
use sandglass::ops::{Ops, routes, token};
use sandglass::serve::{bind, serve};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::world::told::skipped_on_a_cluster;
use crate::world::{CLOSED, Local, PAID, PRICE};

pub(crate) async fn ask(
    operator: &dyn Operator,
    process: &str,
    method: Method,
    path: &str,
    body: Value,
) -> (StatusCode, Value) {
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = Request::builder().method(method).uri(path).body(body).unwrap();
    let answer = operator.ask(process, request).await.unwrap();
    (answer.status(), serde_json::from_slice(answer.body()).unwrap_or(Value::Null))
}

fn in_process(world: &Local) -> InProcess {
    let router = routes(Ops::new(world.shop.clone(), "token".into()).unwrap());
    InProcess::new(router, "token".into())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_queues_sweeps_messages_and_the_last_audit() {
    let name = "an_operator_sees_queues_sweeps_messages_and_the_last_audit";
    if skipped_on_a_cluster(name, "it looks into one process") {
        return;
    }
    let world = Local::start(5).await;
    let operator = in_process(&world);
    let look = async |path: &str| ask(&operator, "shop", Method::GET, path, Value::Null).await.1;
    let push = async |path: &str| ask(&operator, "shop", Method::POST, path, Value::Null).await.0;
    assert_eq!(operator.processes().await, ["shop"]);
    let buyer = world.buyer("jack", PRICE).await.hurried();
    let (unpaid, paid) = (buyer.must_order().await, buyer.buy().await);
    world.pass(25_000).await;
    let state = look("/state").await;
    assert_eq!((state["audit"].clone(), state["chaos"].clone()), (Value::Null, json!(true)), "{state}");
    let lanes: Vec<_> =
        state["lanes"].as_array().unwrap().iter().map(|lane| lane["service"].clone()).collect();
    assert!(lanes.contains(&json!("trade")) && lanes.contains(&json!("pay")), "{state}");
    let by_timer: u64 =
        state["closes"].as_array().unwrap().iter().filter_map(|slot| slot["by"]["timer"].as_u64()).sum();
    assert_eq!(by_timer, 1, "{state}");

    let told = look(&format!("/messages?subject={unpaid}")).await;
    let tries = told["tries"].as_array().unwrap();
    assert!(
        tries.iter().any(|one| one["topic"] == "delay.order.query" && one["outcome"] == "done"),
        "{told}"
    );
    let told = look(&format!("/messages?subject={paid}")).await;
    assert!(told["tries"].as_array().unwrap().iter().any(|one| one["topic"] == "pay.success"), "{told}");

    let (status, report) = ask(&operator, "shop", Method::GET, "/audit", Value::Null).await;
    assert_eq!((status, report["clean"].as_bool()), (StatusCode::OK, Some(true)));
    assert_eq!(look("/audit/last").await, report);

    assert_eq!(push("/sweeps/trade/pause").await, StatusCode::OK);
    world.pass(65_000).await;
    let sweep = async || {
        let state = look("/state").await;
        state["sweeps"].as_array().unwrap().iter().find(|sweep| sweep["service"] == "trade").unwrap().clone()
    };
    assert_eq!(sweep().await["paused"], true);
    let before = sweep().await["began"].clone();
    assert_eq!(push("/sweeps/trade/run").await, StatusCode::OK);
    world.within(5_000, "it runs although paused", async || sweep().await["began"] != before).await;
    assert_eq!(push("/sweeps/trade/resume").await, StatusCode::OK);
    assert_eq!(push("/sweeps/nobody/run").await, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ports_of_other_processes_are_found_by_their_files_and_asked_with_their_tokens() {
    let name = "the_ports_of_other_processes_are_found_by_their_files_and_asked_with_their_tokens";
    if skipped_on_a_cluster(name, "it serves a port of its own") {
        return;
    }
    let world = Local::start(1).await;
    let listener = bind("127.0.0.1:0".parse().unwrap(), "test").unwrap();
    let files = token::Files::of_process(&world.shop.config.data, "all-1");
    let given = "0123456789abcdef0123456789abcdef".to_owned();
    let token = files.create(listener.local_addr().unwrap(), Some(given), |_| ()).unwrap();
    let gone = token::Files::of_process(&world.shop.config.data, "gone-2");
    gone.create("127.0.0.1:1".parse().unwrap(), None, |_| ()).unwrap();
    let stop = CancellationToken::new();
    let serving =
        tokio::spawn(serve(listener, routes(Ops::new(world.shop.clone(), token).unwrap()), stop.clone()));

    let ports = Ports::of(&world.shop.config).unwrap();
    assert_eq!(ports.processes().await, ["all-1", "gone-2"]);
    let (status, state) = ask(&ports, "all-1", Method::GET, "/state", Value::Null).await;
    assert_eq!((status, state["roles"].as_array().unwrap().len()), (StatusCode::OK, 5));
    let request = || Request::get("/state").body(Bytes::new()).unwrap();
    assert!(ports.ask("gone-2", request()).await.is_err(), "nobody answers there");
    assert!(ports.ask("stranger", request()).await.is_err());
    stop.cancel();
    serving.await.unwrap().unwrap();
}

/// Each fault, as it is switched on.
fn faults() -> Vec<(&'static str, Positions)> {
    let as_it_is = Positions::AS_IT_IS;
    vec![
        ("lose success", Positions { lose_pay_success: Some(true), ..as_it_is }),
        ("slow pay", Positions { slow_pay_ms: Some(20), ..as_it_is }),
        ("drop", Positions { drop_messages: Some(true), ..as_it_is }),
        ("duplicate", Positions { duplicate_messages: Some(true), ..as_it_is }),
        ("delay", Positions { delay_messages_ms: Some(3_000), ..as_it_is }),
        ("stop timers", Positions { stop_timers: Some(true), ..as_it_is }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_switch_is_on_every_order_has_its_right_end() {
    if skipped_on_a_cluster(
        "whatever_switch_is_on_every_order_has_its_right_end",
        "it drives the clock by hand",
    ) {
        return;
    }
    for (fault, positions) in faults() {
        let world = Local::start(10).await;
        let buyer = world.buyer("jack", 5 * PRICE).await.hurried();
        let answered = world.shop.switches.set(positions);
        assert_ne!(answered, Positions::OFF, "{fault}");
        let (unpaid, paid) = (buyer.must_order().await, buyer.buy().await);
        let ended = async || buyer.status_of(&unpaid).await == CLOSED && buyer.status_of(&paid).await == PAID;
        world.within(90_000, fault, ended).await;
        world.shop.switches.set(Positions::OFF);
        world.within(90_000, fault, async || world.available().await == 9).await;
        assert_eq!(buyer.balance().await, 4 * PRICE, "{fault}");
        world.assert_clean(120_000).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn wiped_queues_and_a_shorter_window_leave_no_order_behind() {
    let name = "wiped_queues_and_a_shorter_window_leave_no_order_behind";
    if skipped_on_a_cluster(name, "it drives the clock by hand") {
        return;
    }
    let world = Local::start(10).await;
    let operator: Arc<dyn Operator> = Arc::new(in_process(&world));
    let chaos = async |body: Value| ask(operator.as_ref(), "shop", Method::PUT, "/chaos", body).await;
    assert_eq!(chaos(json!({ "shortenWindowMs": 10 })).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(chaos(json!({ "slowPayMs": 60_000 })).await.0, StatusCode::BAD_REQUEST);
    let (status, positions) = chaos(json!({ "shortenWindowMs": 5_000 })).await;
    assert_eq!((status, positions["shortenWindowMs"].as_i64()), (StatusCode::OK, Some(5_000)));
    // This buyer's window is half an hour.
    let buyer = world.buyer("jack", PRICE).await;
    let orders = [buyer.must_order().await, buyer.must_order().await];
    let (status, lost) = ask(operator.as_ref(), "shop", Method::POST, "/chaos/wipe", Value::Null).await;
    assert_eq!((status, lost["lost"].as_i64().unwrap() >= 2), (StatusCode::OK, true), "{lost}");
    let closed = async || {
        for order in &orders {
            if buyer.status_of(order).await != CLOSED {
                return false;
            }
        }
        true
    };
    world.within(60_000, "the sweeps end them", closed).await;
    world.within(10_000, "stock comes back", async || world.available().await == 10).await;
    world.assert_clean(120_000).await;
}
