//! The page about the sweep says what the code does.

use std::collections::BTreeSet;

use crate::sweep::checks::{self, Check};
use crate::sweep::source::{self, From, Source};

const README: &str = include_str!("../../../SWEEP.md");

fn first_permissions(check: &Check) -> String {
    let first = check.sources.iter().filter_map(|source| source.permissions.first());
    let first: BTreeSet<&str> = first.copied().collect();
    first.into_iter().collect::<Vec<_>>().join(", ")
}

fn row(check: &Check) -> String {
    let plan = check.plan.map_or("", |plan| plan.name());
    let rules = check.rules.len();
    format!(
        "| {} | {} | {rules} | {} | {plan} | {} |",
        check.id,
        check.title,
        first_permissions(check),
        check.scuba.join(", ")
    )
}

#[test]
fn every_check_has_its_row() {
    let table: Vec<String> = checks::ALL.iter().map(|check| row(check)).collect();
    assert!(README.contains(&table.join("\n")), "the table should be:\n{}", table.join("\n"));
}

/// A rule of a `net` grant for one question.
fn rule(source: &Source) -> Option<String> {
    let path = match source.from {
        From::One(path) | From::List(path) => path,
        From::Cmdlet(..) | From::Followed(_) => return None,
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut names: Vec<&str> = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, _)| name).collect();
    if matches!(source.from, From::List(_)) {
        names.push("$skiptoken");
    }
    let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let query = if names.is_empty() { String::new() } else { format!(", query = [{}]", names.join(", ")) };
    Some(format!("  {{ host = \"graph.microsoft.com\", method = [\"GET\"], path = \"{path}\"{query} }},"))
}

#[test]
fn every_question_to_graph_has_its_rule() {
    let rules: BTreeSet<String> = source::ALL.iter().filter_map(|source| rule(source)).collect();
    let rules: Vec<String> = rules.into_iter().collect();
    assert!(README.contains(&rules.join("\n")), "the rules should be:\n{}", rules.join("\n"));
}

#[test]
fn every_cmdlet_is_named() {
    let asked = source::ALL.iter().filter_map(|source| match source.from {
        From::Cmdlet(cmdlet, _) => Some(cmdlet),
        From::Followed(what) if what.starts_with("Get-") => Some(what),
        _ => None,
    });
    let asked: BTreeSet<String> = asked.map(|cmdlet| format!("\"{cmdlet}\"")).collect();
    let list = asked.into_iter().collect::<Vec<_>>().join(", ");
    assert!(README.contains(&list), "the cmdlets should be: {list}");
}
