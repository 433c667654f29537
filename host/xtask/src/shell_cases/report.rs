//! The comparison, as a table and a list.

use std::collections::BTreeMap;

use super::Outcome;
use super::case::{Case, Compare};
use super::left_out::LeftOut;
use super::ours::Run;
use super::real::Recorded;

/// The share of eligible cases that our shell promises to get right, in percent.
const PROMISED: usize = 90;

#[derive(Default)]
struct Row {
    right: usize,
    all: usize,
}

/// Prints totals, a row for each file and every failure; whether the promised share is right. A left-out case counts as
/// eligible and not as right.
pub fn print(cases: &[Case], left_out: &LeftOut, real: &Recorded, ours: &Run) -> bool {
    let mut rows = BTreeMap::<&str, Row>::new();
    let mut surprises = Vec::new();
    for case in cases {
        let row = rows.entry(&case.file).or_default();
        row.all += 1;
        let verdict = verdict(case, real.get(&case.id), ours.get(&case.id));
        row.right += usize::from(verdict.is_none());
        match (verdict, left_out.reason(&case.id)) {
            (Some(why), None) => surprises.push(format!("{}\n{why}", case.id)),
            (None, Some(_)) => surprises.push(format!("{}\n    is right, and is left out nevertheless", case.id)),
            _ => {}
        }
    }
    for failure in &surprises {
        println!("{failure}");
    }
    for (file, row) in &rows {
        println!("{:>4} of {:>4}  {file}", row.right, row.all);
    }
    let right: usize = rows.values().map(|row| row.right).sum();
    println!("{right} of {} eligible cases are right", cases.len());
    right * 100 >= cases.len() * PROMISED
}

/// What differs, or nothing.
fn verdict(case: &Case, real: Option<&Outcome>, ours: Option<&Outcome>) -> Option<String> {
    let Some(ours) = ours else { return Some("    our shell gave no answer".to_owned()) };
    let Some(real) = real else { return Some("    bash gave no answer".to_owned()) };
    let same = match case.output {
        Compare::Exactly => real.stdout == ours.stdout,
        Compare::Words => real.stdout.split_whitespace().eq(ours.stdout.split_whitespace()),
        Compare::Never => true,
    };
    if same && real.status == ours.status {
        return None;
    }
    Some(format!(
        "    bash: {} {:?}\n    ours: {} {:?}\n    ours said: {:?}",
        real.status, real.stdout, ours.status, ours.stdout, ours.stderr
    ))
}
