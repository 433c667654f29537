//! The table of reliability scenarios: every test that it names is there.

use crate::text::{read, root};

fn sources(directory: &std::path::Path, found: &mut String) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_scenario_names_tests_that_are_there() {
    let page = read("tests/RELIABILITY.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| REL-")).collect();
    assert!(rows.len() >= 20, "{} rows", rows.len());
    let mut all = String::new();
    for top in ["host", "tests"] {
        sources(&root().join(top), &mut all);
    }
    for row in rows {
        let names: Vec<&str> = row.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "{row}");
        for name in names {
            assert!(all.contains(&format!("fn {name}(")), "there is no test {name}");
        }
    }
}
