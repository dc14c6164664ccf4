//! Two processes on one database: changes of one cart that exclude each other, stopped half-way, in both orders.

mod support;

use cart::store::postgres::PgStore;
use cart::store::{Change, Clear, Command, Store};
use cart::{Offer, Outcome, Refusal, Snapshot};
use clock::Ms;
use engine::Once;
use engine::testing::{Gate, TestEngine};
use model::{CartRowId, Cents, ItemId, UserId};
use support::{NOON, ROWS_MAX, World, world_on};

const JACK: UserId = UserId(support::JACK);

/// Whoever changes a cart waits here before it looks.
const CART: &str = "SELECT pg_advisory_xact_lock(hashtext('sandglass cart'), hashint8(1))";
/// Or has looked and is about to write.
const WRITES: &str = "LOCK TABLE cart_rows IN SHARE MODE";

struct Two {
    world: World,
    one: PgStore,
    other: PgStore,
}

impl Two {
    async fn new() -> Option<Self> {
        let world = world_on(TestEngine::Postgres).await?;
        let database = world.database.as_ref()?;
        let replica = || PgStore::new(database.db("cart"), ROWS_MAX);
        let (one, other) = (replica(), replica());
        Some(Self { world, one, other })
    }

    /// Takes everything out of jack's cart.
    async fn empty(&self) {
        let items = (1..=4).map(ItemId).collect();
        let command = Command { user: JACK, change: Change::RemoveItems(items), at: NOON, key: None };
        self.one.change(command).await.expect("the cart is emptied");
    }

    /// Holds up both by the locks that `sql` takes.
    async fn gate(&self, sql: &str) -> Gate {
        self.world.database.as_ref().expect("a database").gate("cart", sql).await
    }

    /// Jack's items and their numbers.
    async fn nums(&self) -> Vec<(u64, u32)> {
        let rows = self.one.rows(JACK).await.expect("the cart can be read");
        let mut nums: Vec<_> = rows.iter().map(|row| (row.item.0, row.num)).collect();
        nums.sort_unstable();
        nums
    }
}

async fn add(store: PgStore, item: u64, id: u64, at: Ms) -> Outcome {
    let snapshot = Snapshot { name: "tea".into(), price: Cents(5), image: String::new(), spec: None };
    let change = Change::Add { id: CartRowId(id), item: ItemId(item), offer: Offer::OnSale(snapshot) };
    let command = Command { user: JACK, change, at, key: None };
    match store.change(command).await.expect("the change is made") {
        Once::Outcome(outcome) => outcome,
        Once::OtherBody => panic!("there is no key"),
    }
}

async fn clear(store: PgStore) -> usize {
    let clear = Clear { user: JACK, items: vec![ItemId(1)], ordered_at: NOON };
    store.clear(vec![clear]).await.expect("the cart is cleared")
}

#[tokio::test]
async fn what_is_added_after_the_order_survives_its_clear_in_either_order() {
    let Some(two) = Two::new().await else { return };
    for gate in [CART, WRITES] {
        two.empty().await;
        add(two.one.clone(), 1, 1, NOON).await;
        let more = add(two.one.clone(), 1, 2, NOON + 1);
        let answers = two.gate(gate).await.meet(more, clear(two.other.clone())).await;
        assert_eq!(answers, (Outcome::Done, 0), "the row was touched after the order");
        assert_eq!(two.nums().await, [(1, 2)]);

        two.empty().await;
        add(two.one.clone(), 1, 1, NOON).await;
        let more = add(two.one.clone(), 1, 2, NOON + 1);
        let answers = two.gate(gate).await.meet(clear(two.other.clone()), more).await;
        assert_eq!(answers, (1, Outcome::Done));
        assert_eq!(two.nums().await, [(1, 1)], "put in anew");
    }
}

#[tokio::test]
async fn two_adds_of_one_item_are_two_of_it() {
    let Some(two) = Two::new().await else { return };
    for gate in [CART, WRITES] {
        two.empty().await;
        let (first, second) = (add(two.one.clone(), 1, 1, NOON), add(two.other.clone(), 1, 2, NOON));
        assert_eq!(two.gate(gate).await.meet(first, second).await, (Outcome::Done, Outcome::Done));
        assert_eq!(two.nums().await, [(1, 2)]);
    }
}

#[tokio::test]
async fn two_adds_do_not_fill_a_cart_beyond_its_bound() {
    let Some(two) = Two::new().await else { return };
    for gate in [CART, WRITES] {
        two.empty().await;
        add(two.one.clone(), 1, 1, NOON).await;
        add(two.one.clone(), 2, 2, NOON).await;
        let (first, second) = (add(two.one.clone(), 3, 3, NOON), add(two.other.clone(), 4, 4, NOON));
        let answers = two.gate(gate).await.meet(first, second).await;
        assert_eq!(answers, (Outcome::Done, Outcome::Refused(Refusal::CartFull)));
        assert_eq!(two.nums().await.len(), ROWS_MAX);
    }
}
