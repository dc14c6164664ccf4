//! What may be put into a cart, decided without I/O.

use api::calls::Quote;
use model::Cents;
use serde::{Deserialize, Serialize};

use crate::config::NUM_MAX;

/// `item` reports an item on sale by this status.
const ON_SALE: u8 = 1;

/// An item as it looks when it is put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// Price of one, in cents.
    pub price: Cents,
    /// Path or URL of its picture.
    pub image: String,
    /// Its specification: JSON text, or none.
    pub spec: Option<String>,
}

/// What `item` says of an item somebody wants to put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// It can be bought.
    OnSale(Snapshot),
    /// It exists, but is not sold at present.
    OffSale,
    /// There is no such item.
    Unknown,
}

impl Offer {
    /// From `item`'s answer.
    pub fn from_quote(quote: Option<Quote>) -> Self {
        match quote {
            None => Offer::Unknown,
            Some(quote) if quote.status != ON_SALE => Offer::OffSale,
            Some(Quote { name, price, image, spec, .. }) => {
                Offer::OnSale(Snapshot { name, price, image, spec })
            }
        }
    }
}

/// How a write ended. Recorded under its idempotency key, refusals like successes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It is as asked.
    Done,
    /// Nothing changed.
    Refused(Refusal),
}

/// Why a write changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// The user has no such row, or there is no such item.
    NotFound,
    /// The item is not sold at present.
    OffSale,
    /// The cart has as many rows as it may.
    CartFull,
    /// The row has as many of the item as it may.
    NumMax,
}

/// What is in the cart already when an item is to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Present {
    /// How many rows.
    pub(crate) rows: usize,
    /// How many of this item, if any.
    pub(crate) num: Option<u32>,
}

/// What adding an item does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Adding<'a> {
    /// A new row with one of it.
    Insert(&'a Snapshot),
    /// One more in the row that is there.
    OneMore,
    /// Nothing.
    Refuse(Refusal),
}

/// Decides what adding what is `offered` does to a cart of at most `rows_max` rows.
pub(crate) fn add(offered: &Offer, present: Present, rows_max: usize) -> Adding<'_> {
    match (offered, present.num) {
        (Offer::Unknown, _) => Adding::Refuse(Refusal::NotFound),
        (Offer::OffSale, _) => Adding::Refuse(Refusal::OffSale),
        (Offer::OnSale(_), Some(num)) if num >= NUM_MAX => Adding::Refuse(Refusal::NumMax),
        (Offer::OnSale(_), Some(_)) => Adding::OneMore,
        (Offer::OnSale(_), None) if present.rows >= rows_max => Adding::Refuse(Refusal::CartFull),
        (Offer::OnSale(snapshot), None) => Adding::Insert(snapshot),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_sale() -> Offer {
        Offer::OnSale(Snapshot { name: "tea".into(), price: Cents(5), image: String::new(), spec: None })
    }

    #[test]
    fn a_full_cart_still_takes_one_more_of_what_it_holds() {
        let full = |num| Present { rows: 100, num };
        assert_eq!(add(&on_sale(), full(Some(1)), 100), Adding::OneMore);
        assert_eq!(add(&on_sale(), full(None), 100), Adding::Refuse(Refusal::CartFull));
    }

    #[test]
    fn a_row_stops_at_its_bound() {
        let present = Present { rows: 1, num: Some(NUM_MAX) };
        assert_eq!(add(&on_sale(), present, 100), Adding::Refuse(Refusal::NumMax));
    }

    #[test]
    fn what_is_not_sold_is_refused_even_if_the_cart_holds_it() {
        let present = Present { rows: 1, num: Some(1) };
        assert_eq!(add(&Offer::OffSale, present, 100), Adding::Refuse(Refusal::OffSale));
        assert_eq!(add(&Offer::Unknown, present, 100), Adding::Refuse(Refusal::NotFound));
    }
}
