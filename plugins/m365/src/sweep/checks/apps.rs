//! TS-11, TS-12 and TS-13: apps that act by themselves, apps that attackers use, and new keys to apps.

use std::collections::BTreeMap;

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{Critical, High, Info, Low, Medium};
use claudetools_graph::jiff::SignedDuration;
use serde_json::json;

use super::{About, Check, Found, Profile};
use crate::rogue;
use crate::rule::Rule;
use crate::sweep::known::Known;
use crate::sweep::lists::risky_permission;
use crate::sweep::rows::{AppRole, Application, Audit, Credential, Organization, ServicePrincipal};
use crate::sweep::source::{APP_ROLES, APPLICATIONS, AUDITS, ORGANIZATION, PRINCIPALS};

const NEW_POWER: Rule = Rule::new(
    "TS-11.R1",
    Critical,
    "Foreign app was given a risky permission",
    "It acts on the whole tenant without a user, since a time within the window.",
)
.mitre(&["T1098.003", "T1528"]);
const STANDING_POWER: Rule = Rule::new(
    "TS-11.R2",
    Medium,
    "Foreign app with a risky permission",
    "Whoever breaks into its maker acts on the whole tenant. Name apps that belong there in `allowed_apps` of the client.",
);
const SHARED_APP: Rule = Rule::new(
    "TS-11.R3",
    Medium,
    "Multi-tenant app of the tenant with a secret and a risky permission",
    "A secret leaks from wherever it is configured, and other tenants can have the app, too.",
);

pub const RISKY: Check = Check {
    id: "TS-11",
    title: "Apps with permissions of their own",
    profile: Profile::Security,
    scuba: &[],
    plan: None,
    sources: &[&PRINCIPALS, &APP_ROLES, &APPLICATIONS, &ORGANIZATION],
    rules: &[&NEW_POWER, &STANDING_POWER, &SHARED_APP],
    parts: &[foreign, own],
};

/// The risky permissions of each service principal, by its id.
fn powers(assignments: &[AppRole]) -> BTreeMap<&str, Vec<(&'static str, &AppRole)>> {
    let mut powers: BTreeMap<&str, Vec<_>> = BTreeMap::new();
    for assignment in assignments {
        if let Some(name) = risky_permission(&assignment.app_role_id) {
            powers.entry(&assignment.principal_id).or_default().push((name, assignment));
        }
    }
    powers
}

fn foreign(known: &Known) -> Found {
    let tenant = known.only::<Organization>(&ORGANIZATION)?.id;
    let assignments = known.rows::<AppRole>(&APP_ROLES)?;
    let powers = powers(&assignments);
    let apps = known.rows::<ServicePrincipal>(&PRINCIPALS)?.into_iter();
    let apps = apps.filter(|app| app.is_foreign(&tenant) && !known.client.allows(&app.app_id));
    let found = apps.filter_map(|app| {
        let held = powers.get(app.id.as_str())?;
        let fresh = held.iter().filter_map(|(_, it)| it.created_date_time).filter(|at| *at >= known.since).max();
        let rule = if fresh.is_some() { &NEW_POWER } else { &STANDING_POWER };
        let names: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
        let finding = rule.about(app.shown(), json!({ "app_id": app.app_id, "permissions": names })).at(fresh);
        Some(finding.step("disable_service_principal", json!({ "id": app.id })))
    });
    Ok(found.collect())
}

fn own(known: &Known) -> Found {
    let assignments = known.rows::<AppRole>(&APP_ROLES)?;
    let powers = powers(&assignments);
    let principals = known.rows::<ServicePrincipal>(&PRINCIPALS)?;
    let ids: BTreeMap<&str, &str> = principals.iter().map(|app| (app.app_id.as_str(), app.id.as_str())).collect();
    let shared = known.rows::<Application>(&APPLICATIONS)?.into_iter().filter(|app| {
        let audience = app.sign_in_audience.as_deref().unwrap_or_default();
        audience.starts_with("AzureADMultipleOrgs") || audience.starts_with("AzureADandPersonal")
    });
    let found = shared.filter(|app| !app.password_credentials.is_empty()).filter_map(|app| {
        let held = powers.get(ids.get(app.app_id.as_str())?)?;
        let names: Vec<&str> = held.iter().map(|(name, _)| *name).collect();
        Some(SHARED_APP.about(app.shown(), json!({ "app_id": app.app_id, "permissions": names })))
    });
    Ok(found.collect())
}

const ROGUE_APP: Rule = Rule::new(
    "TS-12.R1",
    Critical,
    "App that attackers use",
    "It is on a list of apps that are known from break-ins. Where it belongs there, name it in `allowed_apps` of the client.",
)
.mitre(&["T1528", "T1550.001"]);

pub const ROGUE: Check = Check {
    id: "TS-12",
    title: "Rogue apps",
    profile: Profile::Security,
    scuba: &[],
    plan: None,
    sources: &[&PRINCIPALS],
    rules: &[&ROGUE_APP],
    parts: &[rogue_apps],
};

fn rogue_apps(known: &Known) -> Found {
    let apps = known.rows::<ServicePrincipal>(&PRINCIPALS)?.into_iter();
    let apps = apps.filter(|app| app.account_enabled != Some(false) && !known.client.allows(&app.app_id));
    let found = apps.filter_map(|app| {
        let listed = rogue::name(&app.app_id)?;
        let finding = ROGUE_APP.about(app.shown(), json!({ "app_id": app.app_id, "listed_as": listed }));
        Some(finding.step("disable_service_principal", json!({ "id": app.id })))
    });
    Ok(found.collect())
}

/// Days of 24 months: a key that is valid longer is never changed.
pub const LONGEST_DAYS: i64 = 731;

const NEW_KEY: Rule = Rule::new(
    "TS-13.R1",
    High,
    "New key to an app",
    "A key that was added is how an attacker keeps access after passwords are changed.",
)
.mitre(&["T1098.001"]);
const LONG_LIVED: Rule = Rule::new(
    "TS-13.R2",
    Low,
    "Keys that are valid for more than 24 months",
    "Nobody changes them, and nobody knows who has them.",
);
const EXPIRED: Rule = Rule::new("TS-13.R3", Info, "Apps with expired keys", "They can be taken away.");
const MICROSOFTS: Rule = Rule::new(
    "TS-13.R4",
    Critical,
    "Key on an app of Microsoft's own",
    "Microsoft puts no key there; with one, somebody signs in as an app that everybody trusts.",
)
.mitre(&["T1098.001"]);

pub const CREDENTIALS: Check = Check {
    id: "TS-13",
    title: "Keys to apps",
    profile: Profile::Security,
    scuba: &["AAD.5.6", "AAD.5.7"],
    plan: None,
    sources: &[&APPLICATIONS, &AUDITS, &PRINCIPALS],
    rules: &[&NEW_KEY, &LONG_LIVED, &EXPIRED, &MICROSOFTS],
    parts: &[keys, added_keys, keys_of_microsofts],
};

fn keys(known: &Known) -> Found {
    let apps = known.rows::<Application>(&APPLICATIONS)?;
    let with = |wanted: &dyn Fn(&Credential) -> bool| -> Vec<String> {
        apps.iter().filter(|app| app.credentials().any(wanted)).map(|app| app.shown().to_owned()).collect()
    };
    let mut found: Vec<Finding> = Vec::new();
    for app in &apps {
        let newest = app.credentials().filter_map(|key| key.start_date_time).filter(|at| *at >= known.since).max();
        found.extend(newest.map(|at| NEW_KEY.about(app.shown(), json!({ "app_id": app.app_id })).at(Some(at))));
    }
    found.extend(LONG_LIVED.about_all(with(&Credential::is_long_lived)));
    found.extend(EXPIRED.about_all(with(&|key| key.end_date_time.is_some_and(|end| end < known.now))));
    Ok(found)
}

impl Credential {
    fn is_long_lived(&self) -> bool {
        let valid = self.start_date_time.zip(self.end_date_time).map(|(start, end)| end.duration_since(start));
        valid.is_some_and(|valid| valid > SignedDuration::from_hours(LONGEST_DAYS * 24))
    }
}

/// Additions to service principals, which no application lists.
fn added_keys(known: &Known) -> Found {
    let audits = known.rows::<Audit>(&AUDITS)?.into_iter().filter(|audit| {
        // Microsoft writes it with a space at its end.
        let what = audit.activity_display_name.trim();
        let adds = what == "Add service principal credentials" || what.ends_with("Certificates and secrets management");
        adds && audit.succeeded()
    });
    let found = audits.map(|audit| {
        let evidence = json!({ "by": audit.actor(), "event": audit.activity_display_name.trim() });
        NEW_KEY.about(audit.target(), evidence).at(Some(audit.activity_date_time))
    });
    Ok(found.collect())
}

fn keys_of_microsofts(known: &Known) -> Found {
    let apps = known.rows::<ServicePrincipal>(&PRINCIPALS)?.into_iter();
    let keyed = apps
        .filter(|app| app.is_microsofts() && !(app.password_credentials.is_empty() && app.key_credentials.is_empty()));
    Ok(keyed.map(|app| MICROSOFTS.about(app.shown(), json!({ "app_id": app.app_id }))).collect())
}
