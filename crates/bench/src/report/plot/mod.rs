//! Curves and bars. The picture is stretched to whatever room there is, so lines are drawn as SVG and everything that
//! must keep its shape — letters, dots — lies above it as text. Colours come from the page's style.

mod draw;
mod scale;

pub(super) use draw::figure;

/// A plot.
#[derive(Clone, Debug)]
pub struct Plot {
    /// What it shows.
    pub title: String,
    /// Unit of the vertical axis.
    pub unit: String,
    /// The horizontal axis.
    pub axis: Axis,
    /// How its series are drawn.
    pub shape: Shape,
    /// What it shows.
    pub series: Vec<Series>,
    /// A value that was wanted, drawn as a line across.
    pub wanted: Option<f64>,
}

/// How a plot's series are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// As lines.
    Lines,
    /// As bars.
    Bars,
}

/// The horizontal axis.
#[derive(Clone, Debug, Default)]
pub struct Axis {
    /// Shown at its numbers.
    pub unit: String,
    /// Where it is marked and with what; where empty, evenly with numbers.
    pub ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Even steps with numbers.
    pub fn plain(unit: &str) -> Self {
        Self { unit: unit.to_owned(), ticks: Vec::new() }
    }

    /// Marks at these places.
    pub fn marked(ticks: &[(f64, &str)]) -> Self {
        let ticks = ticks.iter().map(|(at, name)| (*at, (*name).to_owned())).collect();
        Self { unit: String::new(), ticks }
    }

    /// A mark for each of `names`, at 0, 1, 2 and so on.
    pub fn named(names: impl IntoIterator<Item = String>) -> Self {
        let ticks = (0_u32..).zip(names).map(|(at, name)| (f64::from(at), name)).collect();
        Self { unit: String::new(), ticks }
    }
}

/// A line, or a row of bars.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// Where it goes.
    pub points: Vec<(f64, f64)>,
}

impl Series {
    /// A series.
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points }
    }

    /// Values at 0, 1, 2 and so on.
    pub fn even(name: impl Into<String>, values: impl IntoIterator<Item = f64>) -> Self {
        Self::new(name, (0_u32..).map(f64::from).zip(values).collect())
    }
}

impl Plot {
    /// Lines over an axis.
    pub fn lines(title: &str, unit: &str, axis: Axis, series: Vec<Series>) -> Self {
        let (title, unit) = (title.to_owned(), unit.to_owned());
        Self { title, unit, axis, shape: Shape::Lines, series, wanted: None }
    }

    /// Bars with a name each.
    pub fn bars(title: &str, unit: &str, bars: impl IntoIterator<Item = (String, f64)>) -> Self {
        let (names, values): (Vec<_>, Vec<_>) = bars.into_iter().unzip();
        let (title, unit) = (title.to_owned(), unit.to_owned());
        let series = vec![Series::even("", values)];
        Self { title, unit, axis: Axis::named(names), shape: Shape::Bars, series, wanted: None }
    }

    /// With a line at what was wanted.
    #[must_use]
    pub fn wanting(self, value: f64) -> Self {
        Self { wanted: Some(value), ..self }
    }
}
