//! What came of each mutant, for a terminal and for a page.

use super::checkers::{Caught, Looked};
use super::known::Known;
use crate::table;

/// A mutant and who looked at it.
pub(super) struct Row<'a> {
    pub(super) mutant: &'a Known,
    pub(super) looked: Vec<Looked>,
}

const HEAD: [&str; 5] = ["mutant", "what is broken", "caught by", "after", "complaint"];

impl Row<'_> {
    fn caught(&self) -> Vec<&Caught> {
        self.looked.iter().filter_map(Looked::caught).collect()
    }

    /// Whether everybody looked and nobody saw it.
    pub(super) fn survives(&self) -> bool {
        self.caught().is_empty() && !self.looked.contains(&Looked::Skipped)
    }

    /// In a few words.
    pub(super) fn verdict(&self) -> String {
        let said = self.looked.iter().map(|looked| match looked {
            Looked::Caught(Caught { by, after, .. }) => format!("{by} after {after}"),
            Looked::Missed(how) => how.clone(),
            Looked::Skipped => "skipped: there is no PostgreSQL".to_owned(),
        });
        let said = said.collect::<Vec<_>>().join("; ");
        if self.survives() { format!("SURVIVES: {said}") } else { said }
    }

    fn cells(&self) -> [String; 5] {
        let caught = self.caught();
        let all = |of: fn(&Caught) -> &str| caught.iter().map(|caught| of(caught)).collect::<Vec<_>>();
        let by =
            if caught.is_empty() { vec![self.verdict()] } else { vec![all(|caught| &caught.by).join(", ")] };
        let sentence = caught.first().map(|caught| caught.sentence.clone()).unwrap_or_default();
        let after = all(|caught| &caught.after).join(", ");
        [self.mutant.name.clone(), self.mutant.breaks.clone(), by.concat(), after, sentence]
    }
}

/// For a terminal.
pub(super) fn table(rows: &[Row<'_>]) -> String {
    table::table(HEAD, &rows.iter().map(Row::cells).collect::<Vec<_>>())
}

/// For a page; what each mutant stands for is said too.
pub(super) fn markdown(rows: &[Row<'_>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let head = HEAD.map(str::to_owned);
    let rule = HEAD.map(|_| "---".to_owned());
    let body = rows.iter().map(|row| {
        let [name, breaks, by, after, sentence] = row.cells();
        let breaks = format!("{breaks} *({})*", row.mutant.stands_for);
        line(&[format!("`{name}`"), breaks, by, after, sentence.replace('|', "\\|")])
    });
    [line(&head), line(&rule)].into_iter().chain(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        Known {
            name: "no-x".to_owned(),
            breaks: "There is no x.".to_owned(),
            stands_for: "hole 3".to_owned(),
            simulated: true,
            modelled: true,
            suites: Vec::new(),
        }
    }

    fn caught(by: &str, after: &str) -> Looked {
        let (by, after, sentence) = (by.to_owned(), after.to_owned(), "no | x".to_owned());
        Looked::Caught(Caught { by, after, sentence })
    }

    #[test]
    fn a_row_names_everybody_who_saw_it() {
        let looked = vec![caught("simulator", "2 seeds"), caught("model", "7 states")];
        let row = Row { mutant: &known(), looked };
        assert!(!row.survives());
        let page = markdown(&[row]);
        let line = "| `no-x` | There is no x. *(hole 3)* | simulator, model | 2 seeds, 7 states | no \\| x |";
        assert!(page.contains(line), "{page}");
    }

    #[test]
    fn a_mutant_survives_if_everybody_looked_and_nobody_saw_it() {
        let missed = || Looked::Missed("model: not in 9 states".to_owned());
        let of = |looked| Row { mutant: &known(), looked }.survives();
        assert!(of(vec![missed()]) && of(vec![]));
        assert!(!of(vec![missed(), Looked::Skipped]) && !of(vec![missed(), caught("model", "1")]));
    }
}
