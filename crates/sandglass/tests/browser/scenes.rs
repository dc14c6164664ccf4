//! Every page, in a state worth looking at.

use http::Method;
use sandglass::chaos::Positions;
use serde_json::json;

use crate::browser::Browser;
use crate::world::{PASSWORD, STAFF_PASSWORD, WINDOW_MS, World};

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Nobody,
    /// Has bought much.
    Jack,
    /// Has bought nothing.
    Rose,
    /// Is staff.
    Admin,
}

impl Who {
    pub(crate) const ALL: [Self; 4] = [Self::Nobody, Self::Jack, Self::Rose, Self::Admin];

    /// Logs in, if anybody.
    pub(crate) fn come_in(self, browser: &Browser) {
        browser.forget_cookies();
        match self {
            Who::Nobody => {}
            Who::Jack => browser.log_in("jack", PASSWORD),
            Who::Rose => browser.log_in("rose", PASSWORD),
            Who::Admin => browser.log_in("admin", STAFF_PASSWORD),
        }
    }
}

/// A page, and who looks at it.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) who: Who,
    pub(crate) path: String,
}

/// Makes the shop's people live a little, and answers all there is to see.
pub(crate) fn scenes(world: &World) -> Vec<Scene> {
    let lived = live(world);
    let order = |id: &str| format!("/shop/orders/{id}");
    let pages = [
        ("home", Who::Nobody, "/shop".into()),
        ("search", Who::Nobody, "/shop/search?key=tea".into()),
        ("search-filtered", Who::Nobody, "/shop/search?min=50&max=200&sort=cheapest".into()),
        ("search-nothing", Who::Nobody, "/shop/search?key=zzzzz".into()),
        ("item", Who::Nobody, "/shop/items/100001".into()),
        ("item-few", Who::Nobody, format!("/shop/items/{}", lived.scarce)),
        ("item-gone", Who::Nobody, format!("/shop/items/{}", lived.gone)),
        ("login", Who::Nobody, "/shop/login?next=%2Fshop%2Fcart".into()),
        ("register", Who::Nobody, "/shop/register".into()),
        ("not-found", Who::Nobody, "/shop/nowhere".into()),
        ("home-reminder", Who::Jack, "/shop".into()),
        ("cart", Who::Jack, "/shop/cart".into()),
        ("checkout", Who::Jack, "/shop/checkout?line=100001:1&line=100005:2".into()),
        ("pay", Who::Jack, format!("{}/pay", order(&lived.unpaid))),
        ("checking", Who::Jack, format!("{}/pay", order(&lived.checked))),
        ("orders", Who::Jack, "/shop/orders".into()),
        ("order-unpaid", Who::Jack, order(&lived.unpaid)),
        ("order-paid", Who::Jack, order(&lived.paid)),
        ("order-shipped", Who::Jack, order(&lived.shipped)),
        ("order-closed", Who::Jack, order(&lived.closed)),
        ("order-refunded", Who::Jack, order(&lived.refunded)),
        ("account", Who::Jack, "/shop/account".into()),
        ("address", Who::Jack, "/shop/account/addresses/61".into()),
        ("password", Who::Jack, "/shop/account/password".into()),
        ("forbidden", Who::Jack, "/console".into()),
        ("cart-empty", Who::Rose, "/shop/cart".into()),
        ("orders-empty", Who::Rose, "/shop/orders".into()),
        ("checkout-nothing", Who::Rose, "/shop/checkout?line=100001:1".into()),
        ("console-health", Who::Admin, "/console".into()),
        ("console-attention", Who::Admin, "/console/attention".into()),
        ("console-orders", Who::Admin, "/console/orders".into()),
        ("console-order-unpaid", Who::Admin, format!("/console/orders/{}", lived.unpaid)),
        ("console-order-checked", Who::Admin, format!("/console/orders/{}", lived.checked)),
        ("console-order-shipped", Who::Admin, format!("/console/orders/{}", lived.shipped)),
        ("console-order-refunded", Who::Admin, format!("/console/orders/{}", lived.refunded)),
        ("console-deadlines", Who::Admin, "/console/deadlines".into()),
        ("console-stock", Who::Admin, "/console/stock".into()),
        ("console-messages", Who::Admin, "/console/messages".into()),
        ("console-catalogue", Who::Admin, "/console/catalogue".into()),
        ("console-people", Who::Admin, "/console/people".into()),
        ("console-records", Who::Admin, "/console/records".into()),
        ("console-chaos", Who::Admin, "/console/chaos".into()),
    ];
    pages.into_iter().map(|(name, who, path)| Scene { name, who, path }).collect()
}

struct Lived {
    unpaid: String,
    checked: String,
    paid: String,
    shipped: String,
    closed: String,
    refunded: String,
    scarce: String,
    gone: String,
}

fn live(world: &World) -> Lived {
    let jack = world.token("jack", PASSWORD);
    let closed = world.order(&jack, &["100005"]);
    world.pass(WINDOW_MS + clock::SECOND);
    world.pass_until("an order closes", || world.status(&jack, &closed) == 5);

    let (jack, staff) = (world.token("jack", PASSWORD), world.token("admin", STAFF_PASSWORD));
    let bought: Vec<String> = (0..3).map(|_| world.order(&jack, &["100001", "100006"])).collect();
    for order in &bought {
        assert_eq!(world.pay(&jack, order), 200);
    }
    let [paid, shipped, refunded] = bought.try_into().unwrap();
    world.pass_until("they are paid", || world.status(&jack, &refunded) == 2);
    let form = json!({ "company": "沙舟快递 Sandboat", "number": "SZ-2048-77", "reason": "packed" });
    world.ask(&staff, Method::POST, &format!("/staff/orders/{shipped}/ship"), Some(form));
    let form = json!({ "reason": "the glaze was cracked" });
    world.ask(&staff, Method::POST, &format!("/staff/orders/{refunded}/refund"), Some(form));
    world.pass_until("one is refunded", || world.status(&jack, &refunded) == 5);

    let (scarce, gone) = (scarce(world, &staff, 3), scarce(world, &staff, 0));
    let rose = world.token("rose", PASSWORD);
    for item in ["100002", "100010", "100015"] {
        world.ask(&jack, Method::POST, "/carts", Some(json!({ "itemId": item })));
    }
    let held = world.order(&rose, &[&scarce]);
    world.ask(&rose, Method::PUT, &format!("/orders/{held}/cancel"), None);
    let hope = world.token("hope", PASSWORD);
    world.order(&hope, &[&scarce]);

    let unpaid = world.order_to(&jack, &["100001", "100008"], "61");
    let checked = world.order(&jack, &["100007"]);
    let frozen = |on| Positions { freeze_user: Some(on), ..Positions::default() };
    world.shop.switches.set(frozen(true));
    assert_eq!(world.pay(&jack, &checked), 202);
    // Nothing is tried again before the clock moves.
    world.shop.switches.set(frozen(false));
    Lived { unpaid, checked, paid, shipped, closed, refunded, scarce, gone }
}

/// A thing of which there are so few.
fn scarce(world: &World, staff: &str, stock: i64) -> String {
    let form = json!({
        "name": "岚山 限量沙漏 Limited Hourglass 30 min", "price": 26_800, "stock": stock, "category": "家居 Home",
        "brand": "岚山 Lanshan", "image": "/pictures/clock.svg",
        "spec": json!({ "时长 Span": "30 min", "材质 Material": "黄铜与玻璃 Brass and glass" }).to_string(),
    });
    let id = world.ask(staff, Method::POST, "/items", Some(form));
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
