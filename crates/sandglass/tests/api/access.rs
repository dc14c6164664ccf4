//! Who may call what: one row for every operation, and the cases that follow from it.

use std::collections::BTreeSet;

use auth::token::{LIFETIME_MS, Role};
use http::{Method, StatusCode};

use crate::digest::digest;
use crate::document::{Operation, operations};
use crate::samples::Samples;
use crate::shop::{Sent, World};

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody; tokens are not looked at.
    Open,
    /// Whoever is logged in, about what is their own.
    Buyer,
    /// Staff, also those who only look.
    StaffRead,
    /// Staff who may change something.
    Staff,
    /// Our own processes.
    Service,
}

use Access::{Buyer, Open, Service, Staff, StaffRead};

const TABLE: [(&str, Access); 89] = [
    ("GET /addresses", Buyer),
    ("POST /addresses", Buyer),
    ("GET /addresses/{id}", Buyer),
    ("PUT /addresses/{id}", Buyer),
    ("DELETE /addresses/{id}", Buyer),
    ("GET /carts", Buyer),
    ("PUT /carts", Buyer),
    ("POST /carts", Buyer),
    ("DELETE /carts", Buyer),
    ("DELETE /carts/{id}", Buyer),
    ("GET /items", Open),
    ("PUT /items", Staff),
    ("POST /items", Staff),
    ("GET /items/page", Open),
    ("PUT /items/status/{id}/{status}", Staff),
    ("GET /items/{id}", Open),
    ("DELETE /items/{id}", Staff),
    ("GET /items/{id}/ledger", StaffRead),
    ("POST /items/{id}/stock", Staff),
    ("GET /orders", Buyer),
    ("POST /orders", Buyer),
    ("POST /orders/fates", Service),
    ("POST /orders/standings", Service),
    ("GET /orders/{id}", Buyer),
    ("PUT /orders/{id}", Service),
    ("PUT /orders/{id}/cancel", Buyer),
    ("GET /orders/{id}/owner", Service),
    ("POST /orders/{id}/payable", Service),
    ("PUT /orders/{id}/receive", Buyer),
    ("PUT /orders/{id}/review", Buyer),
    ("GET /orders/{id}/timeline", Buyer),
    ("GET /pay-orders", Buyer),
    ("POST /pay-orders", Buyer),
    ("POST /pay-orders/biz/close", Service),
    ("POST /pay-orders/biz/refund", Service),
    ("POST /pay-orders/biz/status", Service),
    ("GET /pay-orders/biz/{id}", Buyer),
    ("POST /pay-orders/biz/{id}/close", Service),
    ("POST /pay-orders/biz/{id}/refund", Service),
    ("POST /pay-orders/notices/{channel}", Open),
    ("POST /pay-orders/{id}", Buyer),
    ("GET /pictures/{file}", Open),
    ("POST /search/filters", Open),
    ("GET /search/list", Open),
    ("GET /staff/orders", StaffRead),
    ("GET /staff/orders/attention", StaffRead),
    ("GET /staff/orders/deadlines", StaffRead),
    ("GET /staff/orders/health", StaffRead),
    ("GET /staff/orders/records", StaffRead),
    ("POST /staff/orders/{id}/ask", Staff),
    ("POST /staff/orders/{id}/close", Staff),
    ("POST /staff/orders/{id}/extend", Staff),
    ("POST /staff/orders/{id}/refund", Staff),
    ("POST /staff/orders/{id}/ship", Staff),
    ("GET /staff/payments/attention", StaffRead),
    ("GET /staff/payments/health", StaffRead),
    ("GET /staff/payments/orders/{id}", StaffRead),
    ("GET /staff/stock/attention", StaffRead),
    ("GET /staff/stock/holds", StaffRead),
    ("GET /staff/stock/items/{id}", StaffRead),
    ("GET /staff/stock/orders/{id}", StaffRead),
    ("GET /staff/stock/records", StaffRead),
    ("GET /staff/users", StaffRead),
    ("GET /staff/users/payments/{payOrderNo}", StaffRead),
    ("GET /staff/users/records", StaffRead),
    ("POST /staff/users/records", Staff),
    ("GET /staff/users/{id}", StaffRead),
    ("GET /staff/users/{id}/wallet", StaffRead),
    ("POST /stock/holds", Service),
    ("POST /stock/holds/settle", Service),
    ("GET /stock/holds/{orderId}", Service),
    ("POST /stock/holds/{orderId}", Service),
    ("POST /stock/holds/{orderId}/settle", Service),
    ("GET /stock/quotes", Service),
    ("POST /users", Open),
    ("POST /users/login", Open),
    ("GET /users/me", Buyer),
    ("PUT /users/me/password", Buyer),
    ("GET /users/me/wallet", Buyer),
    ("POST /users/staff", Staff),
    ("POST /users/token", Buyer),
    ("GET /users/{id}/addresses/{addressId}", Service),
    ("POST /users/{id}/credit", Staff),
    ("PUT /users/{id}/frozen", Staff),
    ("POST /wallet/debits", Service),
    ("POST /wallet/debits/settle", Service),
    ("POST /wallet/debits/{attemptId}/settle", Service),
    ("POST /wallet/refunds", Service),
    ("POST /wallet/refunds/batch", Service),
];

impl Access {
    /// Who may call `operation`.
    pub(crate) fn of(operation: &Operation) -> Self {
        let name = operation.name();
        let row = TABLE.iter().find(|(row, _)| *row == name);
        row.unwrap_or_else(|| panic!("every operation has its authorisation cases; {name} has none")).1
    }

    /// The least role that suffices.
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            Open => None,
            Buyer => Some(Role::Buyer),
            StaffRead => Some(Role::StaffRead),
            Staff => Some(Role::Staff),
            Service => Some(Role::Service),
        }
    }

    fn wrong_roles(self) -> &'static [Role] {
        match self {
            Open | Buyer => &[],
            StaffRead => &[Role::Buyer, Role::Service],
            Staff => &[Role::Buyer, Role::StaffRead, Role::Service],
            Service => &[Role::Buyer, Role::StaffRead, Role::Staff],
        }
    }
}

#[test]
fn every_operation_has_its_authorisation_cases() {
    let described: BTreeSet<String> = operations().iter().map(Operation::name).collect();
    let listed: BTreeSet<String> = TABLE.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(described, listed, "the document's operations and the authorisation table differ");
    for operation in operations() {
        let closed = operation.about.get("security").is_some();
        assert_eq!(closed, Access::of(&operation) != Open, "{} is described otherwise", operation.name());
        let marked = operation.about["x-service-only"] == true;
        assert_eq!(
            marked,
            Access::of(&operation) == Service,
            "`x-service-only` keeps an operation inside the gateway; {} is described otherwise",
            operation.name()
        );
    }
}

/// What nobody should be let in with. The last two would be good if they were signed by us.
fn bad_tokens(world: &World, role: Role) -> Vec<String> {
    let good = world.token(role);
    let mut parts: Vec<&str> = good.split('.').collect();
    let buyers = world.token_of(world.other, Role::Buyer);
    parts[1] = buyers.split('.').nth(1).unwrap();
    let altered = parts.join(".");
    let garbage = ["", "null", "Bearer", "Bearer null", "garbage", "a.b.c", "é"].map(str::to_owned);
    garbage
        .into_iter()
        .chain([altered, good[..good.len() - 4].into(), world.forged(role), world.strange(role)])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_operations_refuse_whoever_has_no_good_token() {
    let world = World::start().await;
    let samples = Samples::of(&world).await;
    let before = digest(&world.shop).await;
    for operation in operations() {
        let Some(role) = Access::of(&operation).role() else { continue };
        let sent = samples.sent(&operation);
        let mut refused = vec![sent.clone().no_token()];
        refused.extend(bad_tokens(&world, role).iter().map(|token| sent.clone().token(token)));
        for sent in refused {
            expect(&world, &operation, &sent, StatusCode::UNAUTHORIZED).await;
        }
    }
    assert_eq!(before, digest(&world.shop).await, "a refused caller changed something");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_end_with_their_time() {
    let world = World::start().await;
    let samples = Samples::of(&world).await;
    let tokens =
        [Role::Buyer, Role::StaffRead, Role::Staff, Role::Service].map(|role| (role, world.token(role)));
    world.clock.advance(LIFETIME_MS + 1_000);
    for operation in operations() {
        let Some(role) = Access::of(&operation).role() else { continue };
        let token = &tokens.iter().find(|(of, _)| *of == role).unwrap().1;
        let sent = samples.sent(&operation).token(token);
        expect(&world, &operation, &sent, StatusCode::UNAUTHORIZED).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_role_is_refused() {
    let world = World::start().await;
    let samples = Samples::of(&world).await;
    let before = digest(&world.shop).await;
    for operation in operations() {
        for role in Access::of(&operation).wrong_roles() {
            let sent = samples.sent(&operation).token(&world.token(*role));
            expect(&world, &operation, &sent, StatusCode::FORBIDDEN).await;
        }
        if operation.name() == "POST /orders" {
            for role in [Role::StaffRead, Role::Service] {
                let sent = samples.sent(&operation).token(&world.token(role));
                expect(&world, &operation, &sent, StatusCode::FORBIDDEN).await;
            }
        }
    }
    assert_eq!(before, digest(&world.shop).await, "a refused caller changed something");
}

/// The right role gets in: whatever is refused then is refused for another reason.
#[tokio::test(flavor = "multi_thread")]
async fn the_right_role_gets_in() {
    let world = World::start().await;
    let samples = Samples::of(&world).await;
    for operation in operations() {
        let Some(role) = Access::of(&operation).role() else { continue };
        let sent = Sent { body: b"{}".to_vec(), ..samples.sent(&operation).token(&world.token(role)) };
        let got = world.send(&sent).await;
        let kept_out = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&got.status);
        assert!(!kept_out && !got.status.is_server_error(), "{}: {got:?}", operation.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_operations_do_not_look_at_tokens() {
    let world = World::start().await;
    let samples = Samples::of(&world).await;
    for operation in operations().iter().filter(|operation| Access::of(operation) == Open) {
        let sent = Sent { body: b"{}".to_vec(), ..samples.sent(operation).no_token() };
        let without = world.send(&sent).await;
        for token in bad_tokens(&world, Role::Buyer) {
            let with = world.send(&sent.clone().token(&token)).await;
            assert_eq!(with.status, without.status, "{} with {token:?}: {with:?}", operation.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_nobody_described_does_not_exist() {
    let world = World::start().await;
    for path in ["/nothing", "/api/nothing", "/items/stock/deduct/1", "/admin"] {
        let got = world.send(&Sent::new(Method::GET, path).token(&world.token(Role::Staff))).await;
        assert!(got.status == StatusCode::NOT_FOUND && got.is_problem(), "{path}: {got:?}");
    }
    let got = world.send(&Sent::new(Method::PATCH, "/orders").token(&world.token(Role::Staff))).await;
    assert!(got.status == StatusCode::METHOD_NOT_ALLOWED && got.is_problem(), "{got:?}");
}

async fn expect(world: &World, operation: &Operation, sent: &Sent, status: StatusCode) {
    let got = world.send(sent).await;
    let right = got.status == status && got.is_problem();
    assert!(right, "{} should answer {status}, with {:?}: {got:?}", operation.name(), sent.headers);
}
