//! `/shop/preferences`: language and colours, chosen in the foot of every page.

use axum::response::Response;

use crate::cookie::Cookie;
use crate::i18n::Lang;
use crate::place;
use crate::theme::Theme;
use crate::view;
use crate::visit::{LANG, Posted, THEME, Visit, YEAR_S};

/// Keeps the choice and leads back.
pub(crate) async fn post(visit: Visit, Posted(fields): Posted) -> Response {
    let mut response = view::go(place::local(fields.text("back")).unwrap_or(place::HOME));
    let lang = Lang::tagged(fields.text("lang")).map(Lang::tag);
    let theme = Theme::named(fields.text("theme")).map(Theme::name);
    for (name, value) in [(LANG, lang), (THEME, theme)] {
        if let Some(value) = value {
            let secure = visit.secure();
            view::add(&mut response, &Cookie { name, value, seconds: Some(YEAR_S), secure });
        }
    }
    response
}
