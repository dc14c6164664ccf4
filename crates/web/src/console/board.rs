//! The deadline board: what falls due, who closed orders and how late. Pure.

use std::collections::BTreeMap;

use clock::{Ms, SECOND};

use super::data::{Deadlines, Slot};
use super::form::{count, span};
use super::plot::{Bar, Column, bars, columns};
use super::words::Words;

/// How long a slot is, in milliseconds, and how many are drawn.
const SLOT_MS: i64 = 10 * SECOND;
const SLOTS: i64 = 60;
/// The upper bounds of lags that are counted together, as `trade` counts them, in milliseconds.
const LAGS_MS: [i64; 14] =
    [5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 300_000];

/// Who closes orders: the class of the style sheet and key of the word table, from the bottom up.
pub(crate) const CLOSERS: [&str; 5] = ["timer", "sweep", "buyer", "staff", "other"];

fn closer(by: &str) -> &'static str {
    match by {
        "timer" => "timer",
        "sweep" => "sweep",
        "buyer" => "buyer",
        "staff" => "staff",
        _ => "other",
    }
}

/// The histogram of what falls due.
pub(crate) fn due(board: &Deadlines, words: Words) -> String {
    let late = i64::try_from(board.overdue).unwrap_or(i64::MAX);
    let overdue = Bar { label: "< 0".into(), value: late, more: false, class: "late" };
    let now = board.at.map_or(0, |time| time.0.0);
    let soon = board.buckets.iter().map(|bucket| Bar {
        label: format!("≤ {}", span(bucket.until.0.0 - now).replace(' ', "").replace("min", "m")),
        value: bucket.count,
        more: bucket.count >= board.bucket_max,
        class: "due",
    });
    let all: Vec<Bar> = std::iter::once(overdue).chain(soon).collect();
    bars(words.t("dueWhen"), &all)
}

/// The slots of all processes together, by their beginning.
pub(crate) fn merged(slots: impl IntoIterator<Item = Slot>) -> BTreeMap<i64, Slot> {
    let mut merged: BTreeMap<i64, Slot> = BTreeMap::new();
    for slot in slots {
        let sum = merged.entry(slot.began).or_insert_with(|| Slot { began: slot.began, ..Slot::default() });
        for (by, count) in slot.by {
            *sum.by.entry(by).or_default() += count;
        }
        sum.lags.resize(LAGS_MS.len() + 1, 0);
        sum.lags.iter_mut().zip(&slot.lags).for_each(|(sum, count)| *sum += count);
        sum.longest_ms = sum.longest_ms.max(slot.longest_ms);
    }
    merged
}

/// The plot of who closed orders in the last ten minutes, and how many each.
pub(crate) fn closes(
    slots: &BTreeMap<i64, Slot>,
    now: Ms,
    words: Words,
) -> (String, BTreeMap<&'static str, u64>) {
    let last = now.0 - now.0.rem_euclid(SLOT_MS);
    let mut totals = BTreeMap::new();
    let column = |index: i64| {
        let began = last - (SLOTS - 1 - index) * SLOT_MS;
        let mut parts: BTreeMap<&str, u64> = BTreeMap::new();
        for (by, count) in slots.get(&began).into_iter().flat_map(|slot| &slot.by) {
            *parts.entry(closer(by)).or_default() += count;
            *totals.entry(closer(by)).or_default() += count;
        }
        let parts = CLOSERS.into_iter().map(|by| (by, parts.get(by).copied().unwrap_or(0))).collect();
        Column { label: super::form::short(Ms(began), now), parts }
    };
    let drawn: Vec<Column> = (0..SLOTS).map(column).collect();
    (columns(words.t("closesPlot"), &drawn), totals)
}

/// The lag's median, its 99th percentile and its longest, as they are written; none if nothing closed by its time.
pub(crate) fn lags(slots: &BTreeMap<i64, Slot>) -> [(&'static str, String); 3] {
    let mut counts = vec![0; LAGS_MS.len() + 1];
    for slot in slots.values() {
        counts.iter_mut().zip(&slot.lags).for_each(|(sum, count)| *sum += count);
    }
    let longest = slots.values().map(|slot| slot.longest_ms).max().unwrap_or(0);
    let total: u64 = counts.iter().sum();
    let at = |percent: u64| {
        let bound = quantile(&counts, total, percent);
        bound.map_or_else(|| "–".to_owned(), |bound| format!("≤ {}", span(bound.min(longest.max(1)))))
    };
    let longest = if total == 0 { "–".into() } else { span(longest) };
    [("p50", at(50)), ("p99", at(99)), ("max", longest)]
}

/// The bound under which `percent` of all lags lie, the largest number beyond the last bound; `None` if there are none.
fn quantile(counts: &[u64], total: u64, percent: u64) -> Option<i64> {
    let wanted = (total * percent).div_ceil(100);
    let mut seen = 0;
    let at = counts.iter().position(|count| {
        seen += count;
        wanted > 0 && seen >= wanted
    })?;
    Some(LAGS_MS.get(at).copied().unwrap_or(i64::MAX))
}

/// The legend: class, name, how many.
pub(crate) fn legend(
    totals: &BTreeMap<&'static str, u64>,
    words: Words,
) -> Vec<(&'static str, String, String)> {
    let total = |by: &'static str| totals.get(by).copied().unwrap_or(0);
    let name = |by: &'static str| if by == "other" { "…".to_owned() } else { words.t(by).to_owned() };
    CLOSERS
        .into_iter()
        .map(|by| (by, name(by), count(i64::try_from(total(by)).unwrap_or(i64::MAX))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(began: i64, by: &str, count: u64, lag: usize, longest_ms: i64) -> Slot {
        let mut lags = vec![0; 15];
        lags[lag] = count;
        Slot { began, by: BTreeMap::from([(by.to_owned(), count)]), lags, longest_ms }
    }

    #[test]
    fn the_processes_closes_add_up_and_their_lags_have_quantiles() {
        let slots = merged([
            slot(0, "timer", 98, 0, 4),
            slot(0, "timer", 1, 2, 17),
            slot(10_000, "sweep", 1, 14, 400_000),
        ]);
        assert_eq!((slots.len(), slots[&0].by["timer"]), (2, 99));
        let [p50, p99, max] = lags(&slots);
        assert_eq!([p50.1, p99.1, max.1], ["≤ 5 ms", "≤ 20 ms", "6 min"]);
        assert!(lags(&BTreeMap::new()).iter().all(|(_, text)| text == "–"));
    }

    #[test]
    fn closes_are_drawn_by_who_closed_and_older_ones_are_left_out() {
        let words = Words { zh: false };
        let slots = merged([
            slot(600_000, "timer", 3, 0, 1),
            slot(600_000, "noStock", 2, 0, 1),
            slot(0, "buyer", 7, 0, 1),
        ]);
        let (svg, totals) = closes(&slots, Ms(605_000), words);
        assert_eq!((totals["timer"], totals["other"], totals.get("buyer")), (3, 2, None));
        assert!(svg.contains(r#"class="part timer""#) && !svg.contains(r#"class="part buyer""#));
    }
}
