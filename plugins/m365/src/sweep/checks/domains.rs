//! TS-27 and TS-28: who may sign people in, and who changed the rules for it.

use claudetools_graph::envelope::Severity::{Critical, High};
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::rule::Rule;
use crate::sweep::known::{Known, Missing};
use crate::sweep::rows::{Audit, Domain, Federation};
use crate::sweep::source::{AUDITS, DOMAINS, FEDERATIONS};

const FEDERATED: Rule = Rule::new(
    "TS-27.R1",
    Critical,
    "Domain was federated",
    "Whoever has the other side's key signs in as anybody of the domain, past every password and MFA.",
)
.mitre(&["T1484.002", "T1606.002"]);
const NEW_CERTIFICATE: Rule = Rule::new(
    "TS-27.R2",
    Critical,
    "A federated domain has another signing certificate",
    "Who holds its key signs in as anybody of the domain.",
)
.mitre(&["T1484.002", "T1606.002"]);
const NEW_DOMAIN: Rule =
    Rule::new("TS-27.R3", High, "New domain", "A domain that an attacker adds is the first step to federating it.")
        .mitre(&["T1484.002"]);

pub const FEDERATION: Check = Check {
    id: "TS-27",
    title: "Domains and federation",
    profile: Profile::Security,
    scuba: &[],
    plan: None,
    sources: &[&DOMAINS, &FEDERATIONS, &AUDITS],
    rules: &[&FEDERATED, &NEW_CERTIFICATE, &NEW_DOMAIN],
    parts: &[events, changed_domains, changed_certificates],
};

/// Successful events of the window with these names.
fn named(known: &Known, wanted: fn(&str) -> bool) -> Result<Vec<Audit>, Missing> {
    let audits = known.rows::<Audit>(&AUDITS)?.into_iter();
    Ok(audits
        .filter(|audit| audit.succeeded() && wanted(audit.activity_display_name.trim().trim_end_matches('.')))
        .collect())
}

fn rule_of(event: &str) -> Option<&'static Rule> {
    match event {
        "Set domain authentication" => Some(&FEDERATED),
        "Set federation settings on domain" => Some(&NEW_CERTIFICATE),
        "Add verified domain" | "Verify domain" => Some(&NEW_DOMAIN),
        _ => None,
    }
}

fn events(known: &Known) -> Found {
    let events = named(known, |event| rule_of(event).is_some())?.into_iter();
    let found = events.filter_map(|audit| {
        let rule = rule_of(audit.activity_display_name.trim().trim_end_matches('.'))?;
        let evidence = json!({ "by": audit.actor(), "event": audit.activity_display_name });
        Some(rule.about(audit.target(), evidence).at(Some(audit.activity_date_time)))
    });
    Ok(found.collect())
}

fn changed_domains(known: &Known) -> Found {
    let domains = known.rows::<Domain>(&DOMAINS)?;
    let Some(last) = known.last else { return Ok(Vec::new()) };
    let found = domains.into_iter().filter_map(|domain| {
        let rule = match last.domains.get(&domain.id) {
            None => &NEW_DOMAIN,
            Some(before) if before == "Managed" && domain.authentication_type == "Federated" => &FEDERATED,
            Some(_) => return None,
        };
        Some(rule.about(domain.id, json!({ "last_run": last.at.to_string() })))
    });
    Ok(found.collect())
}

fn changed_certificates(known: &Known) -> Found {
    let federations = known.rows::<Federation>(&FEDERATIONS)?;
    let Some(last) = known.last else { return Ok(Vec::new()) };
    let found = federations.into_iter().filter_map(|federation| {
        let before = last.certificates.get(&federation.domain)?;
        let is_same = federation.fingerprint().as_ref() == Some(before);
        let evidence = json!({ "issuer": federation.issuer_uri, "last_run": last.at.to_string() });
        (!is_same).then(|| NEW_CERTIFICATE.about(federation.domain, evidence))
    });
    Ok(found.collect())
}

impl Federation {
    /// What tells one certificate from another.
    pub fn fingerprint(&self) -> Option<String> {
        Some(claudetools_graph::ids::of(&[self.signing_certificate.as_ref()?]))
    }
}

const TAMPERED: Rule = Rule::new(
    "TS-28.R1",
    High,
    "Conditional Access was changed by somebody else",
    "None of the MSP's own accounts did it: a policy or a trusted location is how one lets oneself in later.",
)
.mitre(&["T1556.009"]);

pub const TAMPERING: Check = Check {
    id: "TS-28",
    title: "Changes of Conditional Access",
    profile: Profile::Security,
    scuba: &[],
    plan: None,
    sources: &[&AUDITS],
    rules: &[&TAMPERED],
    parts: &[tampering],
};

fn tampering(known: &Known) -> Found {
    let events = named(known, |event| {
        let event = event.to_lowercase();
        let touched = event.ends_with("conditional access policy") || event.ends_with("named location");
        touched && (event.starts_with("update") || event.starts_with("delete"))
    })?;
    let found = events.into_iter().filter(|audit| !known.client.is_admin(audit.actor())).map(|audit| {
        let evidence = json!({ "by": audit.actor(), "event": audit.activity_display_name });
        TAMPERED.about(audit.target(), evidence).at(Some(audit.activity_date_time))
    });
    Ok(found.collect())
}
