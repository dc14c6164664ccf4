//! Tables as text, compared whatever their spacing.

/// The table's words with one space between them, line by line.
pub(crate) fn squeeze(table: &str) -> String {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    table.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// One line of a table.
pub(crate) fn row<'a>(first: &'a str, cells: impl IntoIterator<Item = &'a str>) -> String {
    [first].into_iter().chain(cells).collect::<Vec<_>>().join(" ")
}
