//! The table: a sheet for each act, a row for each step, a column for each thing that can go wrong.

use std::fmt;

use super::{Deed, Step};

/// What came of one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// There is no such thing at this step: nobody waits who could hang up, or nothing can be lost.
    None,
    /// It came to its right end; how, in a few words.
    Right(String),
    /// It did not.
    Wrong(Vec<String>),
}

/// A step and what came of it in each way.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which step.
    pub step: Step,
    /// In the order of [`Deed::ALL`].
    pub cells: Vec<Cell>,
}

/// An act.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its name.
    pub title: String,
    /// Its steps, in their order.
    pub rows: Vec<Row>,
}

/// All acts on one engine. Displayed as tables in Markdown.
#[derive(Clone, Debug)]
pub struct Matrix {
    /// The engine's name.
    pub engine: &'static str,
    /// Its sheets.
    pub sheets: Vec<Sheet>,
    /// What a shop in which nobody does anything does; belongs to no act.
    pub idle: Vec<String>,
}

impl Matrix {
    /// Every cell that did not come to its right end, by name.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (sheet, row) in
            self.sheets.iter().flat_map(|sheet| sheet.rows.iter().map(move |row| (sheet, row)))
        {
            for (deed, cell) in Deed::ALL.iter().zip(&row.cells) {
                if let Cell::Wrong(why) = cell {
                    let cell = format!("{}, {}: {} × {}", self.engine, sheet.title, row.step, deed.title());
                    wrong.push(format!("{cell}: {}", why.join("; ")));
                }
            }
        }
        wrong
    }

    /// How many cells were played.
    pub fn cells(&self) -> usize {
        let rows = self.sheets.iter().flat_map(|sheet| &sheet.rows);
        rows.flat_map(|row| &row.cells).filter(|cell| **cell != Cell::None).count()
    }

    /// The heading of a sheet.
    fn heading(&self, sheet: &Sheet) -> String {
        format!("{}: {}", self.engine, sheet.title)
    }

    /// Every row by heading and step, in their order.
    pub fn rows(&self) -> Vec<(String, String)> {
        let of = |sheet: &Sheet| {
            let heading = self.heading(sheet);
            sheet.rows.iter().map(move |row| (heading.clone(), row.step.to_string())).collect::<Vec<_>>()
        };
        self.sheets.iter().flat_map(of).collect()
    }
}

/// The rows that a Markdown page has for `engine`, as [`Matrix::rows`] gives them.
pub fn rows_of(page: &str, engine: &str) -> Vec<(String, String)> {
    let mut heading = "";
    let mut rows = Vec::new();
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("### ") {
            heading = title;
        } else if let Some(row) = line.strip_prefix("| ")
            && heading.split(':').next() == Some(engine)
        {
            let step = row.split(" |").next().unwrap_or_default();
            rows.push((heading.to_owned(), step.to_owned()));
        }
    }
    rows.retain(|(_, step)| step != "step");
    rows
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let deeds: Vec<&str> = Deed::ALL.iter().map(|deed| deed.title()).collect();
        for sheet in &self.sheets {
            writeln!(f, "### {}\n", self.heading(sheet))?;
            writeln!(f, "| step | {} |", deeds.join(" | "))?;
            writeln!(f, "|---|{}", "---|".repeat(deeds.len()))?;
            for row in &sheet.rows {
                let cells: Vec<String> = row.cells.iter().map(ToString::to_string).collect();
                writeln!(f, "| {} | {} |", row.step, cells.join(" | "))?;
            }
            writeln!(f)?;
        }
        writeln!(f, "Belongs to no act on {}: {}.", self.engine, self.idle.join(", "))
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cell::None => f.write_str("–"),
            Cell::Right(how) => f.write_str(how),
            Cell::Wrong(_) => f.write_str("**WRONG**"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::{Act, Place};

    #[test]
    fn the_rows_of_a_page_are_those_that_were_printed() {
        let step = |nth| Step { place: Place::Trade, act: Act::Ask("item.hold"), nth };
        let row = |nth| Row { step: step(nth), cells: vec![Cell::None; Deed::ALL.len()] };
        let sheet = |title: &str| Sheet { title: title.into(), rows: vec![row(1), row(2)] };
        let matrix = |engine| Matrix { engine, sheets: vec![sheet("place"), sheet("pay")], idle: vec![] };
        let page = format!("{}\n{}", matrix("SQLite"), matrix("PostgreSQL"));
        assert_eq!(rows_of(&page, "SQLite"), matrix("SQLite").rows());
        assert_eq!(rows_of(&page, "SQLite").len(), 4);
        assert_eq!(rows_of(&page, "MySQL"), []);
    }
}
