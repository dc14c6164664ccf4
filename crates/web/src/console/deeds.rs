//! What staff can do in the console: read from a form, said in a sentence, made into one call. Pure.
//!
//! Every deed goes the way of the same public or operator's call that anybody else would use; it needs a reason and a
//! second confirmation, and is written down: by the service that does it, or, for the operator's calls, as a record
//! before it is done.

use std::collections::BTreeMap;

use http::Method;
use model::{Cents, ItemId, OrderId, UserId};
use serde_json::{Value, json};

/// The fields of a form.
pub(crate) type Fields = BTreeMap<String, String>;

/// The longest reason, in characters; the services' own bound.
pub(crate) const REASON_MAX: usize = 200;

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Deed {
    /// Which: a key of the word table, and the value of the form's `deed`.
    pub(crate) name: &'static str,
    /// What it is done to, such as an order's id.
    pub(crate) subject: String,
    /// The call that does it.
    pub(crate) call: Call,
    /// Whether it cannot be taken back.
    pub(crate) final_: bool,
}

/// A call, and by which way it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Through the door, as the staff member.
    Door { method: Method, path: String, body: Value },
    /// At the operator's port of a process.
    Operator { process: String, method: Method, path: String, body: Value },
}

/// A field that is missing or makes no sense: its key in the word table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bad(pub(crate) &'static str);

/// Reads a deed. `now_ms` is the present, for spans that are counted from it.
pub(crate) fn read(fields: &Fields, now_ms: i64) -> Result<Deed, Bad> {
    let name = field(fields, "deed");
    match name.split_once('.') {
        Some(("order", _)) => order(fields, name, now_ms),
        Some(("item", _)) => item(fields, name),
        Some(("user", _)) => user(fields, name),
        _ => operator(fields, name),
    }
}

/// The reason, trimmed.
pub(crate) fn reason(fields: &Fields) -> Result<String, Bad> {
    let reason = field(fields, "reason").trim();
    if (1..=REASON_MAX).contains(&reason.chars().count()) {
        Ok(reason.to_owned())
    } else {
        Err(Bad("badReason"))
    }
}

fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields.get(name).map_or("", String::as_str)
}

fn number<T: std::str::FromStr>(fields: &Fields, name: &str, bad: &'static str) -> Result<T, Bad> {
    field(fields, name).trim().parse().map_err(|_| Bad(bad))
}

fn order(fields: &Fields, name: &str, now_ms: i64) -> Result<Deed, Bad> {
    let id: OrderId = number(fields, "id", "badId")?;
    let reason = reason(fields)?;
    let (name, action, body, final_) = match name {
        "order.ask" => ("order.ask", "ask", json!({ "reason": reason }), false),
        "order.close" => ("order.close", "close", json!({ "reason": reason }), true),
        "order.refund" => ("order.refund", "refund", json!({ "reason": reason }), true),
        "order.extend" => {
            let minutes: i64 = number(fields, "minutes", "badMinutes")?;
            if !(1..=525_600).contains(&minutes) {
                return Err(Bad("badMinutes"));
            }
            let from: i64 = number(fields, "deadline", "badMinutes")?;
            let until = api::Time(clock::Ms(from.max(now_ms).saturating_add(minutes * clock::MINUTE)));
            ("order.extend", "extend", json!({ "until": until, "reason": reason }), false)
        }
        "order.ship" => {
            let (company, number) = (field(fields, "company").trim(), field(fields, "number").trim());
            if company.is_empty() || number.is_empty() {
                return Err(Bad("badParcel"));
            }
            ("order.ship", "ship", json!({ "company": company, "number": number, "reason": reason }), true)
        }
        _ => return Err(Bad("badDeed")),
    };
    let call = Call::Door { method: Method::POST, path: format!("/staff/orders/{id}/{action}"), body };
    Ok(Deed { name, subject: id.to_string(), call, final_ })
}

fn item(fields: &Fields, name: &str) -> Result<Deed, Bad> {
    let id: ItemId = number(fields, "id", "badId")?;
    let status = |name, code: u8, final_| {
        let call =
            Call::Door { method: Method::PUT, path: format!("/items/status/{id}/{code}"), body: json!({}) };
        Ok(Deed { name, subject: id.to_string(), call, final_ })
    };
    let (name, call) = match name {
        "item.on" => return status("item.on", 1, false),
        "item.off" => return status("item.off", 2, false),
        "item.delete" => return status("item.delete", 3, true),
        "item.stock" => {
            let delta: i64 = number(fields, "delta", "badDelta")?;
            let body = json!({ "delta": delta, "reason": reason(fields)? });
            ("item.stock", Call::Door { method: Method::POST, path: format!("/items/{id}/stock"), body })
        }
        "item.edit" => {
            let price = price(field(fields, "price"))?;
            let text = |name| field(fields, name).trim();
            let body = json!({
                "id": id, "name": text("name"), "price": price, "category": text("category"), "brand": text("brand"),
            });
            ("item.edit", Call::Door { method: Method::PUT, path: "/items".into(), body })
        }
        _ => return Err(Bad("badDeed")),
    };
    Ok(Deed { name, subject: id.to_string(), call, final_: false })
}

fn user(fields: &Fields, name: &str) -> Result<Deed, Bad> {
    let id: UserId = number(fields, "id", "badId")?;
    let reason = reason(fields)?;
    let (name, method, path, body, final_) = match name {
        "user.credit" => {
            let amount = price(field(fields, "amount"))?;
            (
                "user.credit",
                Method::POST,
                format!("/users/{id}/credit"),
                json!({ "amount": amount, "reason": reason }),
                true,
            )
        }
        "user.freeze" | "user.unfreeze" => {
            let frozen = name == "user.freeze";
            let name = if frozen { "user.freeze" } else { "user.unfreeze" };
            (
                name,
                Method::PUT,
                format!("/users/{id}/frozen"),
                json!({ "frozen": frozen, "reason": reason }),
                false,
            )
        }
        _ => return Err(Bad("badDeed")),
    };
    Ok(Deed { name, subject: id.to_string(), call: Call::Door { method, path, body }, final_ })
}

/// Yuan with up to two digits, as cents.
fn price(text: &str) -> Result<Cents, Bad> {
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || part.len() > 2 || !digits(whole) || !digits(part) {
        return Err(Bad("badPrice"));
    }
    let whole: i64 = whole.parse().map_err(|_| Bad("badPrice"))?;
    let part: i64 = format!("{part:0<2}").parse().map_err(|_| Bad("badPrice"))?;
    whole.checked_mul(100).and_then(|cents| cents.checked_add(part)).map(Cents).ok_or(Bad("badPrice"))
}

fn operator(fields: &Fields, name: &str) -> Result<Deed, Bad> {
    let service = field(fields, "service");
    let process = field(fields, "process").to_owned();
    // Both end up in a path.
    let plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte))
    };
    if !plain(&process) || (name != "audit.run" && !plain(service)) {
        return Err(Bad("badId"));
    }
    let (name, method, path, final_) = match name {
        "dead.replay" | "dead.drop" => {
            let id: i64 = number(fields, "id", "badId")?;
            match name {
                "dead.replay" => ("dead.replay", Method::POST, format!("/dead/{service}/{id}/replay"), false),
                _ => ("dead.drop", Method::DELETE, format!("/dead/{service}/{id}"), true),
            }
        }
        "pump.pause" => ("pump.pause", Method::POST, format!("/pumps/{service}/pause"), false),
        "pump.resume" => ("pump.resume", Method::POST, format!("/pumps/{service}/resume"), false),
        "sweep.run" => ("sweep.run", Method::POST, format!("/sweeps/{service}/run"), false),
        "sweep.pause" => ("sweep.pause", Method::POST, format!("/sweeps/{service}/pause"), false),
        "sweep.resume" => ("sweep.resume", Method::POST, format!("/sweeps/{service}/resume"), false),
        "audit.run" => ("audit.run", Method::GET, "/audit".into(), false),
        _ => return Err(Bad("badDeed")),
    };
    let subject = [service, field(fields, "id")].join(" ").trim().to_owned();
    let call = Call::Operator { process, method, path, body: Value::Null };
    Ok(Deed { name, subject, call, final_ })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn an_extension_counts_from_the_deadline_or_from_now_if_that_is_over() {
        let deed = |deadline| {
            let form = fields(&[
                ("deed", "order.extend"),
                ("id", "7"),
                ("reason", " why "),
                ("minutes", "2"),
                ("deadline", deadline),
            ]);
            let Call::Door { path, body, .. } = read(&form, 1_000_000).unwrap().call else {
                panic!("another way")
            };
            assert_eq!((path.as_str(), body["reason"].as_str()), ("/staff/orders/7/extend", Some("why")));
            body["until"].as_str().unwrap().to_owned()
        };
        assert!(deed("0").starts_with("1970-01-01T00:18:40"), "{}", deed("0"));
        assert!(deed("2000000").starts_with("1970-01-01T00:35:20"), "{}", deed("2000000"));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let bad = |pairs: &[(&str, &str)]| read(&fields(pairs), 0).unwrap_err().0;
        assert_eq!(bad(&[("deed", "order.close"), ("id", "x"), ("reason", "r")]), "badId");
        assert_eq!(bad(&[("deed", "order.close"), ("id", "1"), ("reason", "  ")]), "badReason");
        assert_eq!(bad(&[("deed", "order.eat"), ("id", "1"), ("reason", "r")]), "badDeed");
        assert_eq!(
            bad(&[("deed", "user.credit"), ("id", "1"), ("reason", "r"), ("amount", "1.234")]),
            "badPrice"
        );
        assert_eq!(
            bad(&[("deed", "user.credit"), ("id", "1"), ("reason", "r"), ("amount", "-1")]),
            "badPrice"
        );
        assert_eq!(
            bad(&[("deed", "dead.drop"), ("process", "shop"), ("service", "../users"), ("id", "1")]),
            "badId"
        );
        assert_eq!(
            bad(&[("deed", "dead.drop"), ("process", ""), ("service", "trade"), ("id", "1")]),
            "badId"
        );
    }

    #[test]
    fn money_is_read_as_it_is_written() {
        assert_eq!(
            [price("12"), price("0.5"), price("1.05")],
            [Ok(Cents(1_200)), Ok(Cents(50)), Ok(Cents(105))]
        );
        assert!(price("99999999999999999999").is_err() && price(".5").is_err() && price("1e3").is_err());
    }
}
