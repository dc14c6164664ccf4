//! What an item is, and what staff or a file may say of it.

use model::{Cents, ItemId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The longest name, in characters.
pub const NAME_MAX: usize = 200;
/// The longest category, brand or path of a picture, in characters.
pub const LABEL_MAX: usize = 200;
/// The longest specification, in bytes.
pub const SPEC_MAX: usize = 8 << 10;
/// The highest price, in cents: ten million yuan. The total of the largest order then still fits.
pub const PRICE_MAX: i64 = 1_000_000_000;
/// The most pieces of one item.
pub const STOCK_MAX: i64 = 1_000_000_000;

/// Whether an item can be bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
pub enum Status {
    /// Can be found and bought.
    OnSale = 1,
    /// Shown, but cannot be bought.
    OffSale = 2,
    /// Gone for everyone; kept for the orders that name it.
    Deleted = 3,
}

impl From<Status> for u8 {
    fn from(status: Status) -> u8 {
        status as u8
    }
}

impl TryFrom<u8> for Status {
    type Error = &'static str;

    fn try_from(code: u8) -> Result<Self, Self::Error> {
        match code {
            1 => Ok(Status::OnSale),
            2 => Ok(Status::OffSale),
            3 => Ok(Status::Deleted),
            _ => Err("must be 1 (on sale), 2 (off sale) or 3 (deleted)"),
        }
    }
}

/// An item as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Which item.
    #[schema(value_type = String)]
    pub id: ItemId,
    /// Its name.
    pub name: String,
    /// Price of one, in cents.
    #[schema(value_type = i64)]
    pub price: Cents,
    /// How many can be bought now: what orders hold is taken off.
    pub stock: i64,
    /// How many unpaid orders hold: they come back if those are not paid.
    pub held: i64,
    /// Path or URL of its picture.
    pub image: String,
    /// Its category.
    pub category: String,
    /// Its brand.
    pub brand: String,
    /// Its specification as JSON text, or none.
    pub spec: Option<String>,
    /// How many were sold, those of before it was in this shop included.
    pub sold: i64,
    /// How many comments it has.
    pub comment_count: i64,
    /// Whether it is advertised.
    #[serde(rename = "isAD")]
    pub is_ad: bool,
    /// 1 on sale, 2 off sale.
    #[schema(value_type = u8)]
    pub status: Status,
}

/// A new item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Price of one.
    pub price: Cents,
    /// Its first stock.
    pub stock: i64,
    /// Path or URL of its picture.
    pub image: String,
    /// Its category.
    pub category: String,
    /// Its brand.
    pub brand: String,
    /// Its specification: JSON text, or none.
    pub spec: Option<String>,
    /// How many were sold before it was in this shop.
    pub sold_before: i64,
    /// How many comments it has.
    pub comment_count: i64,
    /// Whether it is advertised.
    pub is_ad: bool,
    /// Whether it can be bought.
    pub status: Status,
}

/// What staff change of an item; what is `None` stays. Stock is not among it: a form that was opened
/// before an order was placed would write the old number back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Its name.
    pub name: Option<String>,
    /// Price of one.
    pub price: Option<Cents>,
    /// Path or URL of its picture.
    pub image: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// Its brand.
    pub brand: Option<String>,
    /// Its specification; `Some(None)` takes it away.
    pub spec: Option<Option<String>>,
    /// Whether it is advertised.
    pub is_ad: Option<bool>,
    /// How many comments it has.
    pub comment_count: Option<i64>,
    /// Whether it can be bought.
    pub status: Option<Status>,
}

/// A value that no item can have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Fault {
    /// Which field.
    pub field: &'static str,
    /// What is wrong with it.
    pub why: String,
}

impl Fault {
    /// `field` is wrong because of `why`.
    pub fn new(field: &'static str, why: impl Into<String>) -> Self {
        Self { field, why: why.into() }
    }
}

impl Draft {
    /// The first value that no item can have, if there is one.
    pub fn check(&self) -> Result<(), Fault> {
        check_name(&self.name)?;
        check_range("price", self.price.0, PRICE_MAX)?;
        check_range("stock", self.stock, STOCK_MAX)?;
        check_range("sold", self.sold_before, STOCK_MAX)?;
        check_range("commentCount", self.comment_count, STOCK_MAX)?;
        check_length("image", &self.image)?;
        check_length("category", &self.category)?;
        check_length("brand", &self.brand)?;
        self.spec.as_deref().map_or(Ok(()), check_spec)
    }

    /// Everything a file says of an item that exists already, its stock aside.
    pub fn into_edit(self) -> Edit {
        Edit {
            name: Some(self.name),
            price: Some(self.price),
            image: Some(self.image),
            category: Some(self.category),
            brand: Some(self.brand),
            spec: Some(self.spec),
            is_ad: Some(self.is_ad),
            comment_count: Some(self.comment_count),
            status: Some(self.status),
        }
    }
}

impl Edit {
    /// A change of the status alone.
    pub fn status(status: Status) -> Self {
        Self { status: Some(status), ..Self::default() }
    }

    /// The first value that no item can have, if there is one.
    pub fn check(&self) -> Result<(), Fault> {
        self.name.as_deref().map_or(Ok(()), check_name)?;
        self.price.map_or(Ok(()), |price| check_range("price", price.0, PRICE_MAX))?;
        self.comment_count.map_or(Ok(()), |count| check_range("commentCount", count, STOCK_MAX))?;
        for (field, text) in [("image", &self.image), ("category", &self.category), ("brand", &self.brand)] {
            text.as_deref().map_or(Ok(()), |text| check_length(field, text))?;
        }
        self.spec.iter().flatten().try_for_each(|spec| check_spec(spec))
    }
}

fn check_name(name: &str) -> Result<(), Fault> {
    if name.trim().is_empty() {
        return Err(Fault::new("name", "must not be empty"));
    }
    if name.chars().count() > NAME_MAX {
        return Err(Fault::new("name", format!("has more than {NAME_MAX} characters")));
    }
    check_text("name", name)
}

fn check_range(field: &'static str, value: i64, max: i64) -> Result<(), Fault> {
    if (0..=max).contains(&value) {
        return Ok(());
    }
    Err(Fault::new(field, format!("{value} is not between 0 and {max}")))
}

fn check_length(field: &'static str, text: &str) -> Result<(), Fault> {
    if text.chars().count() > LABEL_MAX {
        return Err(Fault::new(field, format!("has more than {LABEL_MAX} characters")));
    }
    check_text(field, text)
}

/// Not every storage engine can keep this character.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<(), Fault> {
    if text.contains('\0') { Err(Fault::new(field, "must not have a NUL character")) } else { Ok(()) }
}

fn check_spec(spec: &str) -> Result<(), Fault> {
    if spec.len() > SPEC_MAX {
        return Err(Fault::new("spec", format!("has more than {SPEC_MAX} bytes")));
    }
    serde_json::from_str::<serde::de::IgnoredAny>(spec)
        .map(drop)
        .map_err(|_| Fault::new("spec", "is not JSON text"))
}
