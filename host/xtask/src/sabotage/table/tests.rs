use std::collections::BTreeSet;

use super::*;
use crate::guests::root;

#[test]
fn every_row_names_a_check_that_can_be_taken_out() {
    let table = read(&root()).unwrap();
    let rows = crate::sabotage::rows::read(&root()).unwrap();
    let named: BTreeSet<String> = table.iter().flat_map(|sabotage| sabotage.rows.clone()).collect();
    let missing: Vec<_> = rows.keys().filter(|id| !named.contains(*id)).collect();
    let unknown: Vec<_> = named.iter().filter(|id| !rows.contains_key(*id)).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "no sabotage for {missing:?}; no row {unknown:?}");
}

#[test]
fn every_check_stands_where_the_table_says_once() {
    for sabotage in read(&root()).unwrap() {
        for edit in &sabotage.edits {
            let source = std::fs::read_to_string(root().join(&edit.file)).unwrap();
            let found = source.matches(&edit.find).count();
            assert_eq!(found, 1, "{}: {:?} in {}", sabotage.name, edit.find, edit.file);
            assert!(edit.put.is_some() != edit.first.is_some(), "{}: either `put` or `first`", sabotage.name);
        }
    }
}

#[test]
fn names_are_there_once_and_rows_of_what_is_changed_for_good_too() {
    let table = read(&root()).unwrap();
    let names: BTreeSet<&str> = table.iter().map(|sabotage| sabotage.name.as_str()).collect();
    assert_eq!(names.len(), table.len());
    let for_good: Vec<&String> = table.iter().filter(|one| one.is_for_good()).flat_map(|one| &one.rows).collect();
    assert_eq!(for_good.iter().collect::<BTreeSet<_>>().len(), for_good.len(), "{for_good:?}");
}

#[test]
fn a_row_has_passed_where_its_own_test_says_so() {
    let rows = crate::sabotage::rows::read(&root()).unwrap();
    let passed = |id: &str, said: &str| rows[id].passed(id, said);
    assert!(passed("FS-04", "test FS-04 read through a link   ... ok"));
    assert!(!passed("FS-04", "test FS-04b read through a link   ... ok"));
    assert!(!passed("FS-04", "test FS-04 read through a link   ... FAILED"));
    let tls = "a_file_that_is_no_certificate_is_not_trusted_silently";
    assert!(passed("NET-19c", &format!("test tls::{tls} ... ok")));
    assert!(!passed("NET-19c", &format!("test tls::{tls} ... FAILED")));
    let said = |what: &str| format!("test events::only ... FAILED\n{what}\ntest result: FAILED.");
    assert!(passed("DSC-10a", &said("DSC-10b a mention by a webhook")));
    assert!(!passed("DSC-10b", &said("DSC-10b a mention by a webhook")));
    assert!(!passed("DSC-10a", "test events::only "));
}

#[test]
fn a_change_stands_behind_its_switch() {
    let edit = |find: &str, put: Option<&str>, first: Option<&str>| Edit {
        file: "host/x.rs".to_owned(),
        find: find.to_owned(),
        put: put.map(str::to_owned),
        first: first.map(str::to_owned),
        always: false,
    };
    let made = |edit: Edit, source: &str| edit.made_in(source, "ON").unwrap();
    assert_eq!(made(edit("a > b", Some("false"), None), "if a > b {"), "if (if ON { false } else { a > b }) {");
    assert_eq!(made(edit("check();", Some(""), None), "check();"), "if ON {  } else { check(); }");
    assert_eq!(made(edit("f(0)", Some("f(@on)"), None), "f(0)"), "f(ON)");
    assert_eq!(made(edit("fn f() {", None, Some("return;")), "fn f() {}"), "fn f() { if ON { return; }}");
    let twice = made(edit("a", Some("c"), None), &made(edit("a", Some("b"), None), "a"));
    assert_eq!(twice, "(if ON { b } else { (if ON { c } else { a }) })");
}
