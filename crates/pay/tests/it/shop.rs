//! A `trade` that knows the orders it was told of.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::calls::{Answer, NoAnswer, OrderFate, Payable, Trade};
use async_trait::async_trait;
use model::{Ms, OrderId, UserId};
use parking_lot::Mutex;

#[derive(Default)]
struct State {
    down: bool,
    orders: BTreeMap<OrderId, Payable>,
    asked: usize,
}

#[derive(Clone, Default)]
pub(crate) struct Shop(Arc<Mutex<State>>);

impl Shop {
    pub(crate) fn set_down(&self, down: bool) {
        self.0.lock().down = down;
    }

    pub(crate) fn put(&self, order: OrderId, payable: Payable) {
        self.0.lock().orders.insert(order, payable);
    }

    pub(crate) fn extend(&self, order: OrderId, deadline: Ms) {
        self.change(order, |payable| payable.deadline = deadline);
    }

    pub(crate) fn change(&self, order: OrderId, change: impl FnOnce(&mut Payable)) {
        change(self.0.lock().orders.get_mut(&order).unwrap());
    }

    /// How often payment was applied for.
    pub(crate) fn asked(&self) -> usize {
        self.0.lock().asked
    }

    fn find(&self, order: OrderId) -> Answer<Option<Payable>> {
        let state = self.0.lock();
        if state.down {
            Err(NoAnswer::from("trade", "it is silent"))
        } else {
            Ok(state.orders.get(&order).cloned())
        }
    }
}

#[async_trait]
impl Trade for Shop {
    async fn apply_payment(&self, order: OrderId) -> Answer<Option<Payable>> {
        self.0.lock().asked += 1;
        self.find(order)
    }

    async fn owner(&self, order: OrderId) -> Answer<Option<UserId>> {
        Ok(self.find(order)?.map(|payable| payable.owner))
    }

    async fn fates(&self, orders: Vec<OrderId>) -> Answer<Vec<OrderFate>> {
        Ok(vec![OrderFate::Open; orders.len()])
    }
}
