//! BC-11 to BC-16: what sign-ins say.

use std::collections::BTreeMap;

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::High;
use claudetools_graph::{Class, Gap};
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rule::Rule;
use crate::signin::SignIn;

const HIDDEN_ORIGIN: Rule = Rule::new(
    "R1",
    High,
    "Sign-in through an anonymiser or a hosting provider",
    "People sit behind access providers; attackers behind rented servers.",
)
.mitre(&["T1090"]);

fn judged(case: &Case, findings: &[Finding]) -> Judged {
    Judged::of(findings.to_vec()).unread(case.rows::<SignIn>(Source::SignIns).unread)
}

pub fn location(case: &Case, known: &Known) -> Judged {
    let gap = case.home_countries.is_empty().then(|| {
        Gap::new(Class::Unavailable, "no home country is known: set `home_countries` of the client in plugins.toml")
    });
    Judged { gap, ..judged(case, &known.location) }
}

pub fn legacy(case: &Case, known: &Known) -> Judged {
    judged(case, &known.legacy)
}

pub fn travel(case: &Case, known: &Known) -> Judged {
    let judged = judged(case, &known.travel);
    if case.reply(Source::BetaSignIns).is_some() {
        judged
    } else {
        judged.noted("sessions in two countries are looked for with `depth` deep")
    }
}

pub fn guessing(case: &Case, known: &Known) -> Judged {
    judged(case, &known.guessing)
}

pub fn tools(case: &Case, known: &Known) -> Judged {
    let judged = judged(case, &known.tools);
    if case.reply(Source::BetaSignIns).is_some() {
        judged
    } else {
        judged.noted("device codes and relays are looked for with `depth` deep")
    }
}

/// The addresses whose origin is to be looked up.
pub fn addresses(known: &Known) -> impl Iterator<Item = &str> {
    known.visitors.iter().map(|(address, _)| address.as_str())
}

pub fn origins(case: &Case, known: &Known) -> Judged {
    let origins = match &case.origins {
        Some(Ok(origins)) => origins,
        None => return judged(case, &[]),
        Some(Err(why)) => return Judged { gap: Some(Gap::new(Class::Unavailable, why.clone())), ..judged(case, &[]) },
    };
    let mut kinds: BTreeMap<&str, Vec<&(String, _)>> = BTreeMap::new();
    for visitor in &known.visitors {
        if let Some(kind) = origins.get(&visitor.0) {
            kinds.entry(kind).or_default().push(visitor);
        }
    }
    let told = |(kind, visitors): (&str, Vec<&(String, _)>)| {
        let addresses: Vec<&String> = visitors.iter().map(|(address, _)| address).collect();
        let last = visitors.iter().map(|(_, last)| *last).max();
        HIDDEN_ORIGIN.found(json!({ "origin": kind, "addresses": addresses })).at(last)
    };
    judged(case, &kinds.into_iter().map(told).collect::<Vec<_>>())
}
