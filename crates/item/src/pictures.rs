//! The demo catalogue that is part of the program: its items and their pictures.

use std::borrow::Cow;

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "catalogue/"]
struct Embedded;

/// The picture of an item that has none of its own.
pub const DEFAULT: &str = "/pictures/box.svg";

/// The picture called `slug`, as SVG text.
pub fn find(slug: &str) -> Option<Cow<'static, [u8]>> {
    Embedded::get(&format!("pictures/{slug}.svg")).map(|file| file.data)
}

/// The demo catalogue as JSON Lines, ready for [`crate::import`].
pub fn demo() -> Option<Cow<'static, [u8]>> {
    Embedded::get("demo.jsonl").map(|file| file.data)
}
