//! What is acknowledged at the door was synced to disk before: the disk is held, and nobody is answered.

use std::path::Path;
use std::pin::pin;
use std::sync::mpsc;

use disk::Sync;
use http::StatusCode;
use parking_lot::Mutex;
use sandglass::shop::Storage;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use crate::world::{Local, PRICE};

/// Holds every sync of the database's log until it is let go.
struct Held {
    began: UnboundedReceiver<()>,
    go: mpsc::Sender<()>,
}

impl Held {
    fn of(database: &Path) -> Self {
        let (begin, began) = tokio::sync::mpsc::unbounded_channel();
        let (go, gone) = mpsc::channel();
        let gone = Mutex::new(gone);
        disk::on_sync(database, move || {
            // Once the test is over nobody is held any more.
            if begin.send(()).is_ok() {
                let _ = gone.lock().recv();
            }
            Sync::Done
        });
        Self { began, go }
    }

    /// Waits until nothing is under way any more: its syncs are not those of what comes next.
    async fn quiet(&mut self, world: &Local) {
        self.answer(world.quiet()).await;
    }

    /// What is answered to `request`, and how many syncs it had to wait for.
    async fn answer<T>(&mut self, request: impl Future<Output = T>) -> (T, usize) {
        let (mut request, mut syncs) = (pin!(request), 0);
        loop {
            tokio::select! {
                biased;
                answer = &mut request => return (answer, syncs),
                Some(()) = self.began.recv() => {
                    syncs += 1;
                    self.go.send(()).unwrap();
                }
            }
        }
    }
}

fn database(world: &Local) -> std::path::PathBuf {
    let Storage::Embedded { dir, .. } = &world.shop.storage else { panic!("it is kept in a directory") };
    dir.database()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_acknowledged_at_the_door_before_a_sync_that_began_after_it_came() {
    disk::install();
    let world = Local::start_embedded(5).await;
    let (buyer, staff) = (world.buyer("jack", 10 * PRICE).await, world.staff().await);
    world.quiet().await;
    let mut held = Held::of(&database(&world));

    let ((status, order), syncs) = held.answer(buyer.order(Some("an order"))).await;
    assert_eq!(status, StatusCode::OK, "{order}");
    assert!(syncs >= 1, "an order was acknowledged without a sync");
    let order = order.as_str().unwrap().to_owned();

    held.quiet(&world).await;
    let ((status, pay_order), syncs) = held.answer(buyer.open_payment(&order)).await;
    assert_eq!(status, StatusCode::OK, "{pay_order}");
    assert!(syncs >= 1, "an application was acknowledged without a sync");

    held.quiet(&world).await;
    let ((status, said), syncs) = held.answer(buyer.press(&pay_order, None)).await;
    assert_eq!(status, StatusCode::OK, "{said}");
    assert!(syncs >= 1, "a payment was acknowledged without a sync");

    held.quiet(&world).await;
    let change = json!({ "delta": 3, "reason": "found" });
    let path = format!("/items/{}/stock", buyer.item);
    let (done, syncs) = held.answer(staff.try_post(&path, "stock", change)).await;
    assert!(done.is_some() && syncs >= 1, "a change of stock was acknowledged without a sync");

    held.quiet(&world).await;
    let credit = json!({ "amount": 1, "reason": "a gift" });
    let path = format!("/users/{}/credit", buyer.id.0);
    let (done, syncs) = held.answer(staff.try_post(&path, "credit", credit)).await;
    assert!(done.is_some() && syncs >= 1, "a credit was acknowledged without a sync");
}
