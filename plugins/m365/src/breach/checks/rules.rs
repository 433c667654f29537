//! BC-01 and BC-02: inbox rules, as Graph and as Exchange see them.

use claudetools_graph::envelope::Finding;
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::inbox::{self, Folder, MailRule};
use crate::rows::Rows;

pub fn of_graph(case: &Case, known: &Known) -> Judged {
    let Rows { read, unread } = graph_rules(case);
    let unknown = read.iter().filter(|rule| matches!(rule.folder, Folder::Unknown(_))).count();
    let judged = Judged::of(read.iter().flat_map(|rule| judged(rule, case, known, false)).collect()).unread(unread);
    if unknown == 0 {
        judged
    } else {
        judged.noted(format!("{unknown} folders could not be named; they count as unknown, not as safe"))
    }
}

pub fn of_exchange(case: &Case, known: &Known) -> Judged {
    let rules = inbox::of_exchange(case.items(Source::ExchangeRules));
    let sweeps = inbox::of_sweep(case.items(Source::SweepRules));
    let seen = graph_rules(case).read;
    let mut findings: Vec<Finding> = Vec::new();
    for rule in &rules.read {
        let is_hidden = case.reply(Source::GraphRules).is_some() && is_missing(rule, &rules.read, &seen);
        findings.extend(judged(rule, case, known, true));
        if is_hidden {
            findings.push(against(inbox::hidden(rule, known.fresh.contains(&rule.name)), rule, case, true));
        }
    }
    findings.extend(sweeps.read.iter().flat_map(|rule| inbox::judge(rule, &case.homes, false)));
    let judged = Judged::of(findings).unread(rules.unread + sweeps.unread);
    match case.reply(Source::GraphRules) {
        Some(_) => judged,
        None => judged.noted("without the rules of Graph it cannot be said which are hidden"),
    }
}

fn graph_rules(case: &Case) -> Rows<MailRule> {
    let Rows { read, unread } = inbox::of_graph(case.items(Source::GraphRules), &case.folders);
    Rows { read: read.into_iter().filter(|rule| !inbox::is_system(rule)).collect(), unread }
}

/// Whether Exchange has more rules of this name than Graph.
fn is_missing(rule: &MailRule, all: &[MailRule], seen: &[MailRule]) -> bool {
    let count = |rules: &[MailRule]| rules.iter().filter(|known| known.name.trim() == rule.name.trim()).count();
    count(all) > count(seen)
}

fn judged(rule: &MailRule, case: &Case, known: &Known, by_exchange: bool) -> Vec<Finding> {
    let findings = inbox::judge(rule, &case.homes, known.fresh.contains(&rule.name));
    findings.into_iter().map(|finding| against(finding, rule, case, by_exchange)).collect()
}

/// Off, a rule is still there to be looked at. Exchange knows a rule by another id than Graph.
fn against(finding: Finding, rule: &MailRule, case: &Case, by_exchange: bool) -> Finding {
    let input = json!({ "user": case.user.id, "id": rule.id, "hidden": by_exchange });
    finding.step("disable_inbox_rule", input)
}
