//! `/shop/account`: balance, movements, addresses, password.

pub(crate) mod addresses;
pub(crate) mod password;

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;

use crate::bodies::{Address, Me, PageOf, WalletEntry};
use crate::client::{Client, query};
use crate::failed::Failed;
use crate::i18n::Words;
use crate::layout::Page;
use crate::money::Money;
use crate::view;
use crate::visit::{Fields, Visit};

/// Where it is.
pub(crate) const ACCOUNT: &str = "/shop/account";
/// How many movements one page shows.
const PAGE_SIZE: u64 = 10;

struct Movement {
    at: String,
    iso: String,
    what: &'static str,
    reference: Option<String>,
    amount: Money,
    comes_in: bool,
    balance: Money,
}

#[derive(Template)]
#[template(path = "shop/account.html")]
struct Account {
    page: Page,
    name: String,
    balance: Money,
    movements: Vec<Movement>,
    addresses: Vec<Address>,
    key: String,
    page_no: u64,
    pages: u64,
    before: Option<String>,
    after: Option<String>,
}

/// All of it on one page.
pub(crate) async fn show(visit: Visit, RawQuery(encoded): RawQuery) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let fields = Fields::parse(encoded.as_deref().unwrap_or("").as_bytes());
    let page_no =
        fields.number("page").and_then(|number| u64::try_from(number).ok()).unwrap_or(1).clamp(1, 1_000);
    let (w, client) = (visit.lang().words(), Client::of(&visit));
    let (page, me, wallet, addresses) = futures_util::future::join4(
        Page::of(&visit, w.account),
        client.get::<Me>("/users/me"),
        client.get::<PageOf<WalletEntry>>(format!("/users/me/wallet?pageNo={page_no}&pageSize={PAGE_SIZE}")),
        client.get::<Vec<Address>>("/addresses"),
    )
    .await;
    let (me, wallet) = (me?, wallet?);
    let at = |page_no: u64| query(ACCOUNT, &[("page", &page_no.to_string())]);
    Ok(view::page(&Account {
        name: me.username,
        balance: me.balance,
        movements: wallet.list.iter().map(|entry| movement(entry, w, &page)).collect(),
        addresses: addresses?,
        key: visit.fresh_key(),
        before: (page_no > 1).then(|| at(page_no - 1)),
        after: (page_no < wallet.pages).then(|| at(page_no + 1)),
        pages: wallet.pages,
        page_no,
        page: page.at(ACCOUNT),
    }))
}

fn movement(entry: &WalletEntry, w: &'static Words, page: &Page) -> Movement {
    let (what, comes_in) = match entry.kind.as_str() {
        "debit" => (w.wallet_debit, false),
        "refund" => (w.wallet_refund, true),
        _ => (w.wallet_credit, true),
    };
    Movement {
        at: entry.at.show(page.lang),
        iso: entry.at.iso().to_owned(),
        what,
        reference: entry.pay_order_no.clone(),
        amount: Money(entry.amount.0.abs()),
        comes_in,
        balance: entry.balance,
    }
}
