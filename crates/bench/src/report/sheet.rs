//! The one shape of all reports for people: what was done and when, a verdict, figures, and sections of plots and
//! tables. Every command fills it in; [`super::html`] alone knows how it looks.

use super::made::Made;
use super::plot::Plot;

/// A report for people.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What was measured, in a few words.
    pub title: String,
    /// On what, when, and by which command.
    pub made: Made,
    /// How the run was set, a line each.
    pub setting: Vec<String>,
    /// What is to be thought of it.
    pub verdict: Verdict,
    /// What matters most.
    pub figures: Vec<Figure>,
    /// Everything else.
    pub sections: Vec<Section>,
}

/// What is to be thought of a run, in a word or two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is as it should be; `None` where nothing was held against anything.
    pub good: Option<bool>,
    /// In words.
    pub said: String,
}

impl Verdict {
    /// `yes` or `no`, as it is.
    pub fn of(good: bool, yes: &str, no: &str) -> Self {
        Self { good: Some(good), said: if good { yes } else { no }.to_owned() }
    }

    /// Something was measured and held against nothing.
    pub fn measured() -> Self {
        Self { good: None, said: "measured".to_owned() }
    }
}

/// A number that is shown large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// The number, as it is to be read.
    pub value: String,
    /// Its unit; may be empty.
    pub unit: String,
}

impl Figure {
    /// A figure.
    pub fn new(name: impl Into<String>, value: impl Into<String>, unit: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), unit: unit.into() }
    }
}

/// What belongs together.
#[derive(Clone, Debug, Default)]
pub struct Section {
    /// Its heading; empty in a report that has but one.
    pub title: String,
    /// The command that does this part alone; empty where that is the report's.
    pub command: String,
    /// Curves and bars.
    pub plots: Vec<Plot>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Text with a heading each, line by line.
    pub notes: Vec<(String, Vec<String>)>,
}

/// A table. The first column names its row.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// What it is about.
    pub title: String,
    /// The heads of its columns.
    pub head: Vec<String>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Whether its cells are sentences rather than numbers; then a phone shows a cell a line.
    pub words: bool,
    /// Whether it takes the whole width.
    pub wide: bool,
}

/// A row of a table.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// A cell for each head.
    pub cells: Vec<String>,
    /// Whether what it says is as it should be, where that was asked.
    pub good: Option<bool>,
}

impl Table {
    /// An empty table.
    pub fn new(title: &str, head: &[&str]) -> Self {
        let head = head.iter().map(|name| (*name).to_owned()).collect();
        Self { title: title.to_owned(), head, rows: Vec::new(), words: false, wide: false }
    }

    /// An empty table of sentences.
    pub fn of_words(title: &str, head: &[&str]) -> Self {
        Self { words: true, wide: true, ..Self::new(title, head) }
    }

    /// With one row more.
    pub fn push(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(Row { cells: cells.into_iter().collect(), good: None });
    }

    /// With one row more that was held against something.
    pub fn push_judged(&mut self, cells: impl IntoIterator<Item = String>, good: bool) {
        self.rows.push(Row { cells: cells.into_iter().collect(), good: Some(good) });
    }
}
