//! The console's pages, one file each, and the frame around them.

pub(crate) mod attention;
pub(crate) mod catalogue;
pub(crate) mod chaos;
pub(crate) mod deadlines;
pub(crate) mod health;
pub(crate) mod messages;
pub(crate) mod order;
pub(crate) mod orders;
pub(crate) mod people;
pub(crate) mod records;
pub(crate) mod stock;

use askama::Template;

use super::desk::Desk;
use crate::layout::Page as Layout;

/// The pages in the navigation: key, key of the word, path.
pub(super) const NAV: [(&str, &str, &str); 10] = [
    ("health", "health", "/console"),
    ("attention", "attention", "/console/attention"),
    ("orders", "orders", "/console/orders"),
    ("deadlines", "deadlines", "/console/deadlines"),
    ("stock", "stockPage", "/console/stock"),
    ("messages", "messages", "/console/messages"),
    ("catalogue", "catalogue", "/console/catalogue"),
    ("people", "people", "/console/people"),
    ("records", "records", "/console/records"),
    ("chaos", "chaosPage", "/console/chaos"),
];

/// A link that narrows a list.
pub(crate) struct Filter {
    pub(crate) text: String,
    pub(crate) href: String,
    pub(crate) on: bool,
}

/// A link of the navigation.
#[derive(Clone)]
pub(crate) struct NavLink {
    pub(crate) text: &'static str,
    pub(crate) href: &'static str,
    pub(crate) here: bool,
}

/// What is around every page.
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) nav: Vec<NavLink>,
    /// Whether the reader may change something.
    pub(crate) acts: bool,
    /// Where the live parts come from; empty: there are none.
    pub(crate) live: String,
}

impl Frame {
    /// The frame of the page `key`.
    pub(crate) fn of(desk: &Desk, key: &str, title: String) -> Self {
        let nav =
            NAV.iter().map(|(own, word, href)| NavLink { text: desk.words.t(word), href, here: *own == key });
        Self { title, nav: nav.collect(), acts: desk.acts, live: String::new() }
    }

    /// The same with live parts from `path`.
    pub(crate) fn live(self, path: &str) -> Self {
        Self { live: path.to_owned(), ..self }
    }

    /// What is around the frame itself: the same as around every page of ours.
    pub(crate) fn layout(&self, desk: &Desk) -> Layout {
        let mut layout = Layout::bare(&desk.visit, self.title.clone());
        layout.styles = &["console.css"];
        layout
    }
}

/// A template's text. Rendering into a string fails only if a value's own `Display` does; ours do not.
pub(crate) fn text(page: &impl Template) -> String {
    page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "a page could not be rendered");
        String::new()
    })
}
