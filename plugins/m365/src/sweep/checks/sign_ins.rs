//! TS-20 and TS-24: how people sign in, and who else tries to.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use claudetools_graph::envelope::Severity::{Critical, High, Info, Low, Medium};
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::reach::Plan;
use crate::rule::Rule;
use crate::signin::SignIn;
use crate::signin::guessing::WRONG_PASSWORD;
use crate::signin::legacy::is_legacy;
use crate::sweep::known::{Known, Missing};
use crate::sweep::rows::{Organization, TransportConfig};
use crate::sweep::source::{ORGANIZATION, SIGN_INS, TRANSPORT_CONFIG};

const SMTP_ON: Rule = Rule::new(
    "TS-20.R1",
    Low,
    "SMTP AUTH is on for the organization",
    "A password alone sends mail. It can be allowed for single mailboxes instead.",
);
const LEGACY_SUCCESS: Rule = Rule::new(
    "TS-20.R2",
    Medium,
    "Sign-ins with legacy authentication",
    "They succeeded without MFA, and so would an attacker's.",
)
.mitre(&["T1078.004"]);
const SCANNER: Rule = Rule::new(
    "TS-20.R3",
    Low,
    "A scanner's account signs in with legacy authentication",
    "It is named in `scan_accounts` of the client; a password alone is enough for it.",
);

pub const LEGACY: Check = Check {
    id: "TS-20",
    title: "Legacy authentication",
    profile: Profile::Security,
    scuba: &["EXO.5.1", "AAD.1.1"],
    plan: None,
    sources: &[&TRANSPORT_CONFIG, &SIGN_INS],
    rules: &[&SMTP_ON, &LEGACY_SUCCESS, &SCANNER],
    parts: &[smtp, legacy],
};

fn smtp(known: &Known) -> Found {
    let is_off = known.only::<TransportConfig>(&TRANSPORT_CONFIG)?.smtp_client_authentication_disabled;
    Ok((!is_off).then(|| SMTP_ON.about("tenant", json!({}))).into_iter().collect())
}

fn legacy(known: &Known) -> Found {
    let mut accounts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sign_in in known.rows::<SignIn>(&SIGN_INS)?.into_iter().filter(SignIn::succeeded) {
        let who = who(&sign_in).to_owned();
        if let Some(client) = sign_in.client_app_used.filter(|client| is_legacy(client)) {
            accounts.entry(who).or_default().insert(client);
        }
    }
    let found = accounts.into_iter().map(|(account, clients)| {
        let rule = if known.client.is_scanner(&account) { &SCANNER } else { &LEGACY_SUCCESS };
        rule.about(account, json!({ "clients": clients }))
    });
    Ok(found.collect())
}

/// So many users tried from one address are a spray, not a person who forgot a password.
pub const SPRAYED_USERS: usize = 10;
/// How many addresses the overview names.
const TOP: usize = 5;

const ABROAD: Rule = Rule::new(
    "TS-24.R1",
    High,
    "Sign-ins from a country that is not home",
    "They succeeded, and the last run saw none from there.",
)
.mitre(&["T1078.004"]);
const ABROAD_AGAIN: Rule = Rule::new(
    "TS-24.R2",
    Low,
    "Sign-ins from a country that is not home, as before",
    "The last run saw some from there, too. Name it in `home_countries` of the client where it belongs there.",
);
const SPRAY: Rule = Rule::new(
    "TS-24.R3",
    Medium,
    "One address tried many users' passwords",
    "None of them fitted. The address can be blocked.",
)
.mitre(&["T1110.003"]);
const SPRAY_HIT: Rule = Rule::new(
    "TS-24.R4",
    Critical,
    "One address tried many users' passwords and got in",
    "Whoever guessed has the accounts that are named.",
)
.mitre(&["T1110.003", "T1078.004"]);
const SUMMARY: Rule =
    Rule::new("TS-24.R5", Info, "Sign-ins in the window", "Where they came from, and who failed most.");

pub const OVERVIEW: Check = Check {
    id: "TS-24",
    title: "Sign-in overview",
    profile: Profile::Security,
    scuba: &[],
    plan: Some(Plan::P1),
    sources: &[&SIGN_INS, &ORGANIZATION],
    rules: &[&ABROAD, &ABROAD_AGAIN, &SPRAY, &SPRAY_HIT, &SUMMARY],
    parts: &[abroad, sprays, summary],
};

fn who(sign_in: &SignIn) -> &str {
    sign_in.user_principal_name.as_deref().or(sign_in.user_id.as_deref()).unwrap_or("unknown")
}

/// Users by the country from which they signed in, the MSP's trusted addresses left out.
pub fn countries(known: &Known) -> Result<BTreeMap<String, BTreeSet<String>>, Missing> {
    let mut countries: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for sign_in in known.rows::<SignIn>(&SIGN_INS)?.into_iter().filter(SignIn::succeeded) {
        let trusted = sign_in.address().is_some_and(|address| known.client.trusts(address));
        if let Some(country) = sign_in.country().filter(|_| !trusted) {
            countries.entry(country).or_default().insert(who(&sign_in).to_owned());
        }
    }
    Ok(countries)
}

fn abroad(known: &Known) -> Found {
    let mut home: BTreeSet<String> = known.client.home_countries.iter().cloned().collect();
    if home.is_empty() {
        home.extend(
            known.only::<Organization>(&ORGANIZATION)?.country_letter_code.map(|country| country.to_uppercase()),
        );
    }
    let before = |country: &String| known.last.is_some_and(|last| last.countries.contains(country));
    let found = countries(known)?.into_iter().filter(|(country, _)| !home.contains(country)).map(|(country, users)| {
        let rule = if before(&country) { &ABROAD_AGAIN } else { &ABROAD };
        rule.about(country, json!({ "users": users }))
    });
    Ok(found.collect())
}

fn sprays(known: &Known) -> Found {
    let sign_ins = known.rows::<SignIn>(&SIGN_INS)?;
    let mut tried: BTreeMap<IpAddr, BTreeSet<&str>> = BTreeMap::new();
    for sign_in in sign_ins.iter().filter(|it| WRONG_PASSWORD.contains(&it.code())) {
        if let Some(address) = sign_in.address().filter(|address| !known.client.trusts(*address)) {
            tried.entry(address).or_default().insert(who(sign_in));
        }
    }
    let sprays = tried.into_iter().filter(|(_, users)| users.len() >= SPRAYED_USERS);
    let found = sprays.map(|(address, users)| {
        let from_there = sign_ins.iter().filter(|it| it.succeeded() && it.address() == Some(address));
        let got_in: BTreeSet<&str> = from_there.map(who).collect();
        let rule = if got_in.is_empty() { &SPRAY } else { &SPRAY_HIT };
        rule.about(address.to_string(), json!({ "tried": users.len(), "got_in": got_in }))
    });
    Ok(found.collect())
}

fn summary(known: &Known) -> Found {
    let sign_ins = known.rows::<SignIn>(&SIGN_INS)?;
    if sign_ins.is_empty() {
        return Ok(Vec::new());
    }
    let by_country: BTreeMap<String, usize> =
        countries(known)?.into_iter().map(|(country, users)| (country, users.len())).collect();
    let mut failures: BTreeMap<&str, usize> = BTreeMap::new();
    for ip in sign_ins.iter().filter(|it| !it.succeeded()).filter_map(|it| it.ip_address.as_deref()) {
        *failures.entry(ip).or_default() += 1;
    }
    let mut failures: Vec<(&str, usize)> = failures.into_iter().collect();
    failures.sort_by_key(|(ip, count)| (std::cmp::Reverse(*count), *ip));
    failures.truncate(TOP);
    let evidence = json!({ "sign_ins": sign_ins.len(), "users_by_country": by_country, "most_failures": failures });
    Ok(vec![SUMMARY.about("tenant", evidence)])
}
