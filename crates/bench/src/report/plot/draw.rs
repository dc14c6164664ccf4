//! A plot as markup.

use super::scale::{Scale, readable};
use super::{Plot, Series, Shape};
use crate::report::html::escape;

/// Lines with no more points than this have a dot at each.
const DOTS_MAX: usize = 24;
/// Axes with more marks than this show every other one where there is little room.
const MARKS_MAX: usize = 6;
/// Colours there are.
const COLOURS: usize = 5;
/// How much of its place a bar fills.
const BAR: f64 = 0.72;

/// A plot with its title, and a legend where there are several series.
pub(in crate::report) fn figure(plot: &Plot) -> String {
    let scale = Scale::over(plot);
    let (drawn, above) = match plot.shape {
        Shape::Lines => (lines(scale, plot), dots(scale, plot)),
        Shape::Bars => (String::new(), bars(scale, plot)),
    };
    let (title, unit) = (escape(&plot.title), escape(&plot.unit));
    format!(
        "<figure><figcaption>{title} <small>{unit}</small>{}</figcaption><div class=\"plot\">\
         <svg viewBox=\"0 0 100 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{title}\">{}{drawn}{}</svg>\
         {}{}{above}</div></figure>\n",
        legend(plot),
        grid(scale),
        wanted(scale, plot),
        up(scale),
        along(scale, plot),
    )
}

fn grid(scale: Scale) -> String {
    let line = |(y, _): (f64, String)| {
        format!("<line class=\"grid\" x1=\"0\" x2=\"100\" y1=\"{0:.2}\" y2=\"{0:.2}\"/>", 100.0 - y)
    };
    scale.marks().into_iter().map(line).collect()
}

fn wanted(scale: Scale, plot: &Plot) -> String {
    let line = |value: f64| {
        let y = 100.0 - scale.y(value);
        format!("<line class=\"wanted\" x1=\"0\" x2=\"100\" y1=\"{y:.2}\" y2=\"{y:.2}\"/>")
    };
    plot.wanted.map(line).unwrap_or_default()
}

fn up(scale: Scale) -> String {
    let mark = |(y, name): (f64, String)| format!("<i class=\"y\" style=\"bottom:{y:.2}%\">{name}</i>");
    scale.marks().into_iter().map(mark).collect()
}

fn along(scale: Scale, plot: &Plot) -> String {
    let own = plot.axis.ticks.iter().filter(|(x, _)| scale.shows(*x));
    let own: Vec<(f64, String)> = own.map(|(x, name)| (scale.x(*x), escape(name))).collect();
    let marks = if plot.axis.ticks.is_empty() { scale.even(&plot.axis.unit) } else { own };
    let many = if marks.len() > MARKS_MAX { " many" } else { "" };
    let mark = |(x, name): (f64, String)| format!("<i class=\"x{many}\" style=\"left:{x:.2}%\">{name}</i>");
    format!("<span class=\"along\">{}</span>", marks.into_iter().map(mark).collect::<String>())
}

fn lines(scale: Scale, plot: &Plot) -> String {
    let place = |(x, y): &(f64, f64)| format!("{:.2},{:.2}", scale.x(*x), 100.0 - scale.y(*y));
    let line = |(number, one): (usize, &Series)| {
        let (points, colour) = (one.points.iter().map(place).collect::<Vec<_>>(), number % COLOURS);
        let area = match (number, one.points.first(), one.points.last()) {
            (0, Some((first, _)), Some((last, _))) => format!(
                "<polygon class=\"area c{colour}\" points=\"{:.2},100 {} {:.2},100\"/>",
                scale.x(*first),
                points.join(" "),
                scale.x(*last)
            ),
            _ => String::new(),
        };
        format!("{area}<polyline class=\"line c{colour}\" points=\"{}\"/>", points.join(" "))
    };
    plot.series.iter().enumerate().map(line).collect()
}

fn dots(scale: Scale, plot: &Plot) -> String {
    let few = |(_, one): &(usize, &Series)| one.points.len() <= DOTS_MAX;
    let dots = plot.series.iter().enumerate().filter(few).flat_map(|(number, one)| {
        one.points.iter().map(move |(x, y)| {
            let (left, bottom, said) = (scale.x(*x), scale.y(*y), readable(*y));
            let name = escape(&one.name);
            format!(
                "<b class=\"dot c{}\" style=\"left:{left:.2}%;bottom:{bottom:.2}%\" title=\"{name} {said}\"></b>",
                number % COLOURS
            )
        })
    });
    dots.collect()
}

fn bars(scale: Scale, plot: &Plot) -> String {
    let width = scale.step() * BAR;
    let bar = |(x, y): &(f64, f64)| {
        let (left, height) = (scale.x(*x) - width / 2.0, scale.y(*y));
        let said = if *y > 0.0 { readable(*y) } else { String::new() };
        format!(
            "<b class=\"bar\" style=\"left:{left:.2}%;width:{width:.2}%;height:{height:.2}%\"><i>{said}</i></b>"
        )
    };
    plot.series.iter().flat_map(|one| &one.points).map(bar).collect()
}

fn legend(plot: &Plot) -> String {
    let entry = |(number, one): (usize, &Series)| {
        format!("<span class=\"key c{}\">{}</span>", number % COLOURS, escape(&one.name))
    };
    let several = plot.series.len() > 1;
    let keys = plot.series.iter().enumerate().filter(|_| several).map(entry);
    let wanted =
        plot.wanted.map(|value| format!("<span class=\"key wanted\">wanted {}</span>", readable(value)));
    let keys: String = keys.chain(wanted).collect();
    format!("<span class=\"keys\">{keys}</span>")
}

#[cfg(test)]
mod tests {
    use super::super::Axis;
    use super::*;

    #[test]
    fn a_run_without_a_single_order_still_draws() {
        for plot in [
            Plot::lines("Nothing", "ms", Axis::plain("s"), vec![Series::new("a", vec![])]),
            Plot::bars("Nothing", "orders", []),
        ] {
            let drawn = figure(&plot);
            assert!(drawn.contains("<svg") && !drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
        }
    }

    #[test]
    fn names_are_text() {
        let series = || Series::even("<b>", [1.0, 2.0]);
        let plot = Plot::lines("<i>", "<u>", Axis::named(["<s>".to_owned()]), vec![series(), series()]);
        let drawn = figure(&plot);
        assert!(["<i>", "<u>", "<b>", "<s>"].iter().all(|tag| !drawn.contains(tag)), "{drawn}");
    }

    #[test]
    fn what_was_wanted_is_drawn_and_named() {
        let plot = Plot::lines("a", "ms", Axis::plain("s"), vec![Series::even("a", [1.0])]).wanting(60.0);
        let drawn = figure(&plot);
        assert!(drawn.contains("class=\"wanted\"") && drawn.contains("wanted 60"), "{drawn}");
    }
}
