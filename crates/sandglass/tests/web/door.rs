//! Coming and going, and what every page has.

use edge::Role;
use http::StatusCode;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn the_root_leads_to_the_shop_and_the_interface_stays_where_it_was() {
    let world = World::start().await;
    let mut reader = world.reader();
    assert_eq!(reader.look("/").await.location(), "/shop");
    assert!(reader.look("/items/100001").await.ok().text.starts_with('{'));
    assert!(reader.look("/api/items/100001").await.ok().text.starts_with('{'));
    assert_eq!(reader.look("/nowhere").await.headers["content-type"], "application/problem+json");
    assert_eq!(reader.look("/shop/nowhere").await.headers["content-type"], "text/html; charset=utf-8");
}

#[tokio::test]
async fn every_page_has_its_headers_and_nothing_inline() {
    let world = World::start().await;
    let mut reader = world.reader();
    for path in ["/shop", "/shop/search?key=kettle", "/shop/login", "/shop/nowhere"] {
        let seen = reader.look(path).await;
        let policy = seen.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(seen.headers["x-content-type-options"], "nosniff");
        assert_eq!(seen.headers["referrer-policy"], "same-origin");
        assert_eq!(seen.headers["cache-control"], "no-store");
        assert!(!seen.shows("style=\"") && !seen.shows("<style") && !seen.shows(" onclick"), "{path}");
        assert!(!seen.text.contains("<script>"), "{path}");
    }
}

#[tokio::test]
async fn assets_are_kept_for_ever_and_an_old_hash_is_none_of_ours() {
    let world = World::start().await;
    let mut reader = world.reader();
    let home = reader.look("/shop").await.ok();
    let at = home.text.find("/assets/").unwrap();
    let path = home.text[at..].split('"').next().unwrap().to_owned();
    reader.headers.push(("accept-encoding", "identity".into()));
    let asset = reader.look(&path).await.ok();
    assert!(asset.headers["cache-control"].to_str().unwrap().contains("immutable"));
    let hash = path.split('/').nth(2).unwrap();
    let stale = path.replace(hash, "0000000000000000");
    assert_eq!(reader.look(&stale).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_login_is_a_cookie_no_script_sees_and_logging_out_ends_it() {
    let world = World::start().await;
    let mut reader = world.reader();
    let form = reader.look("/shop/login").await.ok();
    let before = reader.cookies["sandglass_visitor"].clone();
    let wrong = reader.submit(&form, "/shop/login", &[("username", "jack"), ("password", "no")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.shows("role=\"alert\"") && wrong.shows("value=\"jack\"") && !wrong.shows("value=\"no\""));

    let seen = reader.submit(&form, "/shop/login", &[("username", "jack"), ("password", PASSWORD)]).await;
    let sets: Vec<&str> =
        seen.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap()).collect();
    let session = sets.iter().find(|set| set.starts_with("sandglass_session=")).unwrap();
    assert!(session.contains("HttpOnly") && session.contains("SameSite=Lax") && session.contains("Path=/"));
    assert!(!session.contains("Secure"), "this visitor came without TLS");
    assert_ne!(
        reader.cookies["sandglass_visitor"], before,
        "a visitor that was known before is not logged in"
    );
    let home = reader.open("/shop").await.ok();
    assert!(home.shows("jack"));

    let out = reader.submit(&home, "/shop/logout", &[]).await;
    assert_eq!(out.location(), "/shop");
    assert!(!reader.cookies.contains_key("sandglass_session"));
    assert!(reader.open("/shop").await.ok().shows("You are logged out"));
    assert!(!reader.open("/shop").await.ok().shows("You are logged out"), "it is said once");
}

#[tokio::test]
async fn a_shop_to_try_offers_its_people_and_each_comes_in_by_one_press() {
    let world = World::start_with(&[("demo", "true")]).await;
    for name in ["jack", "rose", "hope", "thomas"] {
        let mut reader = world.reader();
        let form = reader.look("/shop/login?next=%2Fshop%2Fcart").await.ok();
        assert!(form.shows(&format!("name=\"username\" value=\"{name}\"")), "{name} is offered");
        let (next, password) = (form.field("next"), form.field("password"));
        let fields = [("next", next.as_str()), ("password", password.as_str()), ("username", name)];
        let seen = reader.submit(&form, "/shop/login", &fields).await;
        assert_eq!((seen.status, seen.location()), (StatusCode::SEE_OTHER, "/shop/cart"), "{}", seen.text);
    }
    let real = World::start().await;
    let form = real.reader().look("/shop/login").await.ok();
    assert!(!form.shows("rose"), "a real shop offers nobody");
}

#[tokio::test]
async fn a_login_that_is_half_over_is_renewed_by_looking_and_one_that_is_over_asks_again() {
    let world = World::start().await;
    let mut reader = world.logged_in("jack").await;
    let first = reader.cookies["sandglass_session"].clone();
    reader.look("/shop").await.ok();
    assert_eq!(reader.cookies["sandglass_session"], first);
    world.clock.advance(16 * clock::MINUTE);
    reader.look("/shop").await.ok();
    let second = reader.cookies["sandglass_session"].clone();
    assert_ne!(second, first);
    world.clock.advance(16 * clock::MINUTE);
    assert!(reader.look("/shop").await.ok().shows("jack"), "the first would be over");
    world.clock.advance(31 * clock::MINUTE);
    let seen = reader.look("/console").await;
    assert_eq!(seen.location(), "/shop/login?next=%2Fconsole");
    assert!(reader.cookies.get("sandglass_session").is_none_or(String::is_empty));
}

#[tokio::test]
async fn cookies_go_over_tls_alone_where_visitors_come_over_tls() {
    let world = World::start_with(&[("web_tls", "true")]).await;
    let seen = world.reader().look("/shop").await.ok();
    let sets: Vec<&str> =
        seen.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap()).collect();
    assert!(!sets.is_empty() && sets.iter().all(|set| set.contains("; Secure")), "{sets:?}");
}

#[tokio::test]
async fn the_console_is_for_staff_alone() {
    let world = World::start().await;
    world.hire("chief", Role::Staff).await;
    world.hire("clerk", Role::StaffRead).await;
    assert_eq!(world.reader().look("/console").await.location(), "/shop/login?next=%2Fconsole");
    assert_eq!(world.logged_in("jack").await.look("/console/x").await.status, StatusCode::FORBIDDEN);
    for name in ["chief", "clerk"] {
        let seen = world.logged_in(name).await.look("/console/nowhere").await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{name}");
    }
}

#[tokio::test]
async fn language_and_colours_are_chosen_and_kept() {
    let world = World::start().await;
    let mut reader = world.reader();
    reader.language = "zh-CN,zh;q=0.9";
    let home = reader.look("/shop").await.ok();
    assert!(home.shows("<html lang=\"zh-CN\" data-theme=\"auto\">") && home.shows("购物车"));
    let back = [("lang", "en"), ("theme", "dark"), ("back", "/shop/search?key=tea")];
    let seen = reader.submit(&home, "/shop/preferences", &back).await;
    assert_eq!(seen.location(), "/shop/search?key=tea");
    assert!(reader.look("/shop").await.ok().shows("<html lang=\"en\" data-theme=\"dark\">"));
    let rubbish = [("lang", "xx"), ("theme", "neon"), ("back", "https://evil.example")];
    let seen = reader.submit(&home, "/shop/preferences", &rubbish).await;
    assert_eq!(seen.location(), "/shop");
    assert!(reader.look("/shop").await.ok().shows("<html lang=\"en\" data-theme=\"dark\">"));
}

#[tokio::test]
async fn nobody_is_led_away_after_logging_in() {
    let world = World::start().await;
    for (next, leads_to) in [
        ("/shop/search?key=tea", "/shop/search?key=tea"),
        ("//evil.example", "/shop"),
        ("https://evil.example/shop", "/shop"),
        ("/\\evil.example", "/shop"),
        ("/shop@evil.example", "/shop"),
    ] {
        let mut reader = world.reader();
        let form = reader.look("/shop/login").await.ok();
        let fields = [("username", "jack"), ("password", PASSWORD), ("next", next)];
        let seen = reader.submit(&form, "/shop/login", &fields).await;
        assert_eq!(seen.location(), leads_to, "{next}");
    }
}
