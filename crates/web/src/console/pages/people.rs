//! People: find by name, look at the wallet, put money in, freeze.

use askama::Template;

use super::super::data::{Page as PageOf, User, WalletEntry};
use super::super::desk::{Desk, Fault, encoded};
use super::super::form::{Ask, pager, short};
use super::super::story::cents;
use super::super::words::Words;
use super::Frame;
use crate::layout::Page as Layout;

const SIZE: u64 = 25;

#[derive(Template)]
#[template(path = "console/people.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    key: String,
    rows: Vec<Row>,
    pager: String,
    acts: bool,
}

struct Row {
    id: String,
    name: String,
    role: String,
    balance: String,
    frozen: bool,
    forms: Vec<String>,
    wallet: Vec<Entry>,
}

struct Entry {
    at: String,
    kind: String,
    amount: String,
    balance: String,
    reason: String,
}

fn row(desk: &Desk, user: User, wallet: Vec<WalletEntry>, back: &str) -> Row {
    let ask = |deed, button, fields, danger| {
        let hidden = vec![("id", user.id.to_string())];
        let (csrf, wants_reason) = (desk.csrf.as_str(), true);
        Ask { csrf, deed, button, back, hidden, fields, wants_reason, danger }.html(desk.words)
    };
    let amount = vec![("amount", "amount", String::new(), "text")];
    let (deed, button) = if user.frozen { ("user.unfreeze", "unfreeze") } else { ("user.freeze", "freeze") };
    let entry = |entry: WalletEntry| Entry {
        at: short(entry.at.0, desk.now),
        kind: entry.kind,
        amount: cents(entry.amount),
        balance: cents(entry.balance),
        reason: entry.reason,
    };
    Row {
        forms: vec![ask("user.credit", "credit", amount, false), ask(deed, button, Vec::new(), !user.frozen)],
        id: user.id.to_string(),
        balance: cents(user.balance),
        frozen: user.frozen,
        wallet: wallet.into_iter().map(entry).collect(),
        name: user.username,
        role: user.role,
    }
}

/// People whose names start with `key`.
pub(crate) async fn list(desk: &Desk, key: &str, page: u64) -> Result<String, Fault> {
    let path = format!("/staff/users?key={}&pageNo={page}&pageSize={SIZE}", encoded(key));
    let found: PageOf<User> = desk.get(&path).await?;
    let href = |to: u64| format!("/console/people?key={}&page={to}", encoded(key));
    let rows = found.list.into_iter().map(|user| row(desk, user, Vec::new(), &href(page))).collect();
    Ok(render(desk, key, rows, pager(page, found.pages, href)))
}

/// One person with the wallet.
pub(crate) async fn one(desk: &Desk, id: u64, page: u64) -> Result<String, Fault> {
    let paths =
        (format!("/staff/users/{id}"), format!("/staff/users/{id}/wallet?pageNo={page}&pageSize={SIZE}"));
    let (user, wallet) = tokio::join!(desk.get::<User>(&paths.0), desk.get::<PageOf<WalletEntry>>(&paths.1));
    let wallet = wallet?;
    let href = |to: u64| format!("/console/people?id={id}&page={to}");
    let rows = vec![row(desk, user?, wallet.list, &href(page))];
    Ok(render(desk, "", rows, pager(page, wallet.pages, href)))
}

fn render(desk: &Desk, key: &str, rows: Vec<Row>, pager: String) -> String {
    let w = desk.words;
    let frame = Frame::of(desk, "people", w.t("people").to_owned());
    super::text(&Whole {
        page: frame.layout(desk),
        frame: frame.clone(),
        w,
        key: key.to_owned(),
        rows,
        pager,
        acts: desk.acts,
    })
}
