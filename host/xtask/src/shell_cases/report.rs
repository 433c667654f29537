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

/// The share of a part of the cases that may be wrong without being in the list, in percent. A few depend on the moment.
const UNLISTED: usize = 1;

/// How many cases there were and how they came out.
pub struct Tally {
    all: usize,
    right: usize,
    unlisted: usize,
}

impl Tally {
    /// Whether as many are right as is promised of all cases. A left-out case counts as eligible and not as right.
    pub const fn keeps_the_promise(&self) -> bool {
        self.right * 100 >= self.all * PROMISED
    }

    /// Whether the list of what is wrong holds. A part of the cases can show no more than this.
    pub const fn is_as_listed(&self) -> bool {
        self.unlisted * 100 <= self.all * UNLISTED
    }
}

/// Prints every case that is not as the list says, a row for each file and the total.
pub fn print(cases: &[Case], left_out: &LeftOut, real: &Recorded, ours: &Run) -> Tally {
    let mut rows = BTreeMap::<&str, Row>::new();
    let mut surprises = Vec::new();
    let mut unlisted = 0;
    for case in cases {
        let row = rows.entry(&case.file).or_default();
        row.all += 1;
        let verdict = verdict(case, real.get(&case.id), ours.get(&case.id));
        row.right += usize::from(verdict.is_none());
        match (verdict, left_out.reason(&case.id)) {
            (Some(why), None) => {
                unlisted += 1;
                surprises.push(format!("{}\n{why}", case.id));
            }
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
    Tally { all: cases.len(), right, unlisted }
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
