//! What people see, and what files hold.

use claudetools_graph::Counts;
use claudetools_graph::envelope::{Confidence, Coverage, Moment, TenantRef, Verdict, Window};
use claudetools_graph::jiff::Timestamp;
use serde_json::json;

use super::*;

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn finding(id: &str, severity: Severity, evidence: Value) -> Finding {
    Finding {
        id: id.into(),
        severity,
        title: "Rule hides mail".into(),
        why: "Nobody looks there.".into(),
        evidence: evidence.as_object().unwrap().clone().into_iter().collect(),
        occurred_at: None,
        mitre: vec!["T1564.008".into()],
        suggested_actions: vec!["disable_inbox_rule:7".into()],
        confidence: Confidence::High,
    }
}

fn check(id: &str, status: Status, note: Option<&str>, findings: Vec<Finding>) -> Check {
    Check {
        id: id.into(),
        title: "Inbox rules".into(),
        status,
        duration_ms: 0,
        items_seen: 0,
        source: Vec::new(),
        note: note.map(str::to_owned),
        findings,
    }
}

fn envelope() -> Envelope {
    let hostile = json!({"subject": "=cmd|' /c calc'!A1", "rule": "@everyone [x](http://evil) ```", "list": ["1", "2", "3", "4", "5", "6"], "none": null});
    let dated = Finding {
        occurred_at: Some(moment("2026-11-22T18:00:00Z")),
        ..finding("TS-15.R1", Severity::Critical, json!({"subject": "ann@contoso.example"}))
    };
    let checks = vec![
        check(
            "TS-15",
            Status::Flagged,
            Some("2 of 9 mailboxes could not be read"),
            vec![finding("TS-15.R3", Severity::High, hostile), dated],
        ),
        check("TS-16", Status::Ok, None, vec![finding("TS-16.R9", Severity::Info, json!({}))]),
        check("TS-23", Status::NotLicensed, Some("the tenant has no Entra ID P2"), Vec::new()),
    ];
    Envelope {
        schema: "tenant-sweep/1".into(),
        run_id: "run".into(),
        tenant: TenantRef { id: "t".into(), client: "contoso".into() },
        subject: None,
        window: Window { from: moment("2026-10-30T12:00:00Z"), to: moment("2026-11-29T12:00:00Z") },
        verdict: Verdict::LikelyCompromised,
        score: 35,
        timeline: vec![Moment { at: moment("2026-11-22T18:00:00Z"), check: "TS-15".into(), text: "Rule <b>".into() }],
        coverage: Coverage::of(&checks),
        checks,
        requests: Counts { graph: 3, exo: 2, dns: 1, throttled: 0 },
    }
}

fn report<'a>(zone: &'a TimeZone, changes: &'a [String]) -> Report<'a> {
    Report { title: "Tenant sweep", about: "Contoso Ltd", headline: "Somebody is inside.", zone, changes }
}

#[test]
fn a_strangers_text_does_nothing_in_chat() {
    let envelope = envelope();
    let lines: Vec<String> =
        worst(&envelope).iter().map(|finding| line(finding, &time::zone("Europe/Berlin"))).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    critical, Rule hides mail (TS-15.R1), 2026-11-22 19:00 CET (18:00 UTC): ann@contoso.example
    high, Rule hides mail (TS-15.R3): =cmd|' /c calc'!A1; list 1, 2, 3, 4, 5 and 1 more; rule (at)everyone [x](hxxp://evil) '''
    ");
    insta::assert_snapshot!(gaps(&envelope).join("\n"), @r"
    TS-15 Inbox rules: in part (2 of 9 mailboxes could not be read)
    TS-23 Inbox rules: not licensed (the tenant has no Entra ID P2)
    ");
    insta::assert_snapshot!(counts(&envelope), @"1 critical, 1 high");
}

#[test]
fn a_spreadsheet_takes_no_cell_for_a_formula() {
    insta::assert_snapshot!(String::from_utf8(csv(&envelope())).unwrap(), @r#"
    ﻿"client","check","status","rule","severity","title","facts","occurred_at","mitre","suggested_actions"
    "contoso","TS-15","flagged","TS-15.R3","high","Rule hides mail","'=cmd|' /c calc'!A1; list 1, 2, 3, 4, 5 and 1 more; rule (at)everyone [x](hxxp://evil) '''","","T1564.008","disable_inbox_rule:7"
    "contoso","TS-15","flagged","TS-15.R1","critical","Rule hides mail","ann@contoso.example","2026-11-22T18:00:00Z","T1564.008","disable_inbox_rule:7"
    "contoso","TS-16","nothing found","TS-16.R9","info","Rule hides mail","","","T1564.008","disable_inbox_rule:7"
    "contoso","TS-23","not licensed","","","Inbox rules","the tenant has no Entra ID P2","","",""
    "#);
}

#[test]
fn the_report_says_what_was_found_and_what_was_not_checked() {
    insta::assert_snapshot!(markdown(&report(&TimeZone::UTC, &["1 new".into()]), &envelope()), @r"
    # Tenant sweep: Contoso Ltd

    Somebody is inside.

    - Client: contoso (tenant t)
    - Run: run
    - Window: 2026-10-30 12:00 UTC to 2026-11-29 12:00 UTC
    - Coverage: 2 of 3 checks ran
    - Requests: 3 to Graph, 2 to Exchange, 1 to DNS, 0 throttled

    ## Findings

    - critical, Rule hides mail (TS-15.R1), 2026-11-22 18:00 UTC: ann@contoso.example
    - high, Rule hides mail (TS-15.R3): =cmd|' /c calc'!A1; list 1, 2, 3, 4, 5 and 1 more; rule (at)everyone [x](hxxp://evil) '''

    ## Changes since the last run

    - 1 new

    ## What was not checked

    - TS-15 Inbox rules: in part (2 of 9 mailboxes could not be read)
    - TS-23 Inbox rules: not licensed (the tenant has no Entra ID P2)

    ## Checks

    | check | title | status | findings |
    |---|---|---|---|
    | TS-15 | Inbox rules | flagged | 2 |
    | TS-16 | Inbox rules | nothing found | 1 |
    | TS-23 | Inbox rules | not licensed | 0 |

    ## Timeline

    - 2026-11-22 18:00 UTC, TS-15: Rule <b>
    ");
}

#[test]
fn the_note_has_what_a_ticket_needs() {
    insta::assert_snapshot!(ticket(&report(&TimeZone::UTC, &[]), &envelope(), "abc"), @r"
    Tenant sweep – contoso – Contoso Ltd | run run | 2026-10-30 12:00 to 2026-11-29 12:00 UTC

    Verdict: Somebody is inside.

    Findings: 1 critical, 1 high
    - critical, Rule hides mail (TS-15.R1), 2026-11-22 18:00 UTC: ann@contoso.example
    - high, Rule hides mail (TS-15.R3): =cmd|' /c calc'!A1; list 1, 2, 3, 4, 5 and 1 more; rule (at)everyone [x](hxxp://evil) '''

    Not checked:
    - TS-15 Inbox rules: in part (2 of 9 mailboxes could not be read)
    - TS-23 Inbox rules: not licensed (the tenant has no Entra ID P2)

    Actions taken: none by this check

    Next steps:
    - disable_inbox_rule:7

    Result (JSON) SHA-256: abc
    ");
}
