//! Tables as text, compared whatever their spacing.

/// The table's words with one space between them, line by line.
pub(crate) fn squeeze(table: &str) -> String {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    table.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// One line of a table.
pub(crate) fn row(first: &'static str, cells: impl IntoIterator<Item = &'static str>) -> String {
    [first].into_iter().chain(cells).collect::<Vec<_>>().join(" ")
}
