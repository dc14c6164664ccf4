//! What can be edited of an item, and what an edit makes of it: the decision alone, for every storage engine.

use model::Cents;

use crate::catalogue::{Draft, Edit, Status};
use crate::words;

/// What can be edited of an item, as it stands.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::store) struct Standing {
    pub(in crate::store) status: Status,
    pub(in crate::store) version: u32,
    pub(in crate::store) price: Cents,
    pub(in crate::store) category: String,
    pub(in crate::store) brand: String,
    pub(in crate::store) name: String,
    pub(in crate::store) image: String,
    pub(in crate::store) spec: Option<String>,
    pub(in crate::store) comment_count: i64,
    pub(in crate::store) is_ad: bool,
}

impl Standing {
    /// As a draft makes it.
    pub(in crate::store) fn first(draft: &Draft) -> Self {
        let Draft { name, price, image, category, brand, spec, comment_count, is_ad, status, .. } =
            draft.clone();
        Self { status, version: 1, price, category, brand, name, image, spec, comment_count, is_ad }
    }

    /// As `edit` leaves it.
    #[must_use]
    pub(in crate::store) fn with(&self, edit: Edit) -> Standing {
        let old = self.clone();
        let mut new = Standing {
            status: edit.status.unwrap_or(old.status),
            version: old.version,
            price: edit.price.unwrap_or(old.price),
            category: edit.category.unwrap_or(old.category),
            brand: edit.brand.unwrap_or(old.brand),
            name: edit.name.unwrap_or(old.name),
            image: edit.image.unwrap_or(old.image),
            spec: edit.spec.unwrap_or(old.spec),
            comment_count: edit.comment_count.unwrap_or(old.comment_count),
            is_ad: edit.is_ad.unwrap_or(old.is_ad),
        };
        new.version += u32::from(new.quoted() != self.quoted());
        new
    }

    /// What a quote promises: when it changes, so does the version.
    fn quoted(&self) -> (Status, Cents, &str) {
        (self.status, self.price, &self.name)
    }

    /// The words it is found by.
    pub(in crate::store) fn words(&self) -> Vec<String> {
        words::index(&self.texts().map(String::as_str))
    }

    /// Whether a search must be told. Only what is on sale has words: a search never meets anything else.
    pub(in crate::store) fn is_found_otherwise_than(&self, new: &Standing) -> bool {
        self.status != new.status || self.texts() != new.texts()
    }

    fn texts(&self) -> [&String; 3] {
        [&self.name, &self.category, &self.brand]
    }
}
