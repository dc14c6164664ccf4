//! How times, spans and numbers are written, and small forms that lead to a deed's confirmation.

use std::fmt::Write;

use api::Time;
use clock::{HOUR, MINUTE, Ms, SECOND};

use super::plot::escape;
use super::words::Words;

/// A time for a list: the time of day, with the date if that is another.
pub(crate) fn short(at: Ms, now: Ms) -> String {
    let (text, today) = (Time(at).text(), Time(now).text());
    let (day, time) = (text.get(..10).unwrap_or(""), text.get(11..19).unwrap_or(&text));
    if today.starts_with(day) { time.to_owned() } else { format!("{} {time}", day.get(5..).unwrap_or(day)) }
}

/// A time for a timeline, with milliseconds.
pub(crate) fn fine(at: Ms, now: Ms) -> String {
    let text = Time(at).text();
    format!("{}{}", short(at, now), text.get(19..23).unwrap_or(""))
}

/// A span, in its largest unit that makes more than one of it.
pub(crate) fn span(ms: i64) -> String {
    let ms = ms.max(0);
    match ms {
        _ if ms < SECOND => format!("{ms} ms"),
        _ if ms < 2 * MINUTE => format!("{} s", ms / SECOND),
        _ if ms < 2 * HOUR => format!("{} min", ms / MINUTE),
        _ if ms < 48 * HOUR => format!("{} h", ms / HOUR),
        _ => format!("{} d", ms / (24 * HOUR)),
    }
}

/// What is left until a time, as a countdown; what is over with a plus sign.
pub(crate) fn left(until: Ms, now: Ms) -> String {
    let ms = until.0 - now.0;
    let seconds = ms.abs() / SECOND;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    let sign = if ms < 0 { "+" } else { "" };
    if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{minutes:02}:{seconds:02}")
    }
}

/// A number with its thousands set apart.
pub(crate) fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A form that asks for a deed; the next page asks to confirm it.
pub(crate) struct Ask<'a> {
    pub(crate) csrf: &'a str,
    /// The deed's name, and the word on the button.
    pub(crate) deed: &'static str,
    pub(crate) button: &'static str,
    /// Where to go on afterwards.
    pub(crate) back: &'a str,
    /// What is sent along unseen.
    pub(crate) hidden: Vec<(&'static str, String)>,
    /// What is asked for: name, key of its label, value, kind of input.
    pub(crate) fields: Vec<(&'static str, &'static str, String, &'static str)>,
    pub(crate) wants_reason: bool,
    pub(crate) danger: bool,
}

impl Ask<'_> {
    /// The form.
    pub(crate) fn html(&self, words: Words) -> String {
        let bare = self.fields.is_empty() && !self.wants_reason;
        let mut html = format!(
            r#"<form method="post" action="/console/do" class="{}">"#,
            if bare { "" } else { "c-deed" }
        );
        let fixed = [("csrf", self.csrf), ("deed", self.deed), ("back", self.back)];
        for (name, value) in
            fixed.into_iter().chain(self.hidden.iter().map(|(name, value)| (*name, value.as_str())))
        {
            let _ = write!(html, r#"<input type="hidden" name="{name}" value="{}">"#, escape(value));
        }
        for (name, label, value, kind) in &self.fields {
            let _ = write!(
                html,
                r#"<label class="c-field"><span>{}</span><input name="{name}" type="{kind}" value="{}" required></label>"#,
                escape(words.t(label)),
                escape(value)
            );
        }
        if self.wants_reason {
            let _ = write!(
                html,
                r#"<label class="c-field"><span>{}</span><input name="reason" maxlength="200" required placeholder="{}" autocomplete="off"></label>"#,
                words.t("reason"),
                words.t("reasonHint")
            );
        }
        let class = match (bare, self.danger) {
            (true, true) => "c-button small danger",
            (true, false) => "c-button small",
            (false, true) => "c-button danger",
            (false, false) => "c-button",
        };
        let _ = write!(html, r#"<button class="{class}">{}</button></form>"#, words.t(self.button));
        html
    }
}

/// Links to the pages before and after this one.
pub(crate) fn pager(page: u64, pages: u64, href: impl Fn(u64) -> String) -> String {
    if pages <= 1 {
        return String::new();
    }
    let link = |to: u64, text: &str| format!(r#"<a href="{}">{text}</a>"#, escape(&href(to)));
    let before = if page > 1 { link(page - 1, "‹") } else { "‹".into() };
    let after = if page < pages { link(page + 1, "›") } else { "›".into() };
    format!(r#"<nav class="c-pager">{before}<span>{page} / {pages}</span>{after}</nav>"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_spans_read_well() {
        let now = Ms(1_772_366_400_005);
        assert_eq!(short(now, now), "12:00:00");
        assert_eq!(short(now - 24 * HOUR, now), "02-28 12:00:00");
        assert_eq!(fine(now, now), "12:00:00.005");
        assert_eq!([span(5), span(5_000), span(180_000), span(3 * HOUR)], ["5 ms", "5 s", "3 min", "3 h"]);
        assert_eq!([left(now + 61_000, now), left(now - 5_000, now)], ["01:01", "+00:05"]);
        assert_eq!(left(now + 2 * HOUR + 3_000, now), "2:00:03");
        assert_eq!(
            [count(1), count(1_234), count(-1_234_567)],
            ["1", "1\u{202f}234", "-1\u{202f}234\u{202f}567"]
        );
    }

    #[test]
    fn what_is_sent_along_cannot_break_out_of_its_form() {
        let ask = Ask {
            csrf: "token",
            deed: "dead.drop",
            button: "drop",
            back: "/console/messages",
            hidden: vec![("service", "\"><script>".into())],
            fields: vec![("name", "name", "'\"<b>".into(), "text")],
            wants_reason: true,
            danger: true,
        };
        let html = ask.html(Words { zh: false });
        assert!(
            !html.contains("<script") && !html.contains("<b>") && html.contains("name=\"reason\""),
            "{html}"
        );
    }
}
