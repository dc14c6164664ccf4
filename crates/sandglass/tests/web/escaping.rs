//! What strangers wrote is shown as they wrote it, and is never markup.

use std::io::Cursor;

use item::import::{Format, Options};
use serde_json::json;

use crate::reader::Reader;
use crate::world::World;

/// Breaks out of elements, attributes in either quote, scripts and comments.
pub(crate) const HOSTILE: &str =
    "\"'><script>alert(1)</script><img src=x onerror=alert(2)>--></textarea>{{31337*7}}";

/// Whether anything of it became markup.
pub(crate) fn is_harmless(page: &str) -> bool {
    !page.contains("<script>alert")
        && !page.contains("<img src=x")
        && !page.contains("\"'>")
        && !page.contains("219359")
}

#[tokio::test]
async fn searched_words_are_words() {
    let world = World::start().await;
    let encoded: String = form_urlencoded::byte_serialize(HOSTILE.as_bytes()).collect();
    for name in ["key", "category", "brand", "min", "max", "sort", "page"] {
        let seen = world.reader().look(&format!("/shop/search?{name}={encoded}")).await.ok();
        assert!(is_harmless(&seen.text), "{name}: {}", seen.text);
    }
    let seen = world.reader().look(&format!("/shop/login?next={encoded}")).await.ok();
    assert!(is_harmless(&seen.text));
}

/// The page has it as text.
async fn shown_as_written(reader: &mut Reader, path: &str) {
    let seen = reader.look(path).await.ok();
    assert!(seen.shows("&#60;script&#62;alert(1)"), "{path}: {}", seen.text);
    assert!(is_harmless(&seen.text), "{path}: {}", seen.text);
}

#[tokio::test]
async fn an_items_words_are_words() {
    let world = World::start().await;
    let row = json!({
        "id": "7", "name": HOSTILE, "price": 100, "stock": 5, "image": HOSTILE, "category": HOSTILE,
        "brand": HOSTILE, "spec": json!({ HOSTILE: HOSTILE }).to_string(), "status": 1,
    });
    let options = Options { format: Format::JsonLines, set_stock: false, skip_bad: false };
    world.shop.items().unwrap().import(Cursor::new(format!("{row}\n")), options, &mut |_| {}).await.unwrap();
    let mut jack = world.logged_in("jack").await;
    let page = jack.look("/shop/items/7").await.ok();
    jack.submit(&page, "/shop/cart/add", &[("item", "7"), ("num", "1"), ("once", "k")]).await;
    let address = [
        ("contact", HOSTILE),
        ("mobile", "13800000000"),
        ("province", "x"),
        ("city", HOSTILE),
        ("street", HOSTILE),
        ("notes", HOSTILE),
        ("once", "a"),
    ];
    let kept = jack.submit(&page, "/shop/account/addresses/new", &address).await;
    assert!(is_harmless(&kept.text), "{}", kept.text);
    for path in ["/shop/cart", "/shop/checkout?line=7:1", "/shop/account", "/shop/items/7"] {
        shown_as_written(&mut jack, path).await;
    }
    let form = jack.look("/shop/checkout?line=7:1").await.ok();
    let (once, address) = (form.field("once"), form.field("address"));
    let fields = [("once", once.as_str()), ("line", "7:1"), ("address", &address)];
    let pay = jack.submit(&form, "/shop/checkout", &fields).await.location().to_owned();
    for path in [pay.as_str(), pay.trim_end_matches("/pay"), "/shop/orders"] {
        shown_as_written(&mut jack, path).await;
    }
    for path in ["/shop", "/shop/search?key=script"] {
        let seen = world.reader().look(path).await.ok();
        assert!(
            seen.shows("&#60;script&#62;alert(1)") || seen.shows("&lt;script&gt;alert(1)"),
            "{}",
            seen.text
        );
        assert!(is_harmless(&seen.text), "{path}");
    }
}

#[tokio::test]
async fn a_picture_is_a_path_or_a_url_and_never_a_script() {
    let world = World::start().await;
    let row = json!({
        "id": "8", "name": "trick", "price": 100, "stock": 5, "image": "javascript:alert(1)", "category": "c",
        "brand": "b", "status": 1,
    });
    let options = Options { format: Format::JsonLines, set_stock: false, skip_bad: false };
    world.shop.items().unwrap().import(Cursor::new(format!("{row}\n")), options, &mut |_| {}).await.unwrap();
    let seen = world.reader().look("/shop/search?key=trick").await.ok();
    assert!(seen.shows("src=\"/pictures/box.svg\"") && !seen.shows("javascript:"));
}
