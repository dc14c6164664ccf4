//! A report as one page that needs nothing else.

use super::plot;
use super::sheet::{Figure, Row, Section, Sheet, Table, Verdict};

const PAGE: &str = include_str!("page.html");

/// The report as a page.
pub(super) fn page(sheet: &Sheet) -> String {
    let machine = &sheet.made.machine;
    let parts = [
        ("title", escape(&sheet.title)),
        ("date", escape(&sheet.made.date)),
        ("machine", escape(&machine.line())),
        ("command", escape(&sheet.made.command)),
        ("setting", lines("p", &sheet.setting)),
        ("verdict", verdict(&sheet.verdict)),
        ("figures", sheet.figures.iter().map(figure).collect()),
        ("sections", sheet.sections.iter().map(section).collect()),
    ];
    filled(PAGE, &parts)
}

/// The template with `{{name}}` replaced. What is put in is not looked at again: it may hold braces of its own.
fn filled(template: &str, parts: &[(&str, String)]) -> String {
    let mut pieces = template.split("{{");
    let mut page = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once("}}").unwrap_or((piece, ""));
        page.extend(parts.iter().filter(|(part, _)| *part == name).map(|(_, value)| value.as_str()));
        page.push_str(rest);
    }
    page
}

/// Text that stands for itself, between tags and in quotes.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn lines(tag: &str, lines: &[String]) -> String {
    lines.iter().map(|line| format!("<{tag}>{}</{tag}>", escape(line))).collect::<Vec<_>>().concat()
}

fn verdict(verdict: &Verdict) -> String {
    format!("<strong class=\"verdict {}\">{}</strong>", judged(verdict.good), escape(&verdict.said))
}

fn judged(good: Option<bool>) -> &'static str {
    match good {
        Some(true) => "good",
        Some(false) => "bad",
        None => "",
    }
}

fn figure(figure: &Figure) -> String {
    let (name, value, unit) = (escape(&figure.name), escape(&figure.value), escape(&figure.unit));
    format!("<div class=\"figure\"><dt>{name}</dt><dd>{value} <small>{unit}</small></dd></div>\n")
}

fn section(section: &Section) -> String {
    let shown = |text: &str, before: &str, after: &str| match text {
        "" => String::new(),
        text => format!("{before}{}{after}", escape(text)),
    };
    let title = shown(&section.title, "<h2>", "</h2>");
    let command = shown(&section.command, "<pre class=\"command\"><code>", "</code></pre>");
    let plots: String = section.plots.iter().map(plot::figure).collect();
    let cards = section.tables.iter().map(table).chain(section.notes.iter().map(note));
    let cards: String = cards.collect();
    format!(
        "<section>{title}{command}<div class=\"plots\">{plots}</div><div class=\"cards\">{cards}</div></section>\n"
    )
}

fn note((title, text): &(String, Vec<String>)) -> String {
    format!("<div class=\"card\"><h3>{}</h3><pre>{}</pre></div>", escape(title), escape(&text.join("\n")))
}

fn table(table: &Table) -> String {
    let text: Vec<bool> = (0..table.head.len()).map(|column| table.words || is_text(table, column)).collect();
    let head =
        table.head.iter().zip(&text).map(|(name, text)| {
            format!("<th{}>{}</th>", if *text { " class=\"t\"" } else { "" }, escape(name))
        });
    let head = head.collect::<Vec<_>>().concat();
    let rows: String = table.rows.iter().map(|one| row(&table.head, &text, one)).collect();
    let wide = if table.wide { " wide" } else { "" };
    let words = if table.words { " words" } else { "" };
    format!(
        "<div class=\"card{wide}{words}\"><h3>{}</h3><div class=\"scroll\"><table><thead><tr>{head}</tr></thead>\
         <tbody>{rows}</tbody></table></div></div>",
        escape(&table.title)
    )
}

/// Whether a column holds words: the first always does, another where a cell does not begin as numbers do.
fn is_text(table: &Table, column: usize) -> bool {
    let number =
        |cell: &String| cell.starts_with(|first: char| first.is_ascii_digit() || "+-–".contains(first));
    column == 0 || table.rows.iter().filter_map(|row| row.cells.get(column)).any(|cell| !number(cell))
}

/// Each cell carries its column's name, which a narrow screen shows beside it in a table of words.
fn row(head: &[String], text: &[bool], row: &Row) -> String {
    let cell = |((name, text), cell): ((&String, &bool), &String)| {
        let class = if *text { " class=\"t\"" } else { "" };
        format!("<td{class} data-head=\"{}\">{}</td>", escape(name), escape(cell))
    };
    let first = row.cells.first().map(|name| format!("<th class=\"t\" scope=\"row\">{}</th>", escape(name)));
    let cells: String = head.iter().zip(text).zip(&row.cells).skip(1).map(cell).collect();
    format!("<tr class=\"{}\">{}{cells}</tr>", judged(row.good), first.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::report::{Axis, Made, Plot, Series};

    fn sheet() -> Sheet {
        let machine = Machine { cores: 2, cpu: "Fast & small".into(), kernel: "6.1".into() };
        let made =
            Made { command: "sandglass bench <all>".into(), date: "2026-01-02 03:04 UTC".into(), machine };
        let mut table = Table::of_words("Targets", &["what", "wanted", "seen", "ok"]);
        table.push_judged(["placed".into(), "≥ 5".into(), "{{title}} \"4\"".into(), "no".into()], false);
        let plot = Plot::lines("Rate", "orders/s", Axis::plain("s"), vec![Series::even("a", [1.0, 2.0])]);
        Sheet {
            title: "All".into(),
            made,
            setting: vec!["two clients".into()],
            verdict: Verdict::of(false, "Clean", "Not clean"),
            figures: vec![Figure::new("placed", "4", "/s")],
            sections: vec![Section { tables: vec![table], plots: vec![plot], ..Section::default() }],
        }
    }

    #[test]
    fn a_page_names_machine_command_date_and_verdict() {
        let page = page(&sheet());
        for told in [
            "Fast &amp; small",
            "sandglass bench &lt;all&gt;",
            "2026-01-02 03:04 UTC",
            "Not clean",
            "two clients",
        ] {
            assert!(page.contains(told), "{told}");
        }
    }

    #[test]
    fn a_page_loads_nothing_from_elsewhere_and_runs_nothing() {
        let page = page(&sheet());
        for loads in ["http:", "https:", "src=", "href=", "@import", "url(", "<script"] {
            assert!(!page.contains(loads), "{loads}");
        }
    }

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let mut table = Table::new("Ends", &["", "requests", "outcome"]);
        table.push(["place".into(), "7".into(), "acknowledged".into()]);
        assert_eq!([0, 1, 2].map(|column| is_text(&table, column)), [true, false, true]);
    }

    #[test]
    fn what_was_measured_is_not_read_as_template_or_markup() {
        let page = page(&sheet());
        assert!(page.contains("{{title}} &quot;4&quot;"));
        assert_eq!(page.matches("{{").count(), 1, "every place of the template is filled in");
    }
}
