//! Plots as SVG, drawn on the server. Pure: numbers in, text out; the colours are the style sheet's.

use std::fmt::Write;

/// One bar of a histogram.
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: i64,
    /// There are more than `value`.
    pub(crate) more: bool,
    /// How it is coloured: a class of the style sheet.
    pub(crate) class: &'static str,
}

/// One column of a stacked plot.
pub(crate) struct Column {
    pub(crate) label: String,
    /// Class and value of each part, from the bottom up.
    pub(crate) parts: Vec<(&'static str, u64)>,
}

const WIDTH: i64 = 900;
const HEIGHT: i64 = 190;
const LEFT: i64 = 44;
const BOTTOM: i64 = 26;
const TOP: i64 = 16;
const PLOT: i64 = HEIGHT - BOTTOM - TOP;

/// A histogram.
pub(crate) fn bars(title: &str, bars: &[Bar]) -> String {
    let top = ceiling(bars.iter().map(|bar| bar.value.unsigned_abs()).max().unwrap_or(0));
    let mut svg = begin(title, top);
    let count = i64::try_from(bars.len().max(1)).unwrap_or(1);
    for (index, bar) in (0..).zip(bars) {
        let (x, width) = slot(index, count);
        let height = scaled(bar.value.unsigned_abs(), top);
        let y = TOP + PLOT - height;
        let value = if bar.more { format!("{}+", bar.value) } else { bar.value.to_string() };
        let label = escape(&bar.label);
        let _ = write!(
            svg,
            r#"<g class="bar {}"><title>{label}: {value}</title><rect x="{x}" y="{y}" width="{width}" height="{height}" rx="2"/>"#,
            bar.class
        );
        let middle = x + width / 2;
        if bar.value != 0 {
            let _ = write!(svg, r#"<text class="value" x="{middle}" y="{}">{value}</text>"#, y - 3);
        }
        let _ = write!(svg, r#"<text class="tick" x="{middle}" y="{}">{label}</text></g>"#, HEIGHT - 9);
    }
    svg.push_str("</svg>");
    svg
}

/// A plot of stacked columns over time; a label is written under every column that has one.
pub(crate) fn columns(title: &str, columns: &[Column]) -> String {
    let sum = |column: &Column| column.parts.iter().map(|(_, value)| value).sum::<u64>();
    let top = ceiling(columns.iter().map(sum).max().unwrap_or(0));
    let mut svg = begin(title, top);
    let count = i64::try_from(columns.len().max(1)).unwrap_or(1);
    for (index, column) in (0..).zip(columns) {
        let (x, width) = slot(index, count);
        let mut y = TOP + PLOT;
        for (class, value) in column.parts.iter().filter(|(_, value)| *value > 0) {
            let height = scaled(*value, top).max(1);
            y -= height;
            let _ = write!(
                svg,
                r#"<rect class="part {class}" x="{x}" y="{y}" width="{width}" height="{height}"><title>{}: {value}</title></rect>"#,
                escape(&column.label)
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

fn begin(title: &str, top: u64) -> String {
    let title = escape(title);
    let mut svg = format!(
        r#"<svg class="c-plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}" preserveAspectRatio="none">"#
    );
    for line in 0..=2 {
        let y = TOP + PLOT - PLOT * line / 2;
        let value = top * line.unsigned_abs() / 2;
        let _ = write!(
            svg,
            r#"<path class="grid" d="M{LEFT} {y}H{WIDTH}"/><text class="scale" x="{}" y="{}">{value}</text>"#,
            LEFT - 6,
            y + 4
        );
    }
    svg
}

/// Where a bar stands and how wide it is.
fn slot(index: i64, count: i64) -> (i64, i64) {
    let room = WIDTH - LEFT;
    let (from, to) = (LEFT + room * index / count, LEFT + room * (index + 1) / count);
    let gap = if count > 40 { 1 } else { 5 };
    (from + gap, (to - from - 2 * gap).max(1))
}

fn scaled(value: u64, top: u64) -> i64 {
    let height = value.saturating_mul(PLOT.unsigned_abs()) / top.max(1);
    i64::try_from(height).unwrap_or(PLOT)
}

/// The first round number that is not below `most`, and even, so that its half is whole.
fn ceiling(most: u64) -> u64 {
    let mut step = 1;
    loop {
        for round in [2, 4, 6, 10] {
            if round * step >= most {
                return round * step;
            }
        }
        step *= 10;
    }
}

/// Text as it may stand in SVG and HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_bar_fills_the_plot_at_most_and_nothing_divides_by_nought() {
        for most in [0, 1, 2, 3, 7, 99, 10_000, 1_234_567] {
            let top = ceiling(most);
            assert!(top >= most && top > 0 && top.is_multiple_of(2));
            assert!(scaled(most, top) <= PLOT);
        }
        assert!(bars("x", &[]).ends_with("</svg>"));
        assert!(columns("x", &[]).ends_with("</svg>"));
    }

    #[test]
    fn labels_are_escaped() {
        let evil = Bar { label: "<script>".into(), value: 1, more: true, class: "due" };
        let svg = bars("\"><b>", &[evil]);
        assert!(
            svg.contains("&lt;script&gt;: 1+")
                && svg.contains("&quot;&gt;&lt;b&gt;")
                && !svg.contains("<script")
        );
    }
}
