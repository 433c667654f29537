//! The rules: each with one tenant that breaks it and one that just does not.

mod cases;
mod hostile;
mod readme;
mod result;
mod sweeps;
mod world;

use std::collections::BTreeSet;

use claudetools_graph::envelope::{Severity, Status};
use serde_json::{Value, json};

use self::world::{World, clean};
use super::checks;
use super::judge;

/// A rule, a change of the clean tenant that breaks it, and one that comes near and does not.
pub struct Case {
    rule: &'static str,
    severity: Severity,
    hit: Value,
    miss: Value,
}

pub fn case(rule: &'static str, severity: Severity, hit: Value, miss: Value) -> Case {
    Case { rule, severity, hit, miss }
}

/// The severities with which a rule finds something.
fn found(world: &World, rule: &str) -> Vec<Severity> {
    world.see(|known| {
        let (checks, _) = judge::judge(known, &judge::wanted("all"), &Default::default());
        let findings = checks.iter().flat_map(|check| &check.findings).filter(|finding| finding.id == rule);
        findings.map(|finding| finding.severity).collect()
    })
}

#[test]
fn a_clean_tenant_is_green_in_every_check() {
    clean().see(|known| {
        let (checks, whole) = judge::judge(known, &judge::wanted("all"), &Default::default());
        let bad: Vec<_> = checks.iter().filter(|check| check.status != Status::Ok).collect();
        assert!(bad.is_empty(), "{bad:#?}");
        assert_eq!(whole.len(), 35);
    });
}

#[test]
fn every_rule_finds_what_it_is_for_and_nothing_else() {
    for Case { rule, severity, hit, miss } in cases::all() {
        let found_hit = found(&clean().with(&hit), rule);
        assert!(!found_hit.is_empty(), "{rule} does not find {hit}");
        assert_eq!(found_hit[0], severity, "{rule}");
        assert_eq!(found(&clean().with(&miss), rule), [], "{rule} finds {miss}");
    }
}

#[test]
fn the_same_event_twice_weighs_once() {
    let event = json!({"activityDisplayName": "Update conditional access policy", "activityDateTime": "2026-11-28T00:00:00Z", "result": "success", "targetResources": [{"displayName": "MFA for all"}]});
    let world = clean().with(&json!({ "AUDITS+": [event, event] }));
    assert_eq!(found(&world, "TS-28.R1"), [Severity::High]);
}

#[test]
fn every_rule_of_every_check_has_a_case() {
    let cased: BTreeSet<String> = cases::all().iter().map(|case| case.rule.to_owned()).collect();
    let ruled = checks::ALL.iter().flat_map(|check| check.rules).map(|rule| rule.id().to_owned());
    let ruled: BTreeSet<String> = ruled.collect();
    assert_eq!(cased, ruled);
}

#[test]
fn the_checks_are_those_of_the_table() {
    let ids: Vec<String> = checks::ALL.iter().map(|check| check.id.to_owned()).collect();
    let table: Vec<String> = (1..=35).map(|number| format!("TS-{number:02}")).collect();
    assert_eq!(ids, table);
    for check in checks::ALL {
        assert!(check.rules.iter().all(|rule| rule.id().starts_with(&format!("{}.R", check.id))), "{}", check.id);
    }
}

#[test]
fn a_check_reads_only_what_it_says_it_asks() {
    for check in checks::ALL {
        clean().see(|known| {
            let mut known = super::known::Known { answers: Default::default(), reach: known.reach.clone(), ..*known };
            for source in check.sources.iter().copied() {
                let rows =
                    clean().0[source.name].as_array().cloned().unwrap_or_else(|| vec![clean().0[source.name].clone()]);
                known.answers.insert(source.name, super::known::Answer::rows(source, rows, false));
            }
            let (judged, _) = judge::judge(&known, &[check], &Default::default());
            assert_eq!(judged[0].status, Status::Ok, "{}: {:?}", check.id, judged[0].note);
        });
    }
}

#[test]
fn an_answer_that_is_missing_makes_no_check_green() {
    for source in super::source::ALL {
        for gap in ["not_permitted", "unavailable", "malformed"] {
            let world = clean().with(&json!({ source.name: gap }));
            world.see(|known| {
                let (judged, whole) = judge::judge(known, &judge::wanted("all"), &Default::default());
                for check in checks::ALL.iter().filter(|check| check.sources.iter().any(|it| it.name == source.name)) {
                    let is_unread =
                        matches!((check.id, source.name), ("TS-14", "FORWARD_TARGETS") | ("TS-24", "ORGANIZATION"));
                    let is_green = judged.iter().any(|it| it.id == check.id && it.status == Status::Ok);
                    assert!(
                        is_unread || !is_green && !whole.contains(check.id),
                        "{} is green without {}",
                        check.id,
                        source.name
                    );
                }
            });
        }
    }
}
