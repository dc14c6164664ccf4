//! What can be searched for, and in which order lists come.

use std::str::FromStr;

use model::Cents;
use serde::Serialize;
use utoipa::ToSchema;

/// What items are asked for. What is `None` does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Words in name, category or brand; all of them must be there.
    pub key: Option<String>,
    /// Exactly this category.
    pub category: Option<String>,
    /// Exactly this brand.
    pub brand: Option<String>,
    /// At least this price.
    pub min_price: Option<Cents>,
    /// At most this price.
    pub max_price: Option<Cents>,
}

/// What a list is sorted by. Equal ones come by id, so pages never overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortBy {
    /// By id, which is by age.
    #[default]
    Id,
    /// By price.
    Price,
    /// By how many were sold.
    Sold,
}

/// A list cannot be sorted so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sortBy must be empty, `id`, `price` or `sold`")]
pub struct BadSort;

impl FromStr for SortBy {
    type Err = BadSort;

    fn from_str(text: &str) -> Result<Self, BadSort> {
        match text {
            "" | "id" => Ok(SortBy::Id),
            "price" => Ok(SortBy::Price),
            "sold" => Ok(SortBy::Sold),
            _ => Err(BadSort),
        }
    }
}

/// Which page of a list, in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// From 1.
    pub page_no: u64,
    /// At most 200.
    pub page_size: u64,
    /// Sorted by what.
    pub sort: SortBy,
    /// The smallest first rather than the largest.
    pub ascending: bool,
}

impl Listing {
    /// How many entries come before the page.
    pub fn offset(&self) -> u64 {
        self.page_no.saturating_sub(1).saturating_mul(self.page_size)
    }
}

/// What a search can be narrowed by: the most frequent first, or by name where nothing was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Facets {
    /// Categories.
    pub category: Vec<String>,
    /// Brands.
    pub brand: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_columns_sort() {
        assert_eq!("price".parse(), Ok(SortBy::Price));
        assert_eq!("price; DROP TABLE".parse::<SortBy>(), Err(BadSort));
    }
}
