//! Forms that are not ours change nothing.

use http::StatusCode;

use crate::world::World;

/// Every place of the storefront that takes a form.
fn forms() -> Vec<String> {
    let forms = web::form_paths().into_iter().filter(|path| path.starts_with("/shop"));
    forms.map(|path| path.replace("{id}", "1")).collect()
}

#[tokio::test]
async fn a_form_without_the_visitors_own_mark_is_refused() {
    let world = World::start().await;
    let mut jack = world.logged_in("jack").await;
    let mut rose = world.logged_in("rose").await;
    let hers = rose.look("/shop").await.ok().field("csrf");
    let anonymous = world.reader().look("/shop").await.ok().field("csrf");
    for path in &forms() {
        for mark in ["", "0", hers.as_str(), anonymous.as_str()] {
            let seen = jack.post(path, &[("csrf", mark), ("id", "1")]).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path} with `{mark}`");
        }
        assert_eq!(jack.post(path, &[]).await.status, StatusCode::FORBIDDEN, "{path} without a mark");
    }
    assert!(jack.look("/shop").await.ok().shows("jack"), "he is still logged in");
}

#[tokio::test]
async fn a_form_sent_from_another_site_is_refused_though_its_mark_is_right() {
    let world = World::start().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
    ] {
        let mut jack = world.logged_in("jack").await;
        let home = jack.look("/shop").await.ok();
        jack.headers.push((name, value.into()));
        let seen = jack.submit(&home, "/shop/logout", &[]).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_visitors_mark_is_worth_nothing_without_their_cookie() {
    let world = World::start().await;
    let mut reader = world.reader();
    let form = reader.look("/shop/login").await.ok();
    reader.cookies.clear();
    let seen = reader.submit(&form, "/shop/login", &[("username", "jack"), ("password", "123")]).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
}
