//! Which pages are looked at, by whom, and how.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

/// Who looks at a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Somebody who is not logged in.
    Anybody,
    /// A buyer with orders, a cart and an address.
    Buyer,
    /// A staff user.
    Staff,
}

impl Who {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Who::Anybody => "anybody",
            Who::Buyer => "buyer",
            Who::Staff => "staff",
        }
    }
}

/// A way to look at a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// The page, as its shop names it.
    page: &'static str,
    pub(crate) who: Who,
    /// What is asked for; a name in braces stands for something [`Found`].
    pub(crate) path: &'static str,
}

const fn look(page: &'static str, who: Who, path: &'static str) -> Look {
    Look { page, who, path }
}

/// A page that is looked at under its own name.
const fn plain(page: &'static str, who: Who) -> Look {
    look(page, who, page)
}

/// Every look. A page of several views has more than one.
pub(crate) const LOOKS: &[Look] = &[
    plain("/shop", Who::Anybody),
    plain("/shop", Who::Buyer),
    plain("/shop/search", Who::Anybody),
    look("/shop/search", Who::Anybody, "/shop/search?key={word}"),
    look("/shop/search", Who::Anybody, "/shop/search?category={category}&sort=cheapest&page=2"),
    look("/shop/items/{id}", Who::Anybody, "/shop/items/{item}"),
    plain("/shop/login", Who::Anybody),
    plain("/shop/register", Who::Anybody),
    plain("/shop/cart", Who::Buyer),
    look("/shop/checkout", Who::Buyer, "/shop/checkout?line={item}:1"),
    plain("/shop/orders", Who::Buyer),
    look("/shop/orders", Who::Buyer, "/shop/orders?status=1&page=2"),
    look("/shop/orders/{id}", Who::Buyer, "/shop/orders/{order}"),
    look("/shop/orders/{id}", Who::Buyer, "/shop/orders/{paid}"),
    look("/shop/orders/{id}/pay", Who::Buyer, "/shop/orders/{order}/pay"),
    plain("/shop/account", Who::Buyer),
    plain("/shop/account/password", Who::Buyer),
    plain("/shop/account/addresses/new", Who::Buyer),
    look("/shop/account/addresses/{id}", Who::Buyer, "/shop/account/addresses/{address}"),
    plain("/console", Who::Staff),
    plain("/console/attention", Who::Staff),
    look("/console/attention", Who::Staff, "/console/attention?kind=overdue"),
    look("/console/attention", Who::Staff, "/console/attention?kind=refund"),
    plain("/console/orders", Who::Staff),
    look("/console/orders", Who::Staff, "/console/orders?page=400"),
    look("/console/orders", Who::Staff, "/console/orders?status=1"),
    look("/console/orders", Who::Staff, "/console/orders?status=5&page=100"),
    look("/console/orders", Who::Staff, "/console/orders?user={buyer}"),
    look("/console/orders/{id}", Who::Staff, "/console/orders/{order}"),
    look("/console/orders/{id}", Who::Staff, "/console/orders/{paid}"),
    plain("/console/deadlines", Who::Staff),
    plain("/console/stock", Who::Staff),
    look("/console/stock", Who::Staff, "/console/stock?key={word}"),
    look("/console/stock", Who::Staff, "/console/stock?item={item}"),
    plain("/console/messages", Who::Staff),
    plain("/console/catalogue", Who::Staff),
    look("/console/catalogue", Who::Staff, "/console/catalogue?key={word}"),
    plain("/console/people", Who::Staff),
    look("/console/people", Who::Staff, "/console/people?key={name}"),
    look("/console/people", Who::Staff, "/console/people?id={buyer}"),
    plain("/console/records", Who::Staff),
    look("/console/records", Who::Staff, "/console/records?book=stock"),
    look("/console/records", Who::Staff, "/console/records?book=people"),
    plain("/console/chaos", Who::Staff),
];

/// What was found or made before, and stands in paths: names, and what stands for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found(Vec<(&'static str, String)>);

impl Found {
    /// With `value` in the place of `name`.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.0.push((name, value.into()));
        self
    }

    /// `path` with everything in its place; an error if something stands there that was not found.
    pub(crate) fn fill(&self, path: &str) -> Result<String> {
        let (mut filled, mut rest) = (String::new(), path);
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').with_context(|| format!("`{path}` lacks a brace"))?;
            let found = self.0.iter().find(|(known, _)| *known == name);
            let (_, value) = found.with_context(|| format!("nothing was found for `{name}` of `{path}`"))?;
            filled = filled + before + value;
            rest = after;
        }
        Ok(filled + rest)
    }
}

/// What is wrong with the plan for a shop that has these `pages`: pages that nobody looks at, and looks at pages that
/// there are not.
pub fn unplanned(pages: &[String]) -> Vec<String> {
    let there: BTreeSet<&str> = pages.iter().map(String::as_str).collect();
    let planned: BTreeSet<&str> = LOOKS.iter().map(|look| look.page).collect();
    there.symmetric_difference(&planned).map(|page| (*page).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_braces_are_filled_in_and_none_is_left_out() {
        let found = Found::default().with("item", "7").with("order", "9");
        assert_eq!(found.fill("/a/{item}/b?c={order}&d={item}").unwrap(), "/a/7/b?c=9&d=7");
        assert_eq!(found.fill("/shop").unwrap(), "/shop");
        assert!(found.fill("/a/{user}").is_err() && found.fill("/a/{item").is_err());
    }

    #[test]
    fn no_look_stands_twice_and_each_is_at_its_own_page() {
        let mut seen = BTreeSet::new();
        for look in LOOKS {
            assert!(seen.insert((look.path, look.who.name())), "{} stands twice", look.path);
            let path = look.path.split('?').next().unwrap_or_default();
            let parts = |path: &str| path.split('/').map(str::to_owned).collect::<Vec<_>>();
            let (page, path) = (parts(look.page), parts(path));
            let same =
                |(page, path): (&String, &String)| page == path || page == "{id}" && path.starts_with('{');
            assert!(page.len() == path.len() && page.iter().zip(&path).all(same), "{}", look.path);
        }
    }

    #[test]
    fn a_page_that_is_not_planned_is_named_and_so_is_one_that_is_gone() {
        let mut pages: Vec<String> = LOOKS.iter().map(|look| look.page.to_owned()).collect();
        assert_eq!(unplanned(&pages), Vec::<String>::new());
        pages.retain(|page| page != "/console/stock");
        pages.push("/shop/new".into());
        assert_eq!(unplanned(&pages), ["/console/stock", "/shop/new"]);
    }
}
