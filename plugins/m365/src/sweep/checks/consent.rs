//! TS-09 and TS-10: who may let apps in, and which were let in for everybody.

use std::collections::{BTreeMap, BTreeSet};

use claudetools_graph::envelope::Severity::{High, Low};
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::rule::Rule;
use crate::sweep::known::{Known, Missing};
use crate::sweep::rows::{Audit, Authorization, Grant, ServicePrincipal, Switch};
use crate::sweep::source::{AUDITS, AUTHORIZATION, CONSENT_REQUESTS, GRANTS as ALL_GRANTS, PRINCIPALS};

const LEGACY_CONSENT: Rule = Rule::new(
    "TS-09.R1",
    High,
    "Users may consent to any app",
    "One click on a phishing link gives an app the user's mail.",
)
.mitre(&["T1528"]);
const USERS_MAKE_APPS: Rule =
    Rule::new("TS-09.R2", Low, "Users may register apps", "An attacker with any account can leave an app behind.");
const NO_WORKFLOW: Rule = Rule::new(
    "TS-09.R3",
    Low,
    "No way to ask for consent",
    "Without a request that administrators answer, people look for another way.",
);

pub const SETTINGS: Check = Check {
    id: "TS-09",
    title: "Consent settings",
    profile: Profile::Both,
    scuba: &["AAD.5.1", "AAD.5.2", "AAD.5.3"],
    plan: None,
    sources: &[&AUTHORIZATION, &CONSENT_REQUESTS],
    rules: &[&LEGACY_CONSENT, &USERS_MAKE_APPS, &NO_WORKFLOW],
    parts: &[defaults, workflow],
};

fn defaults(known: &Known) -> Found {
    let allowed = known.only::<Authorization>(&AUTHORIZATION)?.default_user_role_permissions;
    let assigned = allowed.permission_grant_policies_assigned;
    let mut found = Vec::new();
    if assigned.iter().any(|policy| policy.ends_with("microsoft-user-default-legacy")) {
        found.push(LEGACY_CONSENT.about("tenant", json!({ "assigned": assigned })));
    }
    if allowed.allowed_to_create_apps {
        found.push(USERS_MAKE_APPS.about("tenant", json!({})));
    }
    Ok(found)
}

fn workflow(known: &Known) -> Found {
    let is_enabled = known.only::<Switch>(&CONSENT_REQUESTS)?.is_enabled;
    Ok((!is_enabled).then(|| NO_WORKFLOW.about("tenant", json!({}))).into_iter().collect())
}

const BROAD: Rule = Rule::new(
    "TS-10.R1",
    High,
    "App of an unverified publisher with a risky scope for everybody",
    "It acts on every user's mail or files, and nobody has checked whose it is. Name apps that belong there in `allowed_apps` of the client.",
)
.mitre(&["T1528", "T1550.001"]);
const ORPHAN: Rule =
    Rule::new("TS-10.R2", Low, "Grants of apps that are gone", "They come to life when the app comes back.");

pub const GRANTS: Check = Check {
    id: "TS-10",
    title: "Delegated grants",
    profile: Profile::Security,
    scuba: &[],
    plan: None,
    sources: &[&ALL_GRANTS, &PRINCIPALS, &AUDITS],
    rules: &[&BROAD, &ORPHAN],
    parts: &[broad, orphans],
};

fn broad(known: &Known) -> Found {
    let apps = known.rows::<ServicePrincipal>(&PRINCIPALS)?;
    let apps: BTreeMap<&str, &ServicePrincipal> = apps.iter().map(|app| (app.id.as_str(), app)).collect();
    let fresh = consented(known)?;
    let grants = known.rows::<Grant>(&ALL_GRANTS)?.into_iter().filter(|grant| grant.consent_type == "AllPrincipals");
    let found = grants.filter_map(|grant| {
        let app = *apps.get(grant.client_id.as_str())?;
        let risky = grant.risky_scopes();
        if risky.is_empty() || app.is_verified() || app.is_microsofts() || known.client.allows(&app.app_id) {
            return None;
        }
        let evidence = json!({ "app_id": app.app_id, "scopes": risky, "granted_in_window": fresh.contains(&app.id) });
        let finding = BROAD.about(app.shown(), evidence).step("remove_oauth_grant", json!({ "id": grant.id }));
        Some(finding.raised_if(fresh.contains(&app.id)))
    });
    Ok(found.collect())
}

/// Apps that somebody consented to in the window, by the id of their service principal. The grant itself has no date.
fn consented(known: &Known) -> Result<BTreeSet<String>, Missing> {
    let audits = known.rows::<Audit>(&AUDITS)?.into_iter();
    let consents = audits.filter(|audit| {
        let what = audit.activity_display_name.as_str();
        audit.succeeded() && matches!(what, "Consent to application" | "Add delegated permission grant")
    });
    Ok(consents.flat_map(|audit| audit.target_resources).filter_map(|target| target.id).collect())
}

fn orphans(known: &Known) -> Found {
    let apps = known.whole::<ServicePrincipal>(&PRINCIPALS)?;
    let apps: BTreeSet<&str> = apps.iter().map(|app| app.id.as_str()).collect();
    let grants = known.rows::<Grant>(&ALL_GRANTS)?.into_iter();
    let orphans: BTreeSet<String> =
        grants.filter(|grant| !apps.contains(grant.client_id.as_str())).map(|grant| grant.client_id).collect();
    Ok(ORPHAN.about_all(orphans.into_iter().collect()))
}
