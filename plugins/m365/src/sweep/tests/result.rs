//! What checks come to: verdict, score, and from where on there is one.

use claudetools_graph::envelope::Severity::{Critical, High, Info, Low, Medium};
use claudetools_graph::envelope::{Check, Coverage, Severity, Status, Verdict};
use claudetools_graph::jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::world::NOW;
use crate::rule::Rule;
use crate::sweep::deep::Token;
use crate::sweep::judge;

fn check(id: &str, status: Status, severities: &[Severity]) -> Check {
    let findings = severities.iter().map(|severity| Rule::new("R1", *severity, "", "").found(json!({})));
    Check {
        id: id.into(),
        title: String::new(),
        status,
        duration_ms: 0,
        items_seen: 0,
        source: Vec::new(),
        note: None,
        findings: findings.collect(),
    }
}

fn flagged(id: &str, severities: &[Severity]) -> Vec<Check> {
    vec![check(id, Status::Flagged, severities)]
}

/// So many checks that ran, of a hundred.
fn ran(count: usize) -> Vec<Check> {
    (0..100).map(|index| check("TS-09", if index < count { Status::Ok } else { Status::Unavailable }, &[])).collect()
}

fn verdict(checks: &[Check]) -> Verdict {
    judge::verdict(checks, &Coverage::of(checks))
}

fn posture(checks: &[Check]) -> Option<u32> {
    judge::posture(checks, &Coverage::of(checks))
}

#[test]
fn a_score_is_a_hundred_without_the_weights_and_not_below_nothing() {
    assert_eq!(posture(&flagged("TS-14", &[Critical, High, Medium, Low, Info])), Some(100 - 25 - 10 - 4 - 1));
    assert_eq!(posture(&flagged("TS-14", &[Critical; 5])), Some(0));
    assert_eq!(posture(&ran(100)), Some(100));
}

#[test]
fn a_score_is_shown_from_seventy_percent_on() {
    assert_eq!(posture(&ran(70)), Some(100));
    assert_eq!(posture(&ran(69)), None);
}

#[test]
fn too_little_is_inconclusive_and_a_gap_is_told() {
    assert_eq!(verdict(&ran(49)), Verdict::Inconclusive);
    assert_eq!(verdict(&ran(50)), Verdict::NoFindingsWithGaps);
    assert_eq!(verdict(&ran(99)), Verdict::NoFindingsWithGaps);
    assert_eq!(verdict(&ran(100)), Verdict::NoFindings);
}

#[test]
fn an_open_door_is_no_break_in() {
    for door in ["TS-01", "TS-03", "TS-05", "TS-19"] {
        assert_eq!(verdict(&flagged(door, &[Critical])), Verdict::Suspicious, "{door}");
    }
    for inside in ["TS-11", "TS-12", "TS-14", "TS-15", "TS-16", "TS-23", "TS-24", "TS-27"] {
        assert_eq!(verdict(&flagged(inside, &[Critical])), Verdict::LikelyCompromised, "{inside}");
    }
}

#[test]
fn one_high_or_two_medium_are_to_be_looked_into() {
    assert_eq!(verdict(&flagged("TS-29", &[High])), Verdict::Suspicious);
    assert_eq!(verdict(&flagged("TS-31", &[Medium, Medium])), Verdict::Suspicious);
    assert_eq!(verdict(&flagged("TS-31", &[Medium, Low])), Verdict::NoFindings);
}

#[test]
fn a_token_is_good_for_a_day() {
    let now: Timestamp = NOW.parse().unwrap();
    let begun = |hours: i64| {
        let mut token = Token::go_on(None, now - SignedDuration::from_hours(hours));
        token.done = 7;
        Token::go_on(Some(token), now).done
    };
    assert_eq!((begun(23), begun(24)), (7, 0));
}
