//! Doing what staff ask for: first a page that asks once more, then the call, written down before it is made where
//! nobody else would.

use askama::Template;
use http::StatusCode;
use serde_json::json;

use super::deeds::{self, Bad, Call, Deed, Fields};
use super::desk::{Desk, Fault};
use super::pages::{Frame, text};
use super::words::Words;
use crate::layout::Page as Layout;

/// What came of a form.
pub(crate) enum Outcome {
    /// Asked once more: the page.
    Asked(String),
    /// Done, or not: where to go on, whether it is done, and a sentence.
    Done { back: String, good: bool, sentence: String },
}

#[derive(Template)]
#[template(path = "console/confirm.html")]
struct Whole {
    page: Layout,
    frame: Frame,
    w: Words,
    sentence: String,
    shown: Vec<(&'static str, String)>,
    last: bool,
    hidden: Vec<(String, String)>,
    back: String,
}

/// What is shown of a form before it is confirmed: the field, and the key of its word.
const SHOWN: [(&str, &str); 10] = [
    ("minutes", "minutes"),
    ("company", "company"),
    ("number", "number"),
    ("delta", "delta"),
    ("amount", "amount"),
    ("name", "name"),
    ("price", "price"),
    ("category", "category"),
    ("brand", "brand"),
    ("reason", "reason"),
];

/// Reads the form and asks once more, or does it. `key` is fresh, for the idempotency of what is confirmed.
pub(crate) async fn form(desk: &Desk, mut fields: Fields, key: &str) -> Outcome {
    let back = local(fields.get("back").map_or("", String::as_str)).to_owned();
    let failed = |sentence: String| Outcome::Done { back: back.clone(), good: false, sentence };
    let deed = match deeds::read(&fields, desk.now.0) {
        Ok(deed) => deed,
        Err(Bad(word)) => return failed(desk.words.t(word).to_owned()),
    };
    if fields.get("confirmed").map(String::as_str) != Some("yes") {
        fields.insert("confirmed".into(), "yes".into());
        fields.insert("key".into(), format!("console-{key}"));
        return Outcome::Asked(confirm(desk, &deed, &fields, back));
    }
    let key = fields.get("key").cloned().unwrap_or_default();
    let reason = deeds::reason(&fields).unwrap_or_else(|_| desk.words.t(deed.name).to_owned());
    match make(desk, &deed, &reason, &key).await {
        Ok(StatusCode::ACCEPTED) => Outcome::Done { back, good: true, sentence: said(desk, &deed, "asked") },
        Ok(_) => Outcome::Done { back, good: true, sentence: said(desk, &deed, "done") },
        Err(fault) => failed(format!("{}: {fault}", desk.words.t("failed"))),
    }
}

fn said(desk: &Desk, deed: &Deed, how: &str) -> String {
    format!("{} {}. {}", desk.words.t(deed.name), deed.subject, desk.words.t(how))
}

/// Nowhere but here: whoever made the form does not say where we go on.
fn local(back: &str) -> &str {
    let plain = back.starts_with("/console") && !back.contains(['\\', '\n', '\r']);
    if plain { back } else { "/console" }
}

fn confirm(desk: &Desk, deed: &Deed, fields: &Fields, back: String) -> String {
    let w = desk.words;
    let shown = SHOWN.iter().filter_map(|(field, word)| Some((*word, fields.get(*field)?.clone())));
    let hidden = fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let frame = Frame::of(desk, "", w.t("confirmTitle").to_owned());
    let sentence = format!("{} {}", w.t(deed.name), deed.subject);
    let (shown, last) = (shown.collect(), deed.final_);
    text(&Whole { page: frame.layout(desk), frame: frame.clone(), w, sentence, shown, last, hidden, back })
}

/// Makes the call. Orders, stock and accounts are written down by their services; the rest before it is done.
async fn make(desk: &Desk, deed: &Deed, reason: &str, key: &str) -> Result<StatusCode, Fault> {
    let silent_service = deed.name == "order.ask";
    if matches!(deed.call, Call::Operator { .. }) || silent_service {
        let action = format!("{} {}", deed.name, deed.subject);
        note(desk, action.trim(), reason, &format!("{key}-note")).await?;
    }
    match &deed.call {
        Call::Door { method, path, body } => {
            desk.send(method.clone(), path, body, key).await.map(|(status, _)| status)
        }
        Call::Operator { process, method, path, body } => {
            desk.operator(process, method.clone(), path, body.clone()).await.map(|(status, _)| status)
        }
    }
}

/// Writes down what is about to be done.
pub(crate) async fn note(desk: &Desk, action: &str, reason: &str, key: &str) -> Result<(), Fault> {
    let form = json!({ "action": action, "reason": reason });
    desk.send(http::Method::POST, "/staff/users/records", &form, key).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for evil in ["https://evil", "//evil", "/console\\evil", "/console\r\nx", "/other", ""] {
            assert_eq!(local(evil), "/console", "{evil:?}");
        }
        assert_eq!(local("/console/orders/7"), "/console/orders/7");
    }
}
