//! An item on a shelf.

use crate::bodies::Item;
use crate::i18n::{Lang, fill};
use crate::money::Money;

/// From here on down the reader is told how many are left.
const FEW: i64 = 10;
/// What is shown of an item without a picture.
const NO_PICTURE: &str = "/pictures/box.svg";

/// An item as lists show it.
pub(crate) struct Ware {
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) picture: String,
    pub(crate) price: Money,
    pub(crate) brand: String,
    /// What is to be said of its stock, if anything, and whether it is gone.
    pub(crate) stock: Option<String>,
    pub(crate) gone: bool,
}

impl Ware {
    pub(crate) fn of(item: &Item, lang: Lang) -> Self {
        let w = lang.words();
        let stock = match item.stock {
            _ if item.status != 1 => Some(w.off_sale.to_owned()),
            ..=0 => Some(w.sold_out.to_owned()),
            left @ 1..FEW => Some(fill(w.few_left, &[&left])),
            _ => None,
        };
        Self {
            path: format!("/shop/items/{}", item.id),
            name: item.name.clone(),
            picture: picture(&item.image),
            price: item.price,
            brand: item.brand.clone(),
            stock,
            gone: !item.is_there(),
        }
    }
}

/// The items of a list.
pub(crate) fn wares(items: &[Item], lang: Lang) -> Vec<Ware> {
    items.iter().map(|item| Ware::of(item, lang)).collect()
}

/// Where an item's picture is: below our own roof, or at a place the policy of the pages decides on.
pub(crate) fn picture(image: &str) -> String {
    let is_path = image.starts_with('/') && !image.starts_with("//");
    if is_path || image.starts_with("https://") || image.starts_with("http://") {
        image.to_owned()
    } else {
        NO_PICTURE.to_owned()
    }
}
