//! BC-07 and BC-08: apps that the user let in, or that it was given.

use std::collections::BTreeSet;

use claudetools_graph::envelope::Finding;
use claudetools_graph::envelope::Severity::{Critical, High, Info, Medium};
use claudetools_graph::jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::Judged;
use crate::breach::case::Case;
use crate::breach::known::Known;
use crate::breach::source::Source;
use crate::rogue;
use crate::rows::{Rows, moment};
use crate::rule::Rule;
use crate::scopes;

const CONSENT: &[&str] = &["T1528", "T1550.001"];
const ROGUE: Rule = Rule::new(
    "R1",
    Critical,
    "App that is known from break-ins",
    "Attackers let it in to read and copy mail. Where it belongs there, name it in `allowed_apps` of the client.",
)
.mitre(CONSENT);
const NEW: Rule = Rule::new(
    "R2",
    High,
    "New app with far-reaching access and no verified publisher",
    "It came to the tenant in the window; a changed password does not take its access away.",
)
.mitre(CONSENT);
const OLD: Rule = Rule::new(
    "R3",
    Medium,
    "App with far-reaching access and no verified publisher",
    "Ask whether it is used; a changed password does not take its access away.",
)
.mitre(CONSENT);
const UNKNOWN: Rule = Rule::new(
    "R4",
    Medium,
    "Far-reaching access of an app that could not be looked up",
    "Who it is could not be found out.",
)
.mitre(CONSENT);
const ASSIGNED: Rule = Rule::new(
    "R1",
    High,
    "The user was assigned to a suspicious app in the window",
    "The app is one of those that BC-07 found.",
)
.mitre(CONSENT);
const ASSIGNED_OTHER: Rule =
    Rule::new("R2", Info, "The user was assigned to an app in the window", "A first sign-in to an app does that, too.");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Grant {
    id: String,
    client_id: String,
    #[serde(default)]
    scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct App {
    app_id: String,
    display_name: Option<String>,
    publisher_name: Option<String>,
    verified_publisher: Option<Publisher>,
    app_owner_organization_id: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    created_date_time: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Publisher {
    verified_publisher_id: Option<String>,
    display_name: Option<String>,
}

impl App {
    fn is_verified(&self) -> bool {
        let said = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        self.verified_publisher
            .as_ref()
            .is_some_and(|publisher| said(&publisher.verified_publisher_id) || said(&publisher.display_name))
    }
}

pub fn grants(case: &Case, known: &Known) -> Judged {
    let grants: Rows<Grant> = case.rows(Source::Grants);
    let findings = grants.read.iter().filter_map(|grant| of_grant(grant, case, known)).collect();
    let unread = case.apps.values().flatten().filter(|app| App::deserialize(*app).is_err()).count();
    Judged::of(findings).unread(grants.unread + unread)
}

fn of_grant(grant: &Grant, case: &Case, known: &Known) -> Option<Finding> {
    let risky = scopes::risky(grant.scope.as_deref().unwrap_or_default());
    let app = case.apps.get(&grant.client_id).and_then(|app| App::deserialize(app.as_ref()?).ok());
    let facts = json!({
        "app": app.as_ref().and_then(|app| app.display_name.clone()),
        "app_id": app.as_ref().map(|app| app.app_id.clone()),
        "publisher": app.as_ref().and_then(|app| app.publisher_name.clone()),
        "scopes": risky,
        "grant": grant.id,
        "service_principal": grant.client_id,
    });
    let consent = consented(&grant.client_id, known);
    let finding = rule(app.as_ref(), !risky.is_empty(), case)?.found(facts);
    let finding = finding.at(consent).step("remove_oauth_grant", json!({ "id": grant.id }));
    Some(finding.step("disable_service_principal", json!({ "id": grant.client_id })))
}

fn rule(app: Option<&App>, risky: bool, case: &Case) -> Option<&'static Rule> {
    let Some(app) = app else { return risky.then_some(&UNKNOWN) };
    if case.client.allows(&app.app_id) || app.app_owner_organization_id.as_deref().is_some_and(scopes::is_microsofts) {
        return None;
    }
    if rogue::name(&app.app_id).is_some() {
        return Some(&ROGUE);
    }
    match risky && !app.is_verified() {
        true if case.is_new(app.created_date_time) => Some(&NEW),
        true => Some(&OLD),
        false => None,
    }
}

/// When the trail says that the user let an app in: the grant itself has no date.
fn consented(service_principal: &str, known: &Known) -> Option<Timestamp> {
    let consents = known
        .events
        .iter()
        .filter(|event| event.activity() == "consent to application" && event.is_about(service_principal));
    consents.map(|event| event.activity_date_time).max()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    id: String,
    resource_id: String,
    resource_display_name: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    created_date_time: Option<Timestamp>,
}

pub fn assignments(case: &Case, known: &Known) -> Judged {
    let assignments: Rows<Assignment> = case.rows(Source::AppRoles);
    let flagged: BTreeSet<String> = grants(case, known)
        .findings
        .iter()
        .filter_map(|finding| finding.evidence.get("service_principal")?.as_str().map(str::to_owned))
        .collect();
    let findings =
        assignments.read.iter().filter(|assignment| case.is_new(assignment.created_date_time)).map(|assignment| {
            let rule = if flagged.contains(&assignment.resource_id) { &ASSIGNED } else { &ASSIGNED_OTHER };
            let facts = json!({ "app": assignment.resource_display_name, "service_principal": assignment.resource_id });
            rule.found(facts)
                .at(assignment.created_date_time)
                .step("remove_app_role_assignment", json!({ "user": case.user.id, "id": assignment.id }))
        });
    Judged::of(findings.collect()).unread(assignments.unread)
}
