//! The tool that measures pages knows every page there is, and each is answered.

use bench::PagesArgs;
use edge::Role;
use sandglass::serve::{bind, serve};

use crate::console::open;
use crate::world::{PASSWORD, World};

/// A shop that listens; where.
fn listening(world: &World) -> String {
    let listener = bind("127.0.0.1:0".parse().unwrap(), "--listen").unwrap();
    let address = listener.local_addr().unwrap();
    let (door, until) = (world.door.clone(), world.stop.clone());
    tokio::spawn(async move { serve(listener, door, until).await.unwrap() });
    format!("http://{address}")
}

#[test]
fn a_page_that_nobody_would_measure_has_no_name() {
    assert_eq!(bench::unplanned(&web::page_paths()), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_shop_is_looked_at_and_answered() {
    let world = open().await;
    world.hire("looker", Role::Staff).await;
    let dir = tempfile::tempdir().unwrap();
    let json = dir.path().join("pages.json");
    let args = PagesArgs {
        url: listening(&world),
        pages_url: None,
        clients: 2,
        requests: 3,
        limit_ms: 60_000,
        orders: 12,
        staff_user: "looker".into(),
        staff_password: Some(PASSWORD.into()),
        outputs: bench::report::Outputs { json: Some(json.clone()), html: None },
    };
    let clean = tokio::task::spawn_blocking(move || bench::pages(&args, &web::page_paths()));
    assert!(clean.await.unwrap().unwrap(), "see the table above");
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    assert_eq!(report["failed"], serde_json::json!([]));
    for page in report["pages"].as_array().unwrap() {
        assert!(page["bytes"].as_u64().unwrap() > 1_000, "{page}");
        assert!(page["assetBytes"].as_u64().unwrap() > 1_000, "{page}");
    }
}
