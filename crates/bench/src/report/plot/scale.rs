//! Where values lie in the picture, in percent of its width from the left and of its height from the bottom.

use super::{Plot, Shape};

/// Steps of an axis that has no marks of its own.
const STEPS: u32 = 4;

/// Maps values to places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    x_max: f64,
    y_max: f64,
    /// Where the horizontal axis begins: bars need half a bar's room on both sides.
    x_min: f64,
}

impl Scale {
    pub(super) fn over(plot: &Plot) -> Self {
        let all = || plot.series.iter().flat_map(|one| &one.points);
        let furthest = all().map(|(x, _)| *x).fold(0.0, f64::max);
        let y_max = all().map(|(_, y)| *y).chain(plot.wanted).fold(0.0, f64::max);
        let room = if plot.shape == Shape::Bars { 0.5 } else { 0.0 };
        let x_max = if furthest <= 0.0 && room <= 0.0 { 1.0 } else { furthest + room };
        Self { x_max, y_max: rounded_up(y_max), x_min: -room }
    }

    pub(super) fn x(self, x: f64) -> f64 {
        (x - self.x_min) / (self.x_max - self.x_min) * 100.0
    }

    pub(super) fn y(self, y: f64) -> f64 {
        y / self.y_max * 100.0
    }

    /// How wide a bar's place is.
    pub(super) fn step(self) -> f64 {
        100.0 / (self.x_max - self.x_min)
    }

    /// The marks of the vertical axis, with what stands there.
    pub(super) fn marks(self) -> Vec<(f64, String)> {
        let mark = |number: u32| {
            let value = self.y_max * f64::from(number) / f64::from(STEPS);
            (self.y(value), readable(value))
        };
        (0..=STEPS).map(mark).collect()
    }

    /// Marks of a horizontal axis with numbers.
    pub(super) fn even(self, unit: &str) -> Vec<(f64, String)> {
        let at = |number: u32| self.x_max * f64::from(number) / f64::from(STEPS);
        let name =
            |x: f64| if x.fract() < 0.01 { format!("{x:.0} {unit}") } else { format!("{x:.1} {unit}") };
        (0..=STEPS).map(at).map(|x| (self.x(x), name(x))).collect()
    }

    /// Whether a mark lies within the picture.
    pub(super) fn shows(self, x: f64) -> bool {
        x <= self.x_max + 0.01
    }
}

/// The next of 1, 2, 4, 6, 8, 10 times a power of ten.
fn rounded_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 4.0, 6.0, 8.0, 10.0];
    steps.into_iter().map(|step| step * power).find(|top| *top >= value).unwrap_or(10.0 * power)
}

/// A number with its thousands apart, and no more places than it needs.
pub(super) fn readable(value: f64) -> String {
    if value.fract().abs() > 1e-9 && value.abs() < 100.0 {
        let text = format!("{value:.2}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{value:.0}");
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits.as_str()), |rest| ("-", rest));
    let mut shown = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::super::{Axis, Series};
    use super::*;

    #[test]
    fn the_top_of_the_axis_is_a_round_number_not_below_the_highest_point() {
        for (value, top) in [(0.0, 1.0), (0.7, 0.8), (1.0, 1.0), (5_100.0, 6_000.0), (8_001.0, 10_000.0)] {
            assert!((rounded_up(value) - top).abs() < 1e-6, "{value}: {}", rounded_up(value));
        }
    }

    #[test]
    fn every_point_lies_inside_the_picture_and_so_does_what_was_wanted() {
        let points = vec![(0.0, 0.0), (30.0, 5_432.1)];
        let lines = Plot::lines("a", "ms", Axis::plain("s"), vec![Series::new("a", points)]).wanting(9_000.0);
        let bars = Plot::bars("b", "orders", [("x".to_owned(), 3.0), ("y".to_owned(), 0.0)]);
        for plot in [lines, bars] {
            let scale = Scale::over(&plot);
            for (x, y) in &plot.series[0].points {
                assert!((0.0..=100.0).contains(&scale.x(*x)), "{plot:?}");
                assert!((0.0..=100.0).contains(&scale.y(*y)), "{plot:?}");
            }
            assert!(plot.wanted.is_none_or(|wanted| scale.y(wanted) <= 100.0));
        }
    }

    #[test]
    fn numbers_are_readable() {
        for (value, text) in
            [(0.0, "0"), (1_320.0, "1,320"), (1e6, "1,000,000"), (0.5, "0.5"), (7.25, "7.25"), (150.5, "150")]
        {
            assert_eq!(readable(value), text);
        }
    }
}
