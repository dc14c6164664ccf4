//! What the auditor sees from outside: one snapshot, found without our search path.

use model::order::{Event, State};
use model::{OrderId, UserId};
use trade::facts::postgres as facts;
use trade::store::{Begun, Store};

use super::{HELD, Two, apply, key, new_order};
use crate::world::{JACK, START};

#[tokio::test]
async fn the_auditor_reads_one_snapshot_from_outside() {
    let Some(two) = Two::new("the_auditor_reads_one_snapshot_from_outside").await else { return };
    let id = OrderId(1);
    assert_eq!(two.one.begin(new_order(id), Some(key("k", 1))).await.unwrap(), Begun::New);
    apply(&two.one, &[(id, HELD)], START).await;
    let outside = two.database.db("public");
    let conn = outside.conn().await.unwrap();
    conn.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await.unwrap();
    let nobody = (UserId(0), String::new());
    let before = facts::orders(&conn, OrderId(0), 10).await.unwrap();
    two.order(2, &[]).await;
    apply(&two.one, &[(id, Event::PayPaid)], START).await;
    assert_eq!(facts::orders(&conn, OrderId(0), 10).await.unwrap(), before);
    assert_eq!(before.iter().map(|fact| fact.order.state).collect::<Vec<_>>(), [State::Unpaid]);
    assert_eq!(facts::owners(&conn, &[OrderId(2), id]).await.unwrap(), [None, Some(JACK)]);
    let keys = facts::keys(&conn, &nobody, 10).await.unwrap();
    assert_eq!(keys.iter().map(|fact| (fact.key.as_str(), fact.order)).collect::<Vec<_>>(), [("k", id)]);
    conn.batch_execute("COMMIT").await.unwrap();
    let after = facts::orders(&conn, id, 10).await.unwrap();
    assert_eq!(after.iter().map(|fact| fact.order.id).collect::<Vec<_>>(), [OrderId(2)]);
}
