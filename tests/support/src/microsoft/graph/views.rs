//! What a collection shows that is no list of its own: a user's grants are the tenant's, a rule is Exchange's, too.

use serde_json::{Value, json};
use time::Duration;

use super::filter::{Expression, Operator};
use super::options::Options;
use super::routes::Kind;
use super::{Answer, Request, misunderstood, not_found};
use crate::clock;
use crate::microsoft::csdl;
use crate::microsoft::rule::folder_id;
use crate::microsoft::state::State;
use crate::microsoft::tenant::Tenant;

/// The folders that every mailbox has: their names, and what they are called everywhere.
pub(in crate::microsoft) const FOLDERS: &[(&str, &str)] = &[
    ("Inbox", "inbox"),
    ("Sent Items", "sentitems"),
    ("Deleted Items", "deleteditems"),
    ("Archive", "archive"),
    ("Junk Email", "junkemail"),
    ("Conversation History", "conversationhistory"),
    ("RSS Feeds", "rssfeeds"),
    ("Recoverable Items Deletions", "recoverableitemsdeletions"),
    ("Newsletters", ""),
];

/// The entities of a collection, all of them and whole.
pub(super) fn collection(
    tenant: &Tenant,
    route: &str,
    place: &str,
    version: &str,
    options: &Options,
) -> Option<Vec<Value>> {
    let user = place.split('/').nth(1).unwrap_or_default();
    let of_user = |path: &str, field: &str| -> Vec<Value> {
        tenant.list(path).iter().filter(|value| value[field] == user).cloned().collect()
    };
    Some(match route.strip_prefix("users/{id}/").unwrap_or(route) {
        "mailFolders/inbox/messageRules" => rules(tenant, user),
        "oauth2PermissionGrants" if place.starts_with("users/") => of_user("oauth2PermissionGrants", "principalId"),
        "managedDevices" => of_user("deviceManagement/managedDevices", "userId"),
        "registeredDevices" | "ownedDevices" => devices(tenant, place),
        "transitiveMemberOf/microsoft.graph.directoryRole" => {
            tenant.list(place.trim_end_matches("/microsoft.graph.directoryRole")).to_vec()
        }
        "authentication/phoneMethods" => {
            let methods = tenant.list(&format!("users/{user}/authentication/methods")).iter();
            methods
                .filter(|method| method["@odata.type"] == "#microsoft.graph.phoneAuthenticationMethod")
                .cloned()
                .collect()
        }
        "mailFolders" => FOLDERS.iter().map(|(name, known)| folder(name, known)).collect(),
        "mailFolders/{id}/messages" => {
            let (name, _) = known_folder(place.split('/').nth(3)?)?;
            tenant.list(&format!("users/{user}/messages/{name}")).to_vec()
        }
        "auditLogs/signIns" => sign_ins(tenant, version, options),
        "servicePrincipals/{id}/appRoleAssignedTo" => assigned(tenant, user),
        "security/auditLog/queries/{id}/records" => records(tenant, user_of_query(place))?,
        _ => tenant.list(place).to_vec(),
    })
}

/// One entity, or an object that stands alone.
pub(super) fn object(tenant: &Tenant, kind: &Kind, place: &str, _version: &str) -> Option<Value> {
    if matches!(kind, Kind::Single(_)) {
        return tenant.list(place).first().cloned();
    }
    let (collection, id) = place.rsplit_once('/')?;
    if collection.ends_with("/messageRules") {
        let user = place.split('/').nth(1)?;
        return rules(tenant, user).into_iter().find(|rule| rule["id"] == id);
    }
    if collection.ends_with("/mailFolders") {
        return known_folder(id).map(|(name, known)| folder(name, known));
    }
    tenant.list(collection).iter().find(|value| value["id"] == id).cloned()
}

/// The rules that Graph shows: not the hidden ones.
fn rules(tenant: &Tenant, user: &str) -> Vec<Value> {
    let upn = tenant.user(user).and_then(|user| user["userPrincipalName"].as_str()).unwrap_or_default();
    let rules = tenant.rules.get(upn).into_iter().flatten().filter(|rule| !rule.hidden);
    rules.zip(1..).map(|(rule, sequence)| rule.graph(sequence)).collect()
}

fn devices(tenant: &Tenant, place: &str) -> Vec<Value> {
    let theirs = tenant.list(place);
    let devices = tenant.list("devices").iter();
    devices.filter(|device| theirs.iter().any(|one| one["id"] == device["id"])).cloned().collect()
}

fn folder(name: &str, known: &str) -> Value {
    let known = if known.is_empty() { Value::Null } else { json!(known) };
    json!({
        "id": folder_id(name), "displayName": name, "parentFolderId": folder_id("Top of Information Store"),
        "childFolderCount": 0, "unreadItemCount": 0, "totalItemCount": 0, "isHidden": false, "wellKnownName": known,
    })
}

fn known_folder(id: &str) -> Option<(&'static str, &'static str)> {
    let is = |(name, known): &&(&str, &str)| folder_id(name) == id || known.eq_ignore_ascii_case(id);
    FOLDERS.iter().find(|folder| !id.is_empty() && is(folder)).copied()
}

/// v1.0 has the interactive ones only, and beta the others for who asks for them.
fn sign_ins(tenant: &Tenant, version: &str, options: &Options) -> Vec<Value> {
    let named = options.filter.iter().flat_map(Expression::properties);
    let all = version == "beta" && named.into_iter().any(|name| name == "signInEventTypes");
    let signed = tenant.list("auditLogs/signIns").iter();
    signed.filter(|one| all || one["isInteractive"] == true).cloned().collect()
}

fn assigned(tenant: &Tenant, resource: &str) -> Vec<Value> {
    let lists = tenant.graph.iter().filter(|(path, _)| path.ends_with("/appRoleAssignments"));
    lists.flat_map(|(_, list)| list).filter(|one| one["resourceId"] == resource).cloned().collect()
}

/// An entity with what is to be shown of others.
pub(super) fn expand(tenant: &Tenant, mut value: Value, names: &[String]) -> Value {
    for name in names {
        let id = value[format!("{name}Id")].clone();
        let find = |path: &str| tenant.list(path).iter().find(|one| one["id"] == id).cloned();
        value[name] = match name.as_str() {
            "principal" => [("users", "user"), ("servicePrincipals", "servicePrincipal"), ("groups", "group")]
                .iter()
                .find_map(|(path, kind)| Some((find(path)?, kind)))
                .map(|(mut found, kind)| {
                    found["@odata.type"] = json!(format!("#microsoft.graph.{kind}"));
                    found
                })
                .unwrap_or_default(),
            _ => find("roleManagement/directory/roleDefinitions").unwrap_or_default(),
        };
    }
    value
}

/// Message traces are asked for ten days at a time.
pub(super) fn window(request: &Request<'_>, options: &Options) -> Result<(), String> {
    if request.route.of() != "exchangeMessageTrace" {
        return Ok(());
    }
    let bounds = options.filter.iter().flat_map(|filter| filter.bounds("receivedDateTime")).collect::<Vec<_>>();
    let time = |wanted: &[Operator]| {
        let bound = bounds.iter().find(|(operator, _)| wanted.contains(operator));
        bound.and_then(|(_, value)| clock::parse(value.as_str()?))
    };
    match (time(&[Operator::Ge, Operator::Gt]), time(&[Operator::Le, Operator::Lt])) {
        (Some(from), Some(to)) if to - from > Duration::days(10) => {
            Err("a message trace is of ten days at most".to_owned())
        }
        _ => Ok(()),
    }
}

/// A query of the unified audit log, begun.
pub(super) fn ask_audit(state: &mut State, request: &Request<'_>) -> Result<Answer, Answer> {
    let wrong = csdl::check("auditLogQuery", &request.call.body);
    if !wrong.is_empty() || !request.call.body.is_object() {
        return Err(misunderstood(state, request, &format!("the body: {}", wrong.join("; "))));
    }
    let tenant = state.tenants.get_mut(&request.token.tenant).ok_or_else(|| not_found("tenant"))?;
    let mut query = request.call.body.clone();
    let number = tenant.list("security/auditLog/queries").len();
    query["id"] = json!(clock::id(&format!("{} audit query {number}", tenant.id)));
    query["status"] = json!("notStarted");
    tenant.put("security/auditLog/queries", query.clone());
    Ok(Answer::json(201, query))
}

/// Each look at a query brings it on: not started, running as often as is set, done.
pub(super) fn advance(state: &mut State, request: &Request<'_>) {
    if request.route.path != "security/auditLog/queries/{id}" {
        return;
    }
    let looks = state.log.iter().filter(|seen| seen.path == request.call.path && seen.method == "GET").count();
    let Some(tenant) = state.tenants.get_mut(&request.token.tenant) else {
        return;
    };
    let status = if looks > tenant.conduct.audit_polls { "succeeded" } else { "running" };
    let id = request.ids.first().map_or("", String::as_str);
    if let Some(query) = tenant.one("security/auditLog/queries", id) {
        query["status"] = json!(status);
    }
}

fn user_of_query(place: &str) -> &str {
    place.split('/').nth(3).unwrap_or_default()
}

/// What a query found; nothing before it is done.
fn records(tenant: &Tenant, id: &str) -> Option<Vec<Value>> {
    let query = tenant.list("security/auditLog/queries").iter().find(|query| query["id"] == id)?;
    if query["status"] != "succeeded" {
        return Some(Vec::new());
    }
    let all = tenant.list("security/auditLog/records").iter();
    Some(all.filter(|record| asked(query, record)).cloned().collect())
}

fn asked(query: &Value, record: &Value) -> bool {
    let among = |filter: &str, field: &str| match query[filter].as_array() {
        Some(list) if !list.is_empty() => {
            let is = |one: &Value| one.as_str().map(str::to_lowercase) == record[field].as_str().map(str::to_lowercase);
            list.iter().any(is)
        }
        _ => true,
    };
    let time = |value: &Value| clock::parse(value.as_str().unwrap_or_default());
    let at = time(&record["createdDateTime"]);
    let after = time(&query["filterStartDateTime"]).is_none_or(|from| at >= Some(from));
    let before = time(&query["filterEndDateTime"]).is_none_or(|until| at <= Some(until));
    after && before && among("operationFilters", "operation") && among("userPrincipalNameFilters", "userPrincipalName")
}
