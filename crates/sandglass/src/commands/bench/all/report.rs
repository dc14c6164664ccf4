//! All targets in one table, and all plots on one page.

use bench::report::{Figure, Made, Section, Sheet, Table, Verdict};
use serde::Serialize;

use super::row::{Outcome, Row};

/// Everything that was measured.
#[derive(Serialize)]
pub(super) struct All {
    setting: Setting,
    rows: Vec<Row>,
    #[serde(skip)]
    sections: Vec<Section>,
}

#[derive(Serialize)]
struct Setting {
    quick: bool,
}

impl All {
    pub(super) fn of(quick: bool) -> Self {
        Self { setting: Setting { quick }, rows: Vec::new(), sections: Vec::new() }
    }

    pub(super) fn add(&mut self, outcome: Outcome) {
        self.rows.extend(outcome.rows);
        self.sections.extend(outcome.section);
    }

    /// Whether nothing is other than it should be.
    pub(super) fn good(&self) -> bool {
        self.rows.iter().all(|row| row.ok != Some(false))
    }

    /// For a terminal: the table, and beneath each row its command.
    pub(super) fn lines(&self) -> Vec<String> {
        let width = |of: fn(&Row) -> &str, head: &str| {
            self.rows.iter().map(|row| of(row).chars().count()).max().unwrap_or(0).max(head.len())
        };
        let (what, wanted, seen) = (
            width(|row| &row.what, "what"),
            width(|row| &row.wanted, "wanted"),
            width(|row| &row.seen, "seen"),
        );
        let line = |cells: [&str; 4]| {
            let [a, b, c, d] = cells;
            format!("{a:<what$} | {b:<wanted$} | {c:<seen$} | {d}")
        };
        let mut lines = vec![line(["what", "wanted", "seen", "ok"])];
        for row in &self.rows {
            lines.push(line([&row.what, &row.wanted, &row.seen, row.word()]));
            lines.push(format!("  {}", row.command));
        }
        lines
    }

    /// As a page.
    pub(super) fn sheet(&self, made: Made) -> Sheet {
        let mut table = Table::of_words("Targets", &["what", "wanted", "seen", "command", "ok"]);
        for row in &self.rows {
            let cells = [&row.what, &row.wanted, &row.seen, &row.command].map(String::clone);
            let cells = cells.into_iter().chain([row.word().to_owned()]);
            match row.ok {
                Some(ok) => table.push_judged(cells, ok),
                None => table.push(cells),
            }
        }
        let first = Section { tables: vec![table], ..Section::default() };
        Sheet {
            title: "All targets".to_owned(),
            made,
            setting: self.setting_lines(),
            verdict: self.verdict(),
            figures: self.figures(),
            sections: std::iter::once(first).chain(self.sections.iter().cloned()).collect(),
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let count = |name: &str, ok: Option<bool>| {
            let rows = self.rows.iter().filter(|row| row.ok == ok).count();
            (rows > 0).then(|| Figure::new(name, rows.to_string(), format!("of {}", self.rows.len())))
        };
        let kinds = [
            ("targets met", Some(true)),
            ("targets not met", Some(false)),
            ("looked at, held to nothing", None),
        ];
        kinds.into_iter().filter_map(|(name, ok)| count(name, ok)).collect()
    }

    fn setting_lines(&self) -> Vec<String> {
        let quick = "A quick run: too small to be held to figures, only to whether everything is right.";
        if self.setting.quick { vec![quick.to_owned()] } else { Vec::new() }
    }

    fn verdict(&self) -> Verdict {
        match (self.setting.quick, self.good()) {
            (false, good) => Verdict::of(good, "All met", "Not all met"),
            (true, good) => Verdict::of(good, "All sound", "Not all sound"),
        }
    }
}
