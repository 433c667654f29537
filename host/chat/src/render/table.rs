//! Tables: Discord shows none, so a narrow one becomes aligned text, a wide one of two columns a list, and any other a
//! CSV file.

use unicode_width::UnicodeWidthStr;

/// What a phone shows in one line of a code block.
const WIDTH: usize = 42;
/// More columns or rows than a person reads in a chat; also bounds the work on hostile input.
const ROWS: usize = 30;
/// More names than this are looked up, not read.
const LISTED: usize = 15;

/// A table of a pipe-and-dash kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    /// The first row holds the titles; every row has as many cells.
    rows: Vec<Vec<String>>,
}

impl Table {
    /// The table that begins with the first line, and how many lines it has.
    pub(super) fn parse(lines: &[&str]) -> Option<(Self, usize)> {
        let (head, rule) = (lines.first()?, lines.get(1)?);
        if !head.contains('|') || !is_rule(rule) {
            return None;
        }
        let titles = cells(head);
        if cells(rule).len() != titles.len() {
            return None;
        }
        let body = lines[2..].iter().take_while(|line| line.contains('|') && !line.trim().is_empty());
        let mut rows = vec![titles];
        for line in body {
            let mut row = cells(line);
            row.resize(rows[0].len(), String::new());
            rows.push(row);
        }
        let length = rows.len() + 1;
        Some((Self { rows }, length))
    }

    /// Whether it is best read where it stands.
    pub(super) fn fits(&self) -> bool {
        self.rows.len() <= ROWS && self.lines().iter().all(|line| line.width() <= WIDTH)
    }

    /// How many rows it has, without the titles.
    pub(super) fn count(&self) -> String {
        match self.rows.len() - 1 {
            1 => "1 row".to_owned(),
            rows => format!("{rows} rows"),
        }
    }

    /// A few names with their values as a list, which wraps on a phone; none for any other table.
    pub(super) fn list(&self) -> Option<String> {
        let body = &self.rows[1..];
        let named = self.rows[0].len() == 2 && (1..=LISTED).contains(&body.len());
        let item = |row: &Vec<String>| format!("- **{}**: {}", row[0].replace('*', "\\*"), row[1]);
        let title = self.rows[0].iter().filter(|title| !title.is_empty()).map(String::as_str).collect::<Vec<_>>();
        let lines = title.first().map(|_| format!("{}:", title.join(", "))).into_iter().chain(body.iter().map(item));
        named.then(|| lines.collect::<Vec<_>>().join("\n"))
    }

    /// Aligned text: titles, a line, rows.
    pub(super) fn lines(&self) -> Vec<String> {
        let width = |column: usize| self.rows.iter().map(|row| row[column].width()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..self.rows[0].len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| cell.clone() + &" ".repeat(width - cell.width()));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        let mut lines: Vec<String> = self.rows.iter().map(line).collect();
        let dashes: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        lines.insert(1, dashes.join("  "));
        lines
    }

    /// Comma-separated values. A cell that a spreadsheet would run as a formula is quoted.
    pub(super) fn csv(&self) -> String {
        let line = |row: &Vec<String>| row.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",") + "\r\n";
        self.rows.iter().map(line).collect()
    }
}

fn csv_cell(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t']) && cell.parse::<f64>().is_err();
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains([',', '"', '\n']) || formula { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// Whether a line is the one between titles and rows.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.contains('-') && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

/// The cells of a row; `\|` and a pipe in code belong to a cell.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = vec![String::new()];
    let mut in_code = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'|') => push(&mut cells, chars.next()),
            '|' if !in_code => cells.push(String::new()),
            '`' => in_code = !in_code,
            c => push(&mut cells, Some(c)),
        }
    }
    if cells.len() > 1 && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        cells.pop();
    }
    cells.into_iter().map(|cell| cell.replace("**", "").trim().to_owned()).collect()
}

fn push(cells: &mut [String], c: Option<char>) {
    if let Some(cell) = cells.last_mut() {
        cell.extend(c);
    }
}
