//! The table of complaints names every one of them, and only tests that there are.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;

const ROWS: usize = 33;

fn rows() -> Vec<(usize, String)> {
    let table = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("COMPLAINTS.md")).unwrap();
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.splitn(3, " | ");
        let number = cells.next()?.parse().ok()?;
        Some((number, cells.nth(1)?.trim_end_matches(" |").to_owned()))
    };
    table.lines().filter_map(row).collect()
}

/// The words in backticks that are names of functions.
fn names(cell: &str) -> BTreeSet<String> {
    let quoted = cell.split('`').skip(1).step_by(2);
    quoted
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'))
        .map(str::to_owned)
        .collect()
}

/// The names of all tests in the Rust files below a directory: functions behind `#[test]` and the like, and those that
/// proptest runs.
fn tests(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let skipped = path.ends_with("target") || entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type().unwrap().is_dir() && !skipped {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let mut marked = false;
            for line in text.lines().map(str::trim) {
                let function = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
                if let (true, Some(rest)) = (marked, function) {
                    found.extend(rest.split(['(', '<']).next().map(str::to_owned));
                }
                marked = line.contains("test]") || line.contains("test(") || (marked && line.starts_with('#'));
            }
        }
    }
}

#[test]
fn every_complaint_has_its_row() {
    let numbers: Vec<usize> = rows().iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>());
}

#[test]
fn every_test_that_is_named_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeSet::new();
    for directory in ["host", "tests", "plugins"] {
        tests(&root.join(directory), &mut found);
    }
    for (number, cell) in rows() {
        let named = names(&cell);
        assert!(!named.is_empty(), "complaint {number} names no test: {cell}");
        let missing: Vec<_> = named.difference(&found).collect();
        assert!(missing.is_empty(), "complaint {number} names what is no test: {missing:?}");
    }
}
