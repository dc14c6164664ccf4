//! The page that says why there is no page.

use askama::Template;
use axum::response::Response;

use crate::failed::{Failed, Why};
use crate::i18n::fill;
use crate::layout::Page;
use crate::place;
use crate::view;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "sorry.html")]
struct Sorry {
    page: Page,
    sentence: String,
    /// Whether asking again may help.
    again: bool,
    /// What to name when asking for help.
    reference: String,
}

/// What is said of `failed`; whoever must log in first is led there.
pub(crate) fn page(visit: &Visit, failed: &Failed) -> Response {
    if failed.0 == Why::Login {
        return view::go(&place::with_next(place::LOGIN, visit.here()));
    }
    let w = visit.lang().words();
    let (title, sentence) = match &failed.0 {
        Why::NotFound => (w.sorry_not_found, w.sorry_not_found_text.to_owned()),
        Why::Forbidden | Why::Login => (w.sorry_forbidden, w.sorry_forbidden_text.to_owned()),
        Why::StrangeForm => (w.sorry_form, w.sorry_form_text.to_owned()),
        Why::TooMany(seconds) => (w.sorry_too_many, fill(w.sorry_too_many_text, &[seconds])),
        Why::Unavailable(_) => (w.sorry_unavailable, w.sorry_unavailable_text.to_owned()),
        Why::Told(_, msg) => (w.sorry_told, msg.clone()),
        Why::Internal => (w.sorry_internal, w.sorry_internal_text.to_owned()),
    };
    let again = matches!(failed.0, Why::TooMany(_) | Why::Unavailable(_) | Why::Internal | Why::StrangeForm);
    let reference = if failed.0 == Why::Internal { visit.told_as().0.to_owned() } else { String::new() };
    let sorry = Sorry { page: Page::bare(visit, title), sentence, again, reference };
    let mut response = view::page_of(failed.status(), &sorry);
    // A template that cannot be rendered would end here again.
    response.extensions_mut().remove::<Failed>();
    if let Why::TooMany(seconds) | Why::Unavailable(seconds) = failed.0 {
        view::retry_after(&mut response, seconds);
    }
    response
}
