//! Ordered items leave the cart.
//!
//! The message may be late or come twice. Only rows last touched up to the moment the order was placed leave,
//! so whatever the buyer put in or changed since stays, however late the message is. That moment is told by
//! `trade`'s clock and compared with this service's: between machines it is as good as their clocks agree.

use std::sync::Arc;

use api::body::ClearCart;
use async_trait::async_trait;
use delay::{Handler, Message, Verdict};

use crate::config::CLEAR_ITEMS_MAX;
use crate::store::{Clear, Store};

/// Handles [`api::topics::ORDER_CREATED`].
pub struct ClearHandler {
    store: Arc<dyn Store>,
}

impl ClearHandler {
    /// A handler that clears the carts in `store`.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Handler for ClearHandler {
    async fn handle(&self, batch: &[Message]) -> Vec<Verdict> {
        let decoded: Vec<Result<Clear, String>> = batch.iter().map(decode).collect();
        let clears = decoded.iter().filter_map(|clear| clear.as_ref().ok()).cloned().collect();
        let cleared = self.store.clear(clears).await.map(drop).map_err(|error| error.to_string());
        decoded.into_iter().map(|clear| verdict(clear, &cleared)).collect()
    }
}

fn decode(message: &Message) -> Result<Clear, String> {
    let ClearCart { user_id, item_ids } =
        serde_json::from_slice(&message.body).map_err(|error| error.to_string())?;
    if item_ids.len() > CLEAR_ITEMS_MAX {
        return Err(format!("{} items are more than the {CLEAR_ITEMS_MAX} allowed", item_ids.len()));
    }
    Ok(Clear { user: user_id, items: item_ids, ordered_at: message.created })
}

fn verdict(decoded: Result<Clear, String>, cleared: &Result<(), String>) -> Verdict {
    match (decoded, cleared) {
        (Err(error), _) => Verdict::Undecodable { error },
        (Ok(_), Err(error)) => Verdict::Away { error: error.clone() },
        (Ok(_), Ok(())) => Verdict::Done,
    }
}
