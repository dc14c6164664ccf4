//! Line plots as inline SVG. Colours come from the page's style, so they follow light and dark.

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 64.0;
/// Room for half of the last label.
const RIGHT: f64 = 32.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 32.0;
/// Steps of an axis that has no ticks of its own.
const STEPS: u32 = 4;

/// The horizontal axis.
pub(super) struct Axis {
    /// Shown at its end.
    pub(super) unit: &'static str,
    /// Where it is marked and with what; where empty, evenly with numbers.
    pub(super) ticks: Vec<(f64, &'static str)>,
}

impl Axis {
    /// Even steps with numbers.
    pub(super) fn plain(unit: &'static str) -> Self {
        Self { unit, ticks: Vec::new() }
    }
}

/// A line of the plot.
pub(super) struct Series {
    pub(super) name: &'static str,
    pub(super) points: Vec<(f64, f64)>,
}

/// Maps values to places in the picture.
#[derive(Clone, Copy)]
struct Scale {
    x_max: f64,
    y_max: f64,
}

impl Scale {
    fn over(series: &[Series]) -> Self {
        let all = || series.iter().flat_map(|one| &one.points);
        let x_max = all().map(|(x, _)| *x).fold(1.0, f64::max);
        let y_max = all().map(|(_, y)| *y).fold(0.0, f64::max);
        Self { x_max, y_max: rounded_up(y_max) }
    }

    fn x(self, x: f64) -> f64 {
        LEFT + x / self.x_max * (WIDTH - LEFT - RIGHT)
    }

    fn y(self, y: f64) -> f64 {
        HEIGHT - BOTTOM - y / self.y_max * (HEIGHT - TOP - BOTTOM)
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

/// A plot of `series`, with a legend where there are several.
pub(super) fn lines(title: &str, axis: Axis, unit: &str, series: &[Series]) -> String {
    let scale = Scale::over(series);
    let grid = horizontal(scale) + &vertical(scale, axis);
    let drawn: String = series.iter().enumerate().map(|(number, one)| line(scale, number, one)).collect();
    let legend = if series.len() > 1 { legend(series) } else { String::new() };
    format!(
        "<figure><figcaption>{title} <small>({unit})</small>{legend}</figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">{grid}{drawn}</svg></figure>"
    )
}

fn horizontal(scale: Scale) -> String {
    let step = |number: u32| {
        let value = scale.y_max * f64::from(number) / f64::from(STEPS);
        let (y, end, before) = (scale.y(value), WIDTH - RIGHT, LEFT - 8.0);
        format!(
            "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{end}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
             <text x=\"{before}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
            y + 4.0
        )
    };
    (0..=STEPS).map(step).collect()
}

fn vertical(scale: Scale, axis: Axis) -> String {
    let even = |number: u32| scale.x_max * f64::from(number) / f64::from(STEPS);
    let ticks: Vec<(f64, String)> = if axis.ticks.is_empty() {
        (0..=STEPS).map(even).map(|x| (x, format!("{:.0} {}", x, axis.unit))).collect()
    } else {
        axis.ticks.into_iter().map(|(x, name)| (x, name.to_owned())).collect()
    };
    let shown = ticks.into_iter().filter(|(x, _)| *x <= scale.x_max + 0.01);
    let y = HEIGHT - BOTTOM + 20.0;
    let mark = |(x, name): (f64, String)| {
        format!("<text x=\"{:.1}\" y=\"{y}\" text-anchor=\"middle\">{name}</text>", scale.x(x))
    };
    shown.map(mark).collect::<Vec<_>>().concat()
}

fn line(scale: Scale, number: usize, series: &Series) -> String {
    let points: Vec<String> =
        series.points.iter().map(|(x, y)| format!("{:.1},{:.1}", scale.x(*x), scale.y(*y))).collect();
    format!("<polyline class=\"line c{number}\" points=\"{}\"/>", points.join(" "))
}

fn legend(series: &[Series]) -> String {
    let entry =
        |(number, one): (usize, &Series)| format!(" <span class=\"key c{number}\">{}</span>", one.name);
    series.iter().enumerate().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_the_axis_is_a_round_number_not_below_the_highest_point() {
        for (value, top) in [(0.0, 1.0), (0.7, 0.8), (1.0, 1.0), (5_100.0, 6_000.0), (8_001.0, 10_000.0)] {
            assert!((rounded_up(value) - top).abs() < 1e-6, "{value}: {}", rounded_up(value));
        }
    }

    #[test]
    fn every_point_lies_inside_the_picture() {
        let series = [Series { name: "a", points: vec![(0.0, 0.0), (30.0, 5_432.1)] }];
        let scale = Scale::over(&series);
        for (x, y) in &series[0].points {
            assert!((LEFT..=WIDTH - RIGHT).contains(&scale.x(*x)));
            assert!((TOP..=HEIGHT - BOTTOM).contains(&scale.y(*y)));
        }
    }

    #[test]
    fn the_last_label_of_the_axis_is_not_cut_off() {
        // Wider than any character of a label at the page's size of letters.
        const CHARACTER: f64 = 7.5;
        for label in ["99.99 %", "1320 s"] {
            assert!(f64::from(u8::try_from(label.len()).unwrap()) * CHARACTER / 2.0 <= RIGHT, "{label}");
        }
    }

    #[test]
    fn a_run_without_a_single_order_still_draws() {
        assert!(
            lines("Nothing", Axis::plain("s"), "ms", &[Series { name: "a", points: vec![] }])
                .contains("<svg")
        );
    }
}
