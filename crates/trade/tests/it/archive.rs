//! Orders that leave for a file: only as they were written and at rest, and their headers stay.

use http::{Method, StatusCode};
use model::order::State;
use model::{OrderId, UserId};
use trade::store::archive::{File, Leaving};

use crate::shelf::KETTLE;
use crate::world::{JACK, START, World};

/// An order that its buyer cancelled, at rest.
async fn cancelled(world: &World, key: &str) -> OrderId {
    let id = world.place(&[(KETTLE, 1)], key).await.unwrap();
    let (status, problem) = world.jack(Method::PUT, &format!("/orders/{id}/cancel"), None).await;
    assert_eq!(status, StatusCode::OK, "{problem}");
    world.pump().await;
    id
}

async fn leaving(world: &World, id: OrderId) -> Leaving {
    world.store.whole(&[id]).await.unwrap()[0].leaving()
}

async fn file(world: &World, name: &str) -> i64 {
    let file = File { folder: "/archive".into(), name: name.into(), at: START };
    world.store.note_file(file).await.unwrap()
}

#[tokio::test]
async fn headers_of_archived_orders_are_told_among_the_others_page_by_page() {
    let Some(world) = World::new().await else { return };
    let mut placed = Vec::new();
    for number in 0..7 {
        placed.push(cancelled(&world, &format!("k{number}")).await);
    }
    let (one, other) = (file(&world, "one").await, file(&world, "other").await);
    let mut headers = Vec::new();
    for id in &placed {
        headers.push(world.header(*id).await);
    }
    let gone = [0, 1, 2, 4, 6].map(|place| placed[place]);
    for (number, id) in gone.into_iter().enumerate() {
        let file = if number < 3 { one } else { other };
        assert_eq!(world.store.put_away(vec![leaving(&world, id).await], file).await.unwrap(), 1);
    }
    for limit in 1..=4 {
        let (mut told, mut after) = (Vec::new(), OrderId(0));
        loop {
            let page = world.base.order_facts(after, limit).await;
            let Some(last) = page.last() else { break };
            assert!(page.len() <= limit);
            after = last.order.id;
            told.extend(page);
        }
        assert_eq!(
            told.iter().map(|fact| fact.order.clone()).collect::<Vec<_>>(),
            headers,
            "pages of {limit}"
        );
        for fact in &told {
            let archived = gone.contains(&fact.order.id);
            assert_eq!((fact.archived.is_some(), fact.history.is_empty()), (archived, archived));
        }
    }
    let owners = world.base.owner_facts(&[placed[0], OrderId(404), placed[3]]).await;
    assert_eq!(owners, [Some(JACK), None, Some(JACK)] as [Option<UserId>; 3]);
    assert_eq!(world.store.file_of(placed[4]).await.unwrap().unwrap().name, "other");
    assert_eq!(world.store.file_of(placed[3]).await.unwrap(), None);
    assert_eq!(world.store.history(placed[0]).await.unwrap(), []);
    let closed = world.store.tally().await.unwrap().into_iter().find(|(state, _)| *state == State::Closed);
    assert_eq!(closed, Some((State::Closed, 2)));
}

#[tokio::test]
async fn an_order_leaves_only_at_rest_and_as_it_was_written() {
    let Some(world) = World::new().await else { return };
    let (open, ended) = (world.order().await, cancelled(&world, "k").await);
    let paid = world.paid().await;
    world.pump().await;
    let file = file(&world, "one").await;
    let as_written = leaving(&world, ended).await;
    let refused = [
        leaving(&world, open).await,
        leaving(&world, paid).await,
        Leaving { moves: as_written.moves - 1, ..as_written },
        Leaving { state: State::Reviewed, ..as_written },
        Leaving { order: OrderId(404), ..as_written },
    ];
    assert_eq!(world.store.put_away(refused.to_vec(), file).await.unwrap(), 0);
    assert_eq!(world.orders().await, 3);
    // One and the same twice: it goes once.
    assert_eq!(world.store.put_away(vec![as_written, as_written], file).await.unwrap(), 1);
    assert_eq!(world.orders().await, 2);
    assert_eq!(world.store.put_away(vec![as_written], file).await.unwrap(), 0);
}
