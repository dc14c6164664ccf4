//! `/shop/search`: finding things by words, category, brand and price.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;
use http::Method;
use serde_json::json;

use super::ware::{Ware, wares};
use crate::bodies::{Facets, Item, PageOf};
use crate::client::{Client, Trouble, query, read};
use crate::failed::Failed;
use crate::i18n::{Words, fill};
use crate::layout::Page;
use crate::money::{Money, grouped};
use crate::view;
use crate::visit::{Fields, Visit};

/// How many things one page shows.
const PAGE_SIZE: u64 = 24;
/// The interface counts so far.
const COUNTED_MAX: u64 = 10_000;
/// The longest text that is searched for, in characters; four bytes each still fit the interface's bound.
const KEY_MAX: usize = 100;
/// The last page that is shown: who did not find it by then searches otherwise.
const PAGES_MAX: u64 = COUNTED_MAX / PAGE_SIZE;

/// What is searched for, as the reader typed it.
#[derive(Clone, Default)]
struct Wanted {
    key: String,
    category: String,
    brand: String,
    min: Option<Money>,
    max: Option<Money>,
    sort: Sort,
    page_no: u64,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Sort {
    #[default]
    Newest,
    Liked,
    Cheapest,
    Dearest,
}

impl Sort {
    const ALL: [Self; 4] = [Self::Newest, Self::Liked, Self::Cheapest, Self::Dearest];

    fn name(self) -> &'static str {
        match self {
            Sort::Newest => "",
            Sort::Liked => "liked",
            Sort::Cheapest => "cheapest",
            Sort::Dearest => "dearest",
        }
    }

    fn shown(self, w: &Words) -> &'static str {
        match self {
            Sort::Newest => w.sort_newest,
            Sort::Liked => w.sort_liked,
            Sort::Cheapest => w.sort_cheapest,
            Sort::Dearest => w.sort_dearest,
        }
    }

    /// How the interface says it: column, and whether the smallest is first.
    fn columns(self) -> (&'static str, &'static str) {
        match self {
            Sort::Newest => ("", ""),
            Sort::Liked => ("sold", "false"),
            Sort::Cheapest => ("price", "true"),
            Sort::Dearest => ("price", "false"),
        }
    }
}

impl Wanted {
    fn of(fields: &Fields) -> Self {
        let short = |name: &str| fields.text(name).chars().take(KEY_MAX).collect::<String>();
        let sort = Sort::ALL.into_iter().find(|sort| sort.name() == fields.text("sort"));
        let page_no = fields.number("page").and_then(|number| u64::try_from(number).ok());
        Self {
            key: short("key"),
            category: short("category"),
            brand: short("brand"),
            min: Money::typed(fields.text("min")),
            max: Money::typed(fields.text("max")),
            sort: sort.unwrap_or_default(),
            page_no: page_no.unwrap_or(1).clamp(1, PAGES_MAX),
        }
    }

    /// The page that shows this.
    fn path(&self) -> String {
        let number = if self.page_no > 1 { self.page_no.to_string() } else { String::new() };
        query(
            "/shop/search",
            &[
                ("key", &self.key),
                ("category", &self.category),
                ("brand", &self.brand),
                ("min", &plain(self.min)),
                ("max", &plain(self.max)),
                ("sort", self.sort.name()),
                ("page", &number),
            ],
        )
    }

    fn with(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut other = Self { page_no: 1, ..self.clone() };
        change(&mut other);
        other.path()
    }

    fn question(&self) -> String {
        let (column, ascending) = self.sort.columns();
        let (min, max) = (cents(self.min), cents(self.max));
        let (number, size) = (self.page_no.to_string(), PAGE_SIZE.to_string());
        query(
            "/search/list",
            &[
                ("key", &self.key),
                ("category", &self.category),
                ("brand", &self.brand),
                ("minPrice", &min),
                ("maxPrice", &max),
                ("sortBy", column),
                ("isAsc", ascending),
                ("pageNo", &number),
                ("pageSize", &size),
            ],
        )
    }

    fn is_narrow(&self) -> bool {
        !self.category.is_empty() || !self.brand.is_empty() || self.min.is_some() || self.max.is_some()
    }
}

fn plain(money: Option<Money>) -> String {
    money.map(Money::plain).unwrap_or_default()
}

fn cents(money: Option<Money>) -> String {
    money.map(|money| money.0.to_string()).unwrap_or_default()
}

/// A link that narrows the search, or widens it again.
struct Choice {
    path: String,
    name: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "shop/search.html")]
struct Found {
    page: Page,
    wanted: Wanted,
    min: String,
    max: String,
    narrow: bool,
    clear_path: String,
    count: String,
    sorts: Vec<Choice>,
    categories: Vec<Choice>,
    brands: Vec<Choice>,
    wares: Vec<Ware>,
    before: Option<String>,
    after: Option<String>,
    pages: u64,
}

/// What fits.
pub(crate) async fn show(visit: Visit, RawQuery(encoded): RawQuery) -> Result<Response, Failed> {
    let w = visit.lang().words();
    let wanted = Wanted::of(&Fields::parse(encoded.as_deref().unwrap_or("").as_bytes()));
    let client = Client::of(&visit);
    let title =
        if wanted.key.is_empty() { w.search_all.to_owned() } else { fill(w.search_for, &[&wanted.key]) };
    let (mut page, found, facets) = futures_util::future::join3(
        Page::of(&visit, title),
        client.get::<PageOf<Item>>(wanted.question()),
        facets(&client, &wanted),
    )
    .await;
    let (found, facets) = (found?, facets?);
    page.sought.clone_from(&wanted.key);
    let page = page.below(&[(w.home_crumb, "/shop")]);
    Ok(view::page(&put_together(page, wanted, &found, facets)))
}

fn put_together(page: Page, wanted: Wanted, found: &PageOf<Item>, facets: Facets) -> Found {
    let (w, lang) = (page.w, page.lang);
    let pages = found.pages.min(PAGES_MAX);
    let sorts = Sort::ALL.map(|sort| Choice {
        path: wanted.with(|other| other.sort = sort),
        name: sort.shown(w).to_owned(),
        on: wanted.sort == sort,
    });
    Found {
        min: plain(wanted.min),
        max: plain(wanted.max),
        narrow: wanted.is_narrow(),
        clear_path: query("/shop/search", &[("key", &wanted.key), ("sort", wanted.sort.name())]),
        count: page.say(w.search_count, counted(found.total)),
        sorts: sorts.into(),
        categories: choices(facets.category, &wanted.category, |name| {
            wanted.with(|other| other.category = name)
        }),
        brands: choices(facets.brand, &wanted.brand, |name| wanted.with(|other| other.brand = name)),
        wares: wares(&found.list, lang),
        before: (wanted.page_no > 1).then(|| at(&wanted, wanted.page_no - 1)),
        after: (wanted.page_no < pages).then(|| at(&wanted, wanted.page_no + 1)),
        pages,
        page,
        wanted,
    }
}

fn at(wanted: &Wanted, page_no: u64) -> String {
    Wanted { page_no, ..wanted.clone() }.path()
}

fn counted(total: u64) -> String {
    if total >= COUNTED_MAX { format!("{}+", grouped(COUNTED_MAX)) } else { grouped(total) }
}

/// Each name with the page that has it chosen; the chosen one's leads back.
fn choices(names: Vec<String>, chosen: &str, path: impl Fn(String) -> String) -> Vec<Choice> {
    let choice = |name: String| {
        let on = name == chosen;
        Choice { path: path(if on { String::new() } else { name.clone() }), name, on }
    };
    names.into_iter().map(choice).collect()
}

/// What there is to choose from: every category and brand that the words leave. Prices are left out of the question: with
/// them it is one about every single thing, and a choice that then finds nothing says so.
async fn facets(client: &Client<'_>, wanted: &Wanted) -> Result<Facets, Trouble> {
    let body = json!({ "key": wanted.key });
    read(&client.write(Method::POST, "/search/filters", "", Some(body)).await?)
}
