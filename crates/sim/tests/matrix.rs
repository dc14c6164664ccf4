//! Every step of every act, on both engines, with one thing going wrong at it: the shop comes to its right end.
//!
//! The rows are what a calm run passes; `docs/crashes.md` must have exactly these. To see the table:
//! `cargo test -p sim --test matrix -- --nocapture`.

use sim::matrix::{Engine, Matrix, rows_of, run};

const PAGE: &str = include_str!("../../../docs/crashes.md");
/// More than cores: on the server a cell waits most of its time.
const JOBS: usize = 3;

#[expect(clippy::print_stdout, reason = "the table is what somebody who runs this by hand wants to see")]
fn check(matrix: &Matrix) {
    println!("{matrix}");
    let wrong = matrix.wrong();
    assert!(wrong.is_empty(), "{} of {} cells are wrong:\n{}", wrong.len(), matrix.cells(), wrong.join("\n"));
    assert_rows(matrix);
}

/// A step of the product without a row, or a row without its step, is named.
fn assert_rows(matrix: &Matrix) {
    let (passed, page) = (matrix.rows(), rows_of(PAGE, matrix.engine));
    let beyond = |some: &[(String, String)], others: &[(String, String)]| {
        let alone: Vec<String> = some
            .iter()
            .filter(|row| !others.contains(row))
            .map(|(act, step)| format!("{act}: {step}"))
            .collect();
        alone.join("\n")
    };
    assert_eq!(beyond(&passed, &page), "", "steps without a row in docs/crashes.md");
    assert_eq!(beyond(&page, &passed), "", "rows of docs/crashes.md that no calm run passes");
}

#[test]
fn every_cell_on_sqlite_ends_right() {
    let matrix = run(Engine::Sqlite, JOBS).unwrap();
    check(&matrix.unwrap());
}

#[test]
fn every_cell_on_postgresql_ends_right() {
    if let Some(matrix) = run(Engine::Postgres, JOBS).unwrap() {
        check(&matrix);
    }
}
