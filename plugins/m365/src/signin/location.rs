//! BC-11: countries.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Confidence;
use claudetools_graph::envelope::Severity::{High, Low, Medium};
use claudetools_graph::jiff::Timestamp;
use serde_json::json;

use super::{Around, Sign, SignIn};
use crate::rule::Rule;

const ACCOUNT: &[&str] = &["T1078.004"];

const NEW_COUNTRY: Rule = Rule::new(
    "R1",
    High,
    "Sign-in from a country that is new for the user",
    "It is no home country of the client, and the user was not seen there before.",
)
.mitre(ACCOUNT)
.sure(Confidence::Medium);
const KNOWN_COUNTRY: Rule = Rule::new(
    "R2",
    Low,
    "Sign-in from a foreign country where the user was before",
    "It is no home country of the client; the user was there in the 30 days before, too.",
)
.mitre(ACCOUNT)
.sure(Confidence::Low);
const PASSWORD_KNOWN: Rule = Rule::new(
    "R3",
    Medium,
    "Password known to someone abroad",
    "The password was right; only a second factor or a policy stopped the sign-in.",
)
.mitre(ACCOUNT);
const NOWHERE: Rule = Rule::new(
    "R4",
    Low,
    "Sign-in from an unknown place",
    "Its country is not known, so that it could not be compared.",
)
.mitre(ACCOUNT)
.sure(Confidence::Low);

/// Failures before which the password was found to be right.
const PASSWORD_WAS_RIGHT: &[i64] = &[50074, 50076, 50079, 50158, 53003, 50140, 65001];

/// Successes from abroad, and passwords that are known there, since `from`. Sign-ins before it tell where the user was.
pub fn judge<'a>(signins: &'a [SignIn], around: &Around, from: Timestamp) -> Vec<Sign<'a>> {
    let (before, within): (Vec<&SignIn>, Vec<&SignIn>) =
        signins.iter().partition(|signin| signin.created_date_time < from);
    let seen: BTreeSet<String> =
        before.iter().filter(|signin| signin.succeeded()).filter_map(|signin| signin.country()).collect();
    let foreign: Vec<&SignIn> = within.into_iter().filter(|signin| !around.trusts(signin)).collect();
    let mut signs = Vec::new();
    for (country, of) in by_country(&foreign, |signin| signin.succeeded() && around.is_abroad(signin)) {
        let rule = if seen.contains(&country) { &KNOWN_COUNTRY } else { &NEW_COUNTRY };
        signs.push(Sign::about(rule.found(json!({ "country": country })), of));
    }
    for (country, of) in
        by_country(&foreign, |signin| PASSWORD_WAS_RIGHT.contains(&signin.code()) && around.is_abroad(signin))
    {
        signs.push(Sign::about(PASSWORD_KNOWN.found(json!({ "country": country })), of));
    }
    let nowhere: Vec<&SignIn> =
        foreign.into_iter().filter(|signin| signin.succeeded() && signin.country().is_none()).collect();
    if !nowhere.is_empty() {
        signs.push(Sign::about(NOWHERE.found(json!({})), nowhere));
    }
    signs
}

fn by_country<'a>(signins: &[&'a SignIn], wanted: impl Fn(&SignIn) -> bool) -> BTreeMap<String, Vec<&'a SignIn>> {
    let mut countries: BTreeMap<String, Vec<&SignIn>> = BTreeMap::new();
    for signin in signins.iter().filter(|signin| wanted(signin)) {
        countries.entry(signin.country().unwrap_or_default()).or_default().push(signin);
    }
    countries
}
