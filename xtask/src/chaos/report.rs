//! What was broken, and what the load saw of it.

use std::time::Duration;

use super::sampler::Sample;
use super::swept::Swept;
use crate::table::table;

/// A fault that was inflicted and mended; times from the load's start on.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    pub(super) name: String,
    pub(super) from: Duration,
    pub(super) to: Duration,
}

/// The table of faults. `samples` and `swept` have the same times; an order that the sweep closed is counted with the
/// last fault before it.
pub(super) fn faults(broken: &[Broken], samples: &[Sample], swept: &Swept) -> String {
    let next = broken.iter().skip(1).map(|next| next.from).chain([Duration::MAX]);
    let row = |(one, next): (&Broken, Duration)| {
        let seen = seen(samples, one.from, one.to);
        let [orders, lowest, errors] = seen.map_or_else(Default::default, |seen| {
            [seen.orders, seen.lowest, seen.errors].map(|number| number.to_string())
        });
        let at = |time: Duration| format!("+{} s", time.as_secs());
        let swept = swept.within(&(one.from..next)).to_string();
        [one.name.clone(), at(one.from), at(one.to), orders, lowest, errors, swept]
    };
    let rows: Vec<_> = broken.iter().zip(next).map(row).collect();
    table(["fault", "from", "to", "orders/s", "lowest", "errors/s", "closed by sweep"], &rows)
}

/// What the doors answered in a span, each second on average.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    orders: u64,
    lowest: u64,
    errors: u64,
}

/// `None` if nobody looked in that time.
fn seen(samples: &[Sample], from: Duration, to: Duration) -> Option<Seen> {
    // A fault of less than a second shows in the second after it.
    let to = to.max(from + Duration::from_secs(1)) + Duration::from_secs(1);
    let within: Vec<&Sample> = samples.iter().filter(|sample| (from..to).contains(&sample.at)).collect();
    let count = u64::try_from(within.len()).ok().filter(|count| *count > 0)?;
    Some(Seen {
        orders: within.iter().map(|sample| sample.orders).sum::<u64>() / count,
        lowest: within.iter().map(|sample| sample.orders).min()?,
        errors: within.iter().map(|sample| sample.failed).sum::<u64>() / count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: u64, orders: u64, failed: u64) -> Sample {
        Sample { at: Duration::from_secs(at), orders, failed }
    }

    #[test]
    fn a_fault_is_shown_with_what_happened_in_its_time() {
        let samples = [sample(1, 300, 0), sample(2, 100, 40), sample(3, 200, 20), sample(4, 300, 0)];
        let at = Duration::from_secs;
        assert_eq!(seen(&samples, at(2), at(3)), Some(Seen { orders: 150, lowest: 100, errors: 30 }));
        assert_eq!(seen(&samples, at(9), at(12)), None);
    }

    #[test]
    fn a_fault_nobody_looked_at_has_empty_cells() {
        let at = Duration::from_secs(7);
        let kill = Broken { name: "kill pay-1".to_owned(), from: at, to: at };
        let shown = faults(&[kill], &[], &Swept::default());
        let cells: Vec<&str> = shown.lines().last().unwrap().split_whitespace().collect();
        assert_eq!(cells, ["kill", "pay-1", "+7", "s", "+7", "s", "0"], "{shown}");
    }

    #[test]
    fn what_the_sweep_closed_is_counted_with_the_last_fault_before() {
        let fault = |name: &str, from: u64, to: u64| Broken {
            name: name.to_owned(),
            from: Duration::from_secs(from),
            to: Duration::from_secs(to),
        };
        let swept = Swept::at_seconds(&[31, 38, 40, 99]);
        let shown = faults(&[fault("calm", 0, 30), fault("one", 30, 35), fault("two", 40, 41)], &[], &swept);
        let counts: Vec<&str> =
            shown.lines().rev().take(3).filter_map(|line| line.split_whitespace().last()).collect();
        assert_eq!(counts, ["2", "2", "0"], "{shown}");
    }
}
