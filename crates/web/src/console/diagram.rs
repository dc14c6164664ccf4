//! An order's states as a picture, with the path it took. Pure; the colours are the style sheet's.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::data::{Moved, Order};
use super::words::Words;

/// A place in the picture: its key, and the middle of its box.
struct Place {
    key: &'static str,
    x: i32,
    y: i32,
}

const fn at(key: &'static str, x: i32, y: i32) -> Place {
    Place { key, x, y }
}

const PLACES: [Place; 9] = [
    at("placing", 62, 34),
    at("unpaid", 210, 34),
    at("paid", 410, 34),
    at("shipped", 558, 34),
    at("received", 706, 34),
    at("reviewed", 854, 34),
    at("closing", 210, 128),
    at("refunding", 558, 128),
    at("closed", 410, 128),
];
const HALF_W: i32 = 54;
const HALF_H: i32 = 19;

/// The ways between them, each with the line it is drawn as.
const WAYS: [(&str, &str, &str); 11] = [
    ("placing", "unpaid", "M116 34H156"),
    ("unpaid", "paid", "M264 34H356"),
    ("paid", "shipped", "M464 34H504"),
    ("shipped", "received", "M612 34H652"),
    ("received", "reviewed", "M760 34H800"),
    ("unpaid", "closing", "M210 53V109"),
    ("closing", "closed", "M264 128H356"),
    ("closing", "paid", "M252 109L368 53"),
    ("paid", "refunding", "M452 53L520 109"),
    ("refunding", "closed", "M504 128H464"),
    ("placing", "closed", "M62 53V150Q62 172 84 172H388Q410 172 410 151"),
];

/// The places an order was in, oldest first, by its history.
pub(crate) fn path(moves: &[Moved]) -> Vec<&'static str> {
    let mut path: Vec<&'static str> = Vec::new();
    let mut enter = |place: &'static str| {
        if path.last() != Some(&place) {
            path.push(place);
        }
    };
    for step in moves {
        enter(state(step.from));
        match step.event.as_str() {
            "closeAsked" => enter("closing"),
            "refundAsked" => enter("refunding"),
            _ => enter(state_after(step)),
        }
    }
    path
}

/// A mark stands until the state changes.
fn state_after(step: &Moved) -> &'static str {
    state(step.to)
}

fn state(code: i64) -> &'static str {
    match code {
        0 => "placing",
        1 => "unpaid",
        2 => "paid",
        3 => "shipped",
        4 => "received",
        5 => "closed",
        _ => "reviewed",
    }
}

/// Where it is now.
pub(crate) fn here(order: &Order) -> &'static str {
    match order.status {
        1 if order.close_asked => "closing",
        2 if order.refunding => "refunding",
        code => state(code),
    }
}

/// The ways it took: between two places that follow each other, and over a mark that stood meanwhile.
fn taken(path: &[&'static str]) -> BTreeSet<(&'static str, &'static str)> {
    let mut marks = path.to_vec();
    // A mark and the state it stands on alternate while other entries are written: keep the mark.
    marks.dedup();
    let mut ways = BTreeSet::new();
    let mut last: Option<&'static str> = None;
    for place in marks {
        match last {
            Some("closing") if place == "unpaid" => continue,
            Some("refunding") if place == "paid" => continue,
            Some(from) => drop(ways.insert((from, place))),
            None => {}
        }
        last = Some(place);
    }
    ways
}

/// The picture as SVG.
pub(crate) fn svg(order: &Order, moves: &[Moved], words: Words) -> String {
    let (path, here) = (path(moves), here(order));
    let ways = taken(&path);
    let mut svg = String::from(
        r#"<svg class="c-states" viewBox="0 0 916 184" role="img" aria-labelledby="c-states-t"><title id="c-states-t">"#,
    );
    let _ = write!(svg, "{}: {}</title>", words.t("state"), words.t(here));
    svg.push_str(
        r#"<defs><marker id="c-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker><marker id="c-tip-on" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="on" d="M0 0L8 4L0 8z"/></marker></defs>"#,
    );
    for (from, to, line) in WAYS {
        let on = ways.contains(&(from, to));
        let (class, tip) = if on { ("way on", "c-tip-on") } else { ("way", "c-tip") };
        let _ = write!(svg, r#"<path class="{class}" d="{line}" marker-end="url(#{tip})"/>"#);
    }
    for Place { key, x, y } in &PLACES {
        let class = match () {
            () if *key == here => "place here",
            () if path.contains(key) => "place on",
            () => "place",
        };
        let (left, top) = (x - HALF_W, y - HALF_H);
        let _ = write!(
            svg,
            r#"<g class="{class}"><rect x="{left}" y="{top}" width="{}" height="{}" rx="9"/><text x="{x}" y="{}">{}</text></g>"#,
            2 * HALF_W,
            2 * HALF_H,
            y + 5,
            words.t(key)
        );
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use api::Time;
    use clock::Ms;

    use super::*;

    fn step(event: &str, from: i64, to: i64) -> Moved {
        let (actor, note, trace) = ("timer".into(), String::new(), String::new());
        Moved { at: Time(Ms(0)), event: event.into(), from, to, actor, by: None, note, trace }
    }

    #[test]
    fn the_path_of_an_order_that_was_closed_goes_over_the_wish_to_close() {
        let moves = [
            step("placed", 0, 0),
            step("held", 0, 1),
            step("paymentApplied", 1, 1),
            step("closeAsked", 1, 1),
            step("closed", 1, 5),
        ];
        let path = path(&moves);
        assert_eq!(path, ["placing", "unpaid", "closing", "unpaid", "closed"]);
        let ways = taken(&path);
        assert!(ways.contains(&("closing", "closed")) && ways.contains(&("unpaid", "closing")));
        assert!(!ways.contains(&("unpaid", "closed")) && !ways.contains(&("closing", "unpaid")));
    }

    #[test]
    fn every_way_joins_places_that_are_there() {
        for (from, to, _) in WAYS {
            assert!(
                PLACES.iter().any(|place| place.key == from) && PLACES.iter().any(|place| place.key == to)
            );
        }
    }
}
