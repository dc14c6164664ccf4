//! An order's trace across processes.

use crate::collector::{Collector, Seen, Spans};
use crate::town::Town;

/// The span above another, which must be there.
fn above<'a>(told: &'a Spans, span: &Seen) -> &'a Seen {
    told.0.iter().find(|other| other.id == span.parent).unwrap_or_else(|| panic!("an orphan: {span:?}"))
}

/// Who is above the only span of `service` named `name`, up to the first: services and names.
fn line(told: &Spans, service: &str, name: &str) -> Vec<String> {
    let named = told.named(name);
    let mut here = *named.iter().find(|span| span.service == service).unwrap();
    let mut line = vec![format!("{} {}", here.service, here.name)];
    while here.parent != "0000000000000000" && !here.parent.is_empty() {
        here = above(told, here);
        line.push(format!("{} {}", here.service, here.name));
    }
    line
}

const PLACING: [&str; 3] =
    ["sandglass-trade POST /orders", "sandglass-gateway POST", "sandglass-gateway POST /orders"];

fn placed(above: &[&str]) -> Vec<String> {
    above.iter().chain(&PLACING).map(|name| (*name).to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_one_trace_in_all_processes() {
    let collector = Collector::start();
    let town = Town::start_traced(&collector.url).await;
    town.buyer("jack", 5_000).await;
    let token = town.login("jack").await;
    let order = town.order(&token).await;
    let pay_order = town.apply(&token, &order).await;
    assert_eq!(town.press(&token, &pay_order).await, http::StatusCode::OK);
    town.comes_to(&token, &order, 2).await;
    let settled = || async {
        let told = collector.seen();
        !told.named("POST /stock/holds/settle").is_empty() && !told.named("process pay.success").is_empty()
    };
    crate::town::until(settled).await;
    town.finish_traces().await;
    let all = collector.seen();
    let story = all.named("POST /orders")[0].trace.clone();
    let told = all.of(&story);
    assert_eq!(
        line(&told, "sandglass-user", "POST /wallet/debits"),
        placed(&["sandglass-user POST /wallet/debits", "sandglass-pay POST", "sandglass-pay user.debit"])
    );
    let heard =
        ["sandglass-trade POST", "sandglass-trade item.settle", "sandglass-trade process pay.success"];
    assert_eq!(
        line(&told, "sandglass-item", "POST /stock/holds/settle"),
        placed(&[&["sandglass-item POST /stock/holds/settle"][..], &heard].concat())
    );
    // The payment goes on in the order's trace, and points to the request that asked for it.
    let pressed =
        all.0.iter().find(|span| span.service == "sandglass-pay" && span.name == "POST /pay-orders/{id}");
    let debit = told.named("user.debit")[0];
    assert_eq!(debit.links, std::slice::from_ref(&pressed.unwrap().id));
    let tried = told.0.iter().find(|span| span.parent == debit.id).unwrap();
    assert_eq!(
        format!("http://{}:{}", tried.attributes["server.address"], tried.attributes["server.port"]),
        town.url("user")
    );
    // Who answered whom is told by both sides alike.
    assert!(told.0.iter().all(|span| span.parent.is_empty() || above(&told, span).trace == story));
}
