//! What the pages are made of, wherever the shop is.

use std::sync::Arc;

use rand::RngExt;
use web::{Parts, WebKey};

use super::Shop;

/// The file with the key that marks forms, among the other keys; `web.key` is what a process of pages signs with.
pub(super) fn key_name() -> &'static str {
    "forms.key"
}

/// The pages' parts; they ask `asked`.
pub(super) fn parts(shop: &Shop, asked: Arc<dyn web::Shop>, key: [u8; 32]) -> Parts {
    Parts {
        shop: asked,
        shell: shop.shell.clone(),
        key: WebKey(key),
        random: Arc::new(|| rand::rng().random()),
        tls: shop.config.web_tls,
        pictures_from: shop.config.web_pictures_from.iter().map(ToString::to_string).collect(),
        demo: shop.config.demo,
    }
}
