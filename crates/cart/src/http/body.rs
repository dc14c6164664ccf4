//! What clients send and get.

use api::{Problem, Time};
use model::{CartRowId, Cents, ItemId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::answer::refused;
use crate::config::NUM_MAX;
use crate::service::Line;
use crate::store::Row;

/// `item`'s status of an item that is gone.
const DELETED: u8 = 3;

/// A row of the cart.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CartRow {
    #[schema(value_type = String)]
    id: CartRowId,
    #[schema(value_type = String)]
    item_id: ItemId,
    /// How many, 1 … 999.
    num: u32,
    name: String,
    /// Specification as JSON text, or null.
    spec: Option<String>,
    /// Price of one in cents when it was put in.
    #[schema(value_type = i64)]
    price: Cents,
    /// Price of one in cents now; null if the item is gone.
    #[schema(value_type = Option<i64>)]
    new_price: Option<Cents>,
    /// 1 on sale, 2 off sale, 3 deleted.
    status: u8,
    /// How many can be bought now.
    stock: i64,
    image: String,
    create_time: Time,
}

impl From<Line> for CartRow {
    fn from(Line { row, now }: Line) -> Self {
        let Row { id, item, num, snapshot, created, .. } = row;
        Self {
            id,
            item_id: item,
            num,
            name: snapshot.name,
            spec: snapshot.spec,
            price: snapshot.price,
            new_price: now.as_ref().map(|quote| quote.price),
            status: now.as_ref().map_or(DELETED, |quote| quote.status),
            stock: now.as_ref().map_or(0, |quote| quote.stock),
            image: snapshot.image,
            create_time: Time(created),
        }
    }
}

/// What to put in. Whatever else the client says of the item is not believed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddBody {
    #[schema(value_type = String)]
    pub(super) item_id: ItemId,
}

/// How many a row shall have.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NumBody {
    #[schema(value_type = String)]
    pub(super) id: CartRowId,
    /// 1 … 999.
    num: i64,
}

impl NumBody {
    /// The number, if a row may have it.
    pub(super) fn valid_num(&self) -> Result<u32, Problem> {
        let in_range = u32::try_from(self.num).ok().filter(|num| (1..=NUM_MAX).contains(num));
        in_range.ok_or_else(|| {
            refused(
                "num_out_of_range",
                "The number must lie between 1 and 999.",
                "数量必须在 1 到 999 之间。",
            )
        })
    }
}

/// Which items to take out.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ItemsQuery {
    /// Item ids, separated by commas.
    ids: String,
}

impl ItemsQuery {
    /// The items, at most `most`.
    pub(super) fn item_ids(&self, most: usize) -> Result<Vec<ItemId>, Problem> {
        let ids: Result<Vec<ItemId>, _> = self.ids.split(',').map(|id| id.trim().parse()).collect();
        let ids = ids.map_err(|bad| Problem::malformed(format!("ids is a list of item ids: {bad}")))?;
        if ids.len() > most {
            let en = "These are more items than a cart may hold.";
            return Err(refused("too_many_ids", en, "商品数量超过购物车上限。"));
        }
        Ok(ids)
    }
}
