//! The reader's addresses: add, change, delete, make the default.

use askama::Template;
use axum::extract::{Path, RawQuery};
use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::ACCOUNT;
use crate::bodies::Address;
use crate::client::{Client, Trouble};
use crate::failed::Failed;
use crate::layout::Page;
use crate::pages::cart::change::told;
use crate::place;
use crate::view;
use crate::visit::{Fields, Posted, Tone, Visit, is_id};

#[derive(Template)]
#[template(path = "shop/address.html")]
struct AddressPage {
    page: Page,
    address: Address,
    action: String,
    next: String,
    key: String,
    error: Option<String>,
}

/// An empty form.
pub(crate) async fn new(visit: Visit, RawQuery(encoded): RawQuery) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let fields = Fields::parse(encoded.as_deref().unwrap_or("").as_bytes());
    Ok(view::page(&form(&visit, None, Address::default(), &fields, None).await))
}

/// A form with one of them.
pub(crate) async fn edit(visit: Visit, Path(id): Path<String>) -> Result<Response, Failed> {
    let address = own(&visit, &id).await?;
    Ok(view::page(&form(&visit, Some(&id), address, &Fields::default(), None).await))
}

async fn own(visit: &Visit, id: &str) -> Result<Address, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    if !is_id(id) {
        return Err(Failed::not_found());
    }
    Ok(Client::of(visit).get(format!("/addresses/{id}")).await?)
}

async fn form(
    visit: &Visit,
    id: Option<&str>,
    address: Address,
    fields: &Fields,
    error: Option<String>,
) -> AddressPage {
    let w = visit.lang().words();
    let title = if id.is_some() { w.address_edit } else { w.address_new };
    let page = Page::of(visit, title).await.at(ACCOUNT).below(&[(w.account, ACCOUNT)]);
    let action = id.map_or(format!("{ACCOUNT}/addresses/new"), |id| format!("{ACCOUNT}/addresses/{id}"));
    let next = place::local(fields.text("next")).unwrap_or("").to_owned();
    AddressPage { page, address, action, next, key: visit.fresh_key(), error }
}

/// Keeps a new one.
pub(crate) async fn add(visit: Visit, Posted(fields): Posted) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    let body = body(&typed(&fields));
    let kept = Client::of(&visit).write(Method::POST, "/addresses", fields.text("once"), Some(body)).await;
    kept_or_again(&visit, None, &fields, kept.map(drop)).await
}

/// Changes one.
pub(crate) async fn change(
    visit: Visit,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    if !is_id(&id) {
        return Err(Failed::not_found());
    }
    let body = body(&typed(&fields));
    let target = format!("/addresses/{id}");
    let kept = Client::of(&visit).write(Method::PUT, target, fields.text("once"), Some(body)).await;
    kept_or_again(&visit, Some(&id), &fields, kept.map(drop)).await
}

/// Deletes one.
pub(crate) async fn delete(
    visit: Visit,
    Path(id): Path<String>,
    Posted(fields): Posted,
) -> Result<Response, Failed> {
    visit.session().ok_or_else(Failed::login)?;
    if !is_id(&id) {
        return Err(Failed::not_found());
    }
    let target = format!("/addresses/{id}");
    let deleted = Client::of(&visit).write(Method::DELETE, target, fields.text("once"), None).await;
    told(&visit, ACCOUNT, deleted.map(drop), visit.lang().words().address_deleted)
}

/// Makes one the default.
pub(crate) async fn make_default(
    visit: Visit,
    Path(id): Path<String>,
    Posted(_): Posted,
) -> Result<Response, Failed> {
    let address = Address { is_default: true, ..own(&visit, &id).await? };
    let target = format!("/addresses/{id}");
    let kept = Client::of(&visit).write(Method::PUT, target, "", Some(body(&address))).await;
    told(&visit, ACCOUNT, kept.map(drop), visit.lang().words().address_kept)
}

fn typed(fields: &Fields) -> Address {
    let text = |name: &str| fields.text(name).to_owned();
    Address {
        id: String::new(),
        province: text("province"),
        city: text("city"),
        town: text("town"),
        mobile: text("mobile"),
        street: text("street"),
        contact: text("contact"),
        is_default: !fields.text("default").is_empty(),
        notes: text("notes"),
    }
}

fn body(address: &Address) -> Value {
    json!({
        "province": address.province, "city": address.city, "town": address.town, "mobile": address.mobile,
        "street": address.street, "contact": address.contact, "isDefault": address.is_default, "notes": address.notes,
    })
}

/// On to where it was wanted, or the form again with what is wrong.
async fn kept_or_again(
    visit: &Visit,
    id: Option<&str>,
    fields: &Fields,
    kept: Result<(), Trouble>,
) -> Result<Response, Failed> {
    let refusal = match kept {
        Ok(()) => {
            let next = place::local(fields.text("next")).unwrap_or(ACCOUNT);
            return Ok(view::go_saying(visit, next, Tone::Good, visit.lang().words().address_kept));
        }
        Err(Trouble::Refused(refusal)) if [400, 409, 422].contains(&refusal.status.as_u16()) => refusal,
        Err(trouble) => return Err(trouble.into()),
    };
    let page = form(visit, id, typed(fields), fields, Some(refusal.msg)).await;
    Ok(view::page_of(StatusCode::UNPROCESSABLE_ENTITY, &page))
}
