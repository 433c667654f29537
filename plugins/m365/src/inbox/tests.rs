//! Every rule with one that is and one that is not.

use std::collections::BTreeMap;

use claudetools_graph::envelope::Severity::{self, Critical, High, Info, Low, Medium};
use serde_json::{Value, json};

use super::*;
use crate::client::Homes;

fn homes() -> Homes {
    Homes(vec!["contoso.example".into()])
}

fn harmless() -> MailRule {
    MailRule { id: "1".into(), name: "Newsletters".into(), enabled: true, has_condition: true, ..MailRule::default() }
}

/// `R1 critical, R6 high`
fn judged(rule: &MailRule) -> String {
    told(judge(rule, &homes(), false))
}

fn told(findings: Vec<claudetools_graph::envelope::Finding>) -> String {
    let told: Vec<String> =
        findings.iter().map(|finding| format!("{} {}", finding.id, finding.severity.word())).collect();
    told.join(", ")
}

fn sending(to: &str) -> MailRule {
    MailRule { sends_to: vec![to.into()], ..harmless() }
}

fn moving(folder: &str, marks_read: bool, stops: bool) -> MailRule {
    MailRule { folder: Folder::Named(folder.into()), marks_read, stops, ..harmless() }
}

#[test]
fn a_harmless_rule_is_no_finding() {
    assert_eq!(judged(&harmless()), "");
    assert_eq!(judged(&moving("Newsletters", true, true)), "");
}

#[test]
fn mail_that_leaves_is_critical_and_mail_to_a_colleague_is_not() {
    assert_eq!(judged(&sending("drop@attacker.example")), "R1 critical");
    assert_eq!(judged(&sending("drop@contoso.example.attacker.example")), "R1 critical");
    assert_eq!(judged(&sending("bob@contoso.example")), "R2 medium");
    assert_eq!(judged(&sending("Bob Smith")), "R2 medium");
    let both = MailRule { sends_to: vec!["bob@contoso.example".into(), "drop@attacker.example".into()], ..harmless() };
    assert_eq!(judged(&both), "R1 critical");
}

#[test]
fn a_hideout_needs_a_mark_or_a_stop() {
    assert_eq!(judged(&moving("RSS Feeds", true, false)), "R3 high");
    assert_eq!(judged(&moving("RSS Feeds", false, true)), "R3 high");
    assert_eq!(judged(&moving("RSS Feeds", false, false)), "");
    assert_eq!(judged(&moving("ab", true, false)), "R3 high");
    assert_eq!(judged(&moving("abc", true, false)), "");
}

#[test]
fn a_folder_that_is_not_known_is_not_taken_for_safe() {
    let rule = MailRule { folder: Folder::Unknown("AAMk".into()), marks_read: true, ..harmless() };
    assert_eq!(judged(&rule), "R3 low");
    assert_eq!(judged(&MailRule { marks_read: false, ..rule }), "");
}

#[test]
fn deleting_is_critical_without_a_condition_or_with_bait() {
    let deleting = MailRule { deletes: true, ..harmless() };
    assert_eq!(judged(&deleting), "R4 medium");
    assert_eq!(judged(&MailRule { has_condition: false, ..deleting.clone() }), "R4 critical");
    assert_eq!(judged(&MailRule { words: vec!["hacked".into()], ..deleting }), "R4 critical");
    assert_eq!(judged(&MailRule { has_condition: false, ..harmless() }), "");
}

#[test]
fn bait_makes_it_one_level_worse() {
    let baited = |rule: MailRule, word: &str| judged(&MailRule { words: vec![word.into()], ..rule });
    assert_eq!(baited(sending("bob@contoso.example"), "invoice"), "R2 high");
    assert_eq!(baited(sending("bob@contoso.example"), "lunch"), "R2 medium");
    assert_eq!(baited(moving("Archive", true, false), "payment"), "R3 critical");
    assert_eq!(baited(harmless(), "payment"), "");
}

#[test]
fn a_name_made_to_be_overlooked_is_high() {
    assert_eq!(judged(&MailRule { name: ".".into(), ..harmless() }), "R6 high");
    assert_eq!(judged(&MailRule { name: "abc".into(), ..harmless() }), "");
}

#[test]
fn fresh_rules_are_worse_and_those_that_are_off_less_bad() {
    let severity = |rule: &MailRule, fresh| judge(rule, &homes(), fresh)[0].severity;
    assert_eq!(severity(&sending("bob@contoso.example"), true), High);
    assert_eq!(severity(&sending("bob@contoso.example"), false), Medium);
    let off = MailRule { enabled: false, ..sending("drop@attacker.example") };
    assert_eq!((severity(&off, false), severity(&off, true)), (High, High));
    assert_eq!(severity(&MailRule { enabled: false, ..sending("bob@contoso.example") }, false), Low);
}

#[test]
fn a_hidden_rule_is_high_and_worse_with_bait() {
    let severity = |rule: &MailRule| -> Severity { hidden(rule, false).severity };
    assert_eq!(severity(&harmless()), High);
    assert_eq!(severity(&MailRule { words: vec!["invoice".into()], ..harmless() }), Critical);
    assert_eq!(severity(&MailRule { enabled: false, ..harmless() }), Medium);
    assert_ne!(severity(&harmless()), Info);
}

#[test]
fn the_evidence_names_the_rule_and_what_it_does() {
    let rule = MailRule { words: vec!["wire".into()], ..sending("drop@attacker.example") };
    insta::assert_snapshot!(serde_json::to_string(&judge(&rule, &homes(), true)[0].evidence).unwrap(), @r#"{"changed_in_window":true,"enabled":true,"marks_read":false,"outside":["drop@attacker.example"],"rule":"Newsletters","rule_id":"1","sends_to":["drop@attacker.example"],"words":["wire"]}"#);
}

/// The documented example of Graph: a rule that deletes spam, and one that forwards to a colleague.
fn documented() -> Vec<Value> {
    let body = json!([
        {"id": "AQAAAJ5dZp8=", "displayName": "Remove spam", "sequence": 1, "isEnabled": true, "hasError": false, "isReadOnly": false,
         "conditions": {"subjectContains": ["enter to win"]}, "actions": {"delete": true, "stopProcessingRules": true}},
        {"id": "AQAAAJ5dZqA=", "displayName": "From partner", "sequence": 2, "isEnabled": true, "conditions": {"senderContains": ["ADELE"]},
         "actions": {"stopProcessingRules": true, "moveToFolder": "AAMk", "forwardTo": [{"emailAddress": {"name": "Alex Wilbur", "address": "alexw@contoso.example"}}]}},
    ]);
    body.as_array().cloned().unwrap_or_default()
}

#[test]
fn rules_of_graph_are_read() {
    let folders = BTreeMap::from([("AAMk".to_owned(), "Partners".to_owned())]);
    let rules = of_graph(&documented(), &folders);
    assert_eq!((rules.read.len(), rules.unread), (2, 0));
    assert_eq!(judged(&rules.read[0]), "R4 medium");
    assert_eq!(judged(&rules.read[1]), "R2 medium");
    assert_eq!(rules.read[1].folder, Folder::Named("Partners".into()));
    assert_eq!(of_graph(&documented(), &BTreeMap::new()).read[1].folder, Folder::Unknown("AAMk".into()));
    assert_eq!(of_graph(&[json!({"id": 5}), json!("x")], &folders).unread, 2);
}

#[test]
fn rules_of_exchange_are_read_without_those_of_its_own() {
    let items = json!([
        {"Identity": "v\\1", "Name": "Junk E-Mail Rule", "Enabled": true, "ForwardTo": null, "DeleteMessage": false},
        {"Identity": "v\\2", "Name": ".", "Enabled": true, "MoveToFolder": "RSS Feeds", "MarkAsRead": true, "StopProcessingRules": true,
         "SubjectOrBodyContainsWords": ["invoice", "hacked"], "SubjectContainsWords": [], "From": null, "RuleIdentity": 9876543210_u64},
        {"Identity": "v\\3", "Name": "Archive newsletters", "Enabled": true, "MoveToFolder": "Newsletters", "StopProcessingRules": true, "SubjectContainsWords": ["newsletter"]},
        {"Identity": "v\\4", "Name": "To drop", "RedirectTo": ["\"Drop\" [SMTP:drop@attacker.example]"], "DeleteMessage": true},
        {"Identity": "v\\5", "Name": "Delegate Rule -123", "ForwardTo": ["\"Bob\" [EX:/o=ExchangeLabs/cn=bob]"]},
        {"Identity": "v\\6", "Name": "Delegate Rule -124", "ForwardTo": "drop@attacker.example"},
        {"Identity": "v\\7", "Name": "Delegate Rule -x", "ForwardTo": ["bob"]},
        {"Identity": "v\\8", "Name": "Microsoft.Exchange.OOF.AllExternalSenders.Global"},
        {"Name": 5},
    ]);
    let rules = of_exchange(items.as_array().unwrap());
    assert_eq!(rules.unread, 1);
    let shown: Vec<String> = rules.read.iter().map(|rule| format!("{}: {}", rule.name, judged(rule))).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    .: R3 critical, R6 critical
    Archive newsletters: 
    To drop: R1 critical, R4 critical
    Delegate Rule -124: R1 critical
    Delegate Rule -x: R2 medium
    ");
}

#[test]
fn what_is_no_condition_does_not_make_one() {
    let rule = |extra: Value| {
        let mut row = json!({"Identity": "v\\1", "Name": "Everything", "DeleteMessage": true});
        row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        judged(&of_exchange(&[row]).read[0])
    };
    assert_eq!(rule(json!({"From": ["a@b.example"]})), "R4 medium");
    assert_eq!(rule(json!({"HasAttachment": true})), "R4 medium");
    assert_eq!(rule(json!({"HasAttachment": false, "From": null, "SentTo": [], "Description": "text"})), "R4 critical");
}

#[test]
fn folders_lose_those_above_them() {
    let folder = |written: &str| of_exchange(&[json!({"Name": "abc", "MoveToFolder": written})]).read[0].folder.clone();
    assert_eq!(folder("Inbox\\."), Folder::Named(".".into()));
    assert_eq!(folder("ann:\\RSS Feeds"), Folder::Named("RSS Feeds".into()));
    let sweep = of_sweep(&[json!({"Name": "x", "RuleId": "7", "Enabled": true, "DestinationFolder": "ann:\\Archive"})]);
    assert_eq!(
        (sweep.read[0].folder.clone(), judged(&sweep.read[0])),
        (Folder::Named("Archive".into()), "R6 high".into())
    );
}
