//! What the auditor is told: every order and key once, in order, page by page.

use model::{ItemId, OrderId, UserId};

use crate::shelf::{CUP, KETTLE};
use crate::world::{JACK, World};

#[tokio::test]
async fn orders_are_told_in_pages_with_lines_and_history() {
    let Some(world) = World::new().await else { return };
    let mut placed = Vec::new();
    for number in 1..=5 {
        placed.push(world.place(&[(KETTLE, number), (CUP, 1)], &format!("k{number}")).await.unwrap());
    }
    let (mut told, mut after) = (Vec::new(), OrderId(0));
    loop {
        let page = world.base.order_facts(after, 2).await;
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = last.order.id;
        told.extend(page);
    }
    assert_eq!(told.iter().map(|fact| fact.order.id).collect::<Vec<_>>(), placed);
    for (number, fact) in (1..).zip(&told) {
        assert_eq!(fact.order, world.header(fact.order.id).await);
        let lines: Vec<(ItemId, u32)> = fact.lines.iter().map(|line| (line.item, line.num)).collect();
        assert_eq!(lines, [(KETTLE, number), (CUP, 1)]);
        assert_eq!(
            fact.history.iter().map(|step| step.name.as_str()).collect::<Vec<_>>(),
            ["placed", "held"]
        );
    }
}

#[tokio::test]
async fn keys_of_placements_are_told_and_no_others() {
    let Some(world) = World::new().await else { return };
    let mut orders = Vec::new();
    for key in ["B", "a", "b"] {
        orders.push(world.place(&[(KETTLE, 1)], key).await.unwrap());
    }
    world.place(&[(crate::shelf::OFF, 1)], "refused").await.unwrap_err();
    let body = serde_json::json!({"reason": "why not"});
    world.staff(orders[0], "ask", Some("of staff"), body).await;
    let (mut told, mut after) = (Vec::new(), (UserId(0), String::new()));
    loop {
        let page = world.base.key_facts(after, 2).await;
        let Some(last) = page.last() else { break };
        after = (last.owner, last.key.clone());
        told.extend(page.into_iter().map(|fact| (fact.owner, fact.key, fact.order)));
    }
    let expected: Vec<_> = ["B", "a", "b"].map(str::to_owned).into_iter().zip(orders).collect();
    assert_eq!(told, expected.into_iter().map(|(key, order)| (JACK, key, order)).collect::<Vec<_>>());
}

#[tokio::test]
async fn owners_are_told_in_the_order_asked() {
    let Some(world) = World::new().await else { return };
    let id = world.order().await;
    assert_eq!(world.base.owner_facts(&[OrderId(404), id, id]).await, [None, Some(JACK), Some(JACK)]);
}
