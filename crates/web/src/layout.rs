//! What every page has around it.

use std::fmt::Display;

use crate::assets;
use crate::bodies::{CartRow, Order, PageOf};
use crate::client::Client;
use crate::glass::Glass;
use crate::i18n::{Lang, Words, fill};
use crate::place;
use crate::theme::Theme;
use crate::visit::{Flash, Visit};
use crate::when::spell;

/// How many unpaid orders are looked through for the one that runs out first.
const REMINDED: u32 = 10;

/// The frame of a page.
pub(crate) struct Page {
    pub(crate) lang: Lang,
    pub(crate) w: &'static Words,
    pub(crate) theme: Theme,
    pub(crate) title: String,
    /// The path of the link in the menu that is this page.
    pub(crate) at: &'static str,
    pub(crate) crumbs: Vec<Crumb>,
    /// What the field for searching holds.
    pub(crate) sought: String,
    pub(crate) user: Option<String>,
    pub(crate) is_staff: bool,
    /// How many kinds of things are in the cart.
    pub(crate) in_cart: usize,
    pub(crate) reminder: Option<Reminder>,
    pub(crate) flash: Option<Flash>,
    pub(crate) mark: String,
    pub(crate) here: String,
    /// After how many seconds a reader without scripts is shown the page again.
    pub(crate) refresh_s: Option<i64>,
    /// Further style sheets, by name.
    pub(crate) styles: &'static [&'static str],
}

/// A step of the way to a page; the last one has no link.
pub(crate) struct Crumb {
    pub(crate) title: String,
    pub(crate) path: Option<String>,
}

/// An order that waits for its payment.
pub(crate) struct Reminder {
    pub(crate) order: String,
    pub(crate) left_ms: i64,
    pub(crate) left: String,
    pub(crate) span_ms: i64,
    pub(crate) glass: Glass,
    pub(crate) others: u64,
    pub(crate) version: String,
}

impl Page {
    /// A frame that asks nobody anything: for pages that say what went wrong.
    pub(crate) fn bare(visit: &Visit, title: impl Into<String>) -> Self {
        let who = visit.session().map(|session| &session.who);
        Self {
            lang: visit.lang(),
            w: visit.lang().words(),
            theme: visit.theme(),
            title: title.into(),
            at: "",
            crumbs: Vec::new(),
            sought: String::new(),
            user: who.map(|who| who.name.clone()),
            is_staff: who.is_some_and(|who| who.role != edge::Role::Buyer),
            in_cart: 0,
            reminder: None,
            flash: visit.flash().cloned(),
            mark: visit.form_mark(),
            here: visit.here().to_owned(),
            refresh_s: None,
            styles: &[],
        }
    }

    /// The frame with what the reader has in the cart and still has to pay. What does not answer is left out: a page
    /// is shown without its frame's figures rather than not at all.
    pub(crate) async fn of(visit: &Visit, title: impl Into<String>) -> Self {
        let mut page = Self::bare(visit, title);
        if visit.session().is_none() {
            return page;
        }
        let client = Client::of(visit);
        let (cart, unpaid) = futures_util::future::join(
            client.get::<Vec<CartRow>>("/carts"),
            client.get::<PageOf<Order>>(format!("/orders?status=1&pageNo=1&pageSize={REMINDED}")),
        )
        .await;
        page.in_cart = cart.map_or(0, |rows| rows.len());
        page.reminder = unpaid.ok().and_then(Reminder::of);
        page
    }

    /// Says which link of the menu this page is.
    pub(crate) fn at(mut self, path: &'static str) -> Self {
        self.at = path;
        self
    }

    /// Says how the reader came here; the page's own title is the last step.
    pub(crate) fn below(mut self, steps: &[(&str, &str)]) -> Self {
        let step =
            |(title, path): &(&str, &str)| Crumb { title: (*title).into(), path: Some((*path).into()) };
        self.crumbs = steps.iter().map(step).collect();
        self.crumbs.push(Crumb { title: self.title.clone(), path: None });
        self
    }

    /// Without the reminder of this order, which the page is about.
    pub(crate) fn about(mut self, order: &str) -> Self {
        self.reminder = self.reminder.filter(|reminder| reminder.order != order);
        self
    }

    /// Where the asset called `name` is.
    #[expect(clippy::unused_self, reason = "templates reach it by the page")]
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::path(name)
    }

    /// A sentence with one place filled.
    #[expect(clippy::unused_self, reason = "templates reach it by the page")]
    pub(crate) fn say(&self, sentence: &str, value: impl Display) -> String {
        fill(sentence, &[&value])
    }

    /// Whether the menu's link to `path` is this page.
    pub(crate) fn is_at(&self, path: &str) -> bool {
        self.at == path
    }

    /// Where to log in and come back here.
    pub(crate) fn login_path(&self) -> String {
        let next =
            if self.here.starts_with(place::LOGIN) || self.at == "/shop/register" { "" } else { &self.here };
        place::with_next(place::LOGIN, next)
    }

    /// All languages, and whether they are this page's.
    pub(crate) fn langs(&self) -> [(Lang, bool); 2] {
        Lang::ALL.map(|lang| (lang, lang == self.lang))
    }

    /// All themes with their names for the reader, and whether they are this page's.
    pub(crate) fn themes(&self) -> [(&'static str, &'static str, bool); 3] {
        let named = |theme: Theme| match theme {
            Theme::Auto => self.w.theme_auto,
            Theme::Light => self.w.theme_light,
            Theme::Dark => self.w.theme_dark,
        };
        Theme::ALL.map(|theme| (theme.name(), named(theme), theme == self.theme))
    }
}

impl Reminder {
    /// The one of the unpaid orders that runs out first.
    fn of(unpaid: PageOf<Order>) -> Option<Self> {
        let open = unpaid.list.into_iter().filter(Order::is_open);
        let first = open.min_by_key(|order| order.deadline.ms())?;
        let (left_ms, span_ms) = (first.left_ms(), first.span_ms());
        Some(Self {
            left_ms,
            left: spell(left_ms),
            span_ms,
            glass: Glass::of(left_ms, span_ms),
            others: unpaid.total.saturating_sub(1),
            version: first.version(),
            order: first.id,
        })
    }
}
