use axum::Router;
use edge::testing::{Sent, call, principal};
use edge::{Principal, Role};
use http::{Method, StatusCode};
use item::routes;
use serde_json::{Value, json};

use crate::shop::{Shop, draft, open};

fn router(shop: &Shop) -> Router {
    routes(shop.service.clone()).split_for_parts().0
}

async fn send(
    router: &Router,
    method: Method,
    path: &str,
    role: Option<Role>,
    body: Value,
) -> (StatusCode, Value) {
    let caller: Option<Principal> = role.map(|role| principal(9, role));
    let body = Some(body).filter(|body| !body.is_null());
    call(router, Sent { method, path, caller, key: None, body }).await
}

async fn get(router: &Router, path: &str, role: Option<Role>) -> (StatusCode, Value) {
    send(router, Method::GET, path, role, Value::Null).await
}

#[tokio::test]
async fn an_item_has_exactly_the_fields_clients_know() {
    let Some(shop) = open("an_item_has_exactly_the_fields_clients_know").await else { return };
    let item = shop.add(draft("Mate 60", 599_900, 5)).await;
    shop.hold(1, &[(item, 2)]).await;
    let router = router(&shop);
    let (status, one) = get(&router, &format!("/items/{item}"), None).await;
    let wanted = json!({
        "id": item.to_string(), "name": "Mate 60", "price": 599_900, "stock": 3, "held": 2,
        "image": "/pictures/box.svg", "category": "手机", "brand": "Starboat", "spec": null, "sold": 0,
        "commentCount": 0, "isAD": false, "status": 1,
    });
    assert_eq!((status, &one), (StatusCode::OK, &wanted));
    assert_eq!(get(&router, &format!("/items?ids={item},77"), None).await.1, json!([wanted]));
    let page = json!({"total": 1, "pages": 1, "list": [wanted]});
    assert_eq!(get(&router, "/items/page?pageNo=1&pageSize=5&sortBy=&isAsc=false", None).await.1, page);
    let search = "/search/list?key=mate&pageNo=1&pageSize=20&sortBy=&category=&brand=&minPrice=&maxPrice=";
    assert_eq!(get(&router, search, None).await.1, page);
}

#[tokio::test]
async fn what_is_missing_or_not_understood_says_so() {
    let Some(shop) = open("what_is_missing_or_not_understood_says_so").await else { return };
    let router = router(&shop);
    for (path, status) in [
        ("/items/77", 404),
        ("/items/x", 400),
        ("/items", 400),
        ("/items?ids=1,x", 400),
        ("/items/page?sortBy=name", 400),
        ("/items/page?pageSize=201", 400),
        ("/items/page?pageNo=0", 400),
        ("/search/list?minPrice=cheap", 400),
        ("/pictures/none.svg", 404),
        ("/pictures/box.png", 404),
        ("/pictures/..%2Fdemo.svg", 404),
        ("/pictures/box.svg", 200),
    ] {
        assert_eq!(get(&router, path, None).await.0.as_u16(), status, "{path}");
    }
    let many: Vec<String> = (1..=201).map(|id| id.to_string()).collect();
    assert_eq!(get(&router, &format!("/items?ids={}", many.join(",")), None).await.0, 400);
}

#[tokio::test]
async fn staff_make_change_stock_and_delete() {
    let Some(shop) = open("staff_make_change_stock_and_delete").await else { return };
    let router = router(&shop);
    let staff = Some(Role::Staff);
    let form =
        json!({"id": "5", "name": "cup", "price": 990, "stock": 5, "sold": 99, "spec": "", "isAD": true});
    let (status, id) = send(&router, Method::POST, "/items", staff, form).await;
    assert_eq!(status, 200);
    let id = id.as_str().unwrap().to_owned();
    let form = json!({"id": id, "name": "mug", "price": 990, "stock": 500, "status": 2});
    assert_eq!(send(&router, Method::PUT, "/items", staff, form).await, (StatusCode::OK, Value::Null));
    let one = get(&router, &format!("/items/{id}"), None).await.1;
    assert_eq!((&one["name"], &one["stock"], &one["status"]), (&json!("mug"), &json!(5), &json!(1)));
    let path = format!("/items/{id}/stock");
    let less = |delta: i64| json!({"delta": delta, "reason": "broken"});
    assert_eq!(send(&router, Method::POST, &path, staff, less(-2)).await.1, json!({"stock": 3}));
    let (status, short) = send(&router, Method::POST, &path, staff, less(-4)).await;
    assert_eq!((status.as_u16(), &short["code"], &short["available"]), (409, &json!("short"), &json!(3)));
    assert_eq!(send(&router, Method::POST, &path, staff, less(0)).await.0, 422);
    let ledger = get(&router, &format!("/items/{id}/ledger"), Some(Role::StaffRead)).await.1;
    assert_eq!((&ledger["total"], &ledger["list"][0]["by"]), (&json!(2), &json!("9")));
    let off = format!("/items/status/{id}/2");
    assert_eq!(send(&router, Method::PUT, &off, staff, Value::Null).await.0, 200);
    assert_eq!(send(&router, Method::PUT, &format!("/items/status/{id}/9"), staff, Value::Null).await.0, 422);
    assert_eq!(send(&router, Method::DELETE, &format!("/items/{id}"), staff, Value::Null).await.0, 200);
    assert_eq!(get(&router, &format!("/items/{id}"), None).await.0, 404);
    assert_eq!(send(&router, Method::DELETE, &format!("/items/{id}"), staff, Value::Null).await.0, 404);
}

#[tokio::test]
async fn services_hold_and_settle_over_http() {
    let Some(shop) = open("services_hold_and_settle_over_http").await else { return };
    let item = shop.stocked(5).await;
    let router = router(&shop);
    let service = Some(Role::Service);
    let lines = json!({"lines": [{"itemId": item.to_string(), "num": 2, "version": 1}]});
    let held = send(&router, Method::POST, "/stock/holds/1", service, lines).await;
    assert_eq!(held, (StatusCode::OK, json!({"outcome": "held"})));
    let batch = json!([{"orderId": "2", "lines": [{"itemId": item.to_string(), "num": 9, "version": 1}]}]);
    let refused = json!([{"outcome": "refused", "line": 0, "reason": "short"}]);
    assert_eq!(send(&router, Method::POST, "/stock/holds", service, batch).await.1, refused);
    let sold = json!({"end": "sold"});
    assert_eq!(send(&router, Method::POST, "/stock/holds/1/settle", service, sold).await.1, json!("settled"));
    let ends = json!([{"orderId": "1", "end": "released"}, {"orderId": "2", "end": "released"}]);
    let answers = json!(["impossible", "settled"]);
    assert_eq!(send(&router, Method::POST, "/stock/holds/settle", service, ends).await.1, answers);
    let hold = get(&router, "/stock/holds/1", service).await.1;
    assert_eq!((&hold["state"], &hold["lines"][0]["num"]), (&json!("sold"), &json!(2)));
    assert_eq!(get(&router, "/stock/holds/3", service).await.0, 404);
    let quotes = get(&router, &format!("/stock/quotes?ids={item}"), service).await.1;
    assert_eq!((&quotes[0]["version"], &quotes[0]["stock"]), (&json!(1), &json!(3)));
    let negative = json!({"lines": [{"itemId": "1", "num": -2, "version": 1}]});
    assert!(send(&router, Method::POST, "/stock/holds/4", service, negative).await.0.is_client_error());
}

#[tokio::test]
async fn nobody_else_writes_stock() {
    let Some(shop) = open("nobody_else_writes_stock").await else { return };
    let router = router(&shop);
    let closed = [
        (Method::POST, "/items"),
        (Method::PUT, "/items"),
        (Method::PUT, "/items/status/1/2"),
        (Method::DELETE, "/items/1"),
        (Method::POST, "/items/1/stock"),
        (Method::GET, "/items/1/ledger"),
        (Method::POST, "/stock/holds/1"),
        (Method::POST, "/stock/holds"),
        (Method::POST, "/stock/holds/1/settle"),
        (Method::POST, "/stock/holds/settle"),
        (Method::GET, "/stock/holds/1"),
        (Method::GET, "/stock/quotes?ids=1"),
    ];
    for (method, path) in closed {
        for (role, status) in [(None, 401), (Some(Role::Buyer), 403)] {
            let sent = send(&router, method.clone(), path, role, json!({})).await;
            assert_eq!(sent.0.as_u16(), status, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_search_form_narrows() {
    let Some(shop) = open("a_search_form_narrows").await else { return };
    shop.add(draft("Mate 60", 599_900, 5)).await;
    let router = router(&shop);
    let form =
        json!({"key": "", "pageNo": 1, "sortBy": "", "minPrice": "", "maxPrice": 600_000, "brand": null});
    let found = send(&router, Method::POST, "/search/filters", None, form).await;
    assert_eq!(found, (StatusCode::OK, json!({"category": ["手机"], "brand": ["Starboat"]})));
}
