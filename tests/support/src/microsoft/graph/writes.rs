//! What changes something. Each is announced, or it is not done.

use serde_json::{Value, json};

use super::permissions::denied;
use super::{Answer, Outcome, Request, misunderstood, not_found};
use crate::answer::Content;
use crate::clock;
use crate::microsoft::apps::{
    CLOUD_DEVICE_ADMINISTRATOR, GLOBAL_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR, USER_ADMINISTRATOR,
};
use crate::microsoft::csdl;
use crate::microsoft::state::State;
use crate::microsoft::tenant::{Tenant, merge};

/// Does a write that was announced.
pub(super) fn answer(
    state: &mut State,
    request: &Request<'_>,
    write: fn(&mut State, &Request<'_>) -> Outcome,
) -> Outcome {
    let what = format!("{} {}", request.call.method, request.call.path);
    let tenant = &request.token.tenant;
    if !state.confirmed(tenant, &what, &request.call.body) {
        state.problem(format!("graph: {what} {}: nobody confirmed this write", request.call.body));
        return Err(denied());
    }
    let answer = write(state, request)?;
    if let Some(seen) = state.log.last_mut() {
        seen.wrote = true;
    }
    let lost = state.tenants.get(tenant).is_some_and(|tenant| tenant.conduct.lose_answers);
    Ok(if lost { Answer { body: Content::Lost, ..answer } } else { answer })
}

/// The tenant, and where in it the object lies.
fn target<'a>(state: &'a mut State, request: &Request<'_>) -> Result<(&'a mut Tenant, String), Answer> {
    let tenant = state.tenants.get_mut(&request.token.tenant).ok_or_else(|| not_found("tenant"))?;
    let place = request.place(tenant)?;
    Ok((tenant, place))
}

/// The object that is changed: its collection, its id.
fn object<'a>(tenant: &'a mut Tenant, place: &str) -> Result<&'a mut Value, Answer> {
    let (collection, id) = place.rsplit_once('/').unwrap_or((place, ""));
    tenant.one(collection, id).ok_or_else(|| not_found(id))
}

/// The body, which may have these fields only.
fn fields<'a>(state: &mut State, request: &Request<'a>, known: &[&str]) -> Result<&'a Value, Answer> {
    let given = request.call.body.as_object();
    if given.is_some_and(|given| !given.is_empty() && given.keys().all(|key| known.contains(&key.as_str()))) {
        return Ok(&request.call.body);
    }
    Err(misunderstood(state, request, &format!("the body is an object with some of {}", known.join(", "))))
}

/// Whether the service principal holds one of these directory roles.
fn holds(state: &State, request: &Request<'_>, roles: &[&str]) -> Result<(), Answer> {
    let held = state.app(request.token.app).map(|app| app.directory_roles.as_slice()).unwrap_or_default();
    let has = held.iter().any(|role| role == GLOBAL_ADMINISTRATOR || roles.contains(&role.as_str()));
    if has { Ok(()) } else { Err(denied()) }
}

fn permitted(request: &Request<'_>, permissions: &[&str]) -> Result<(), Answer> {
    let has = request.token.roles.iter().any(|role| permissions.contains(&role.as_str()));
    if has { Ok(()) } else { Err(denied()) }
}

pub(super) fn revoke(state: &mut State, request: &Request<'_>) -> Outcome {
    let now = clock::text(time::OffsetDateTime::now_utc());
    let base = state.base.clone();
    let (tenant, place) = target(state, request)?;
    let user = place.trim_end_matches("/revokeSignInSessions");
    object(tenant, user)?["signInSessionsValidFromDateTime"] = json!(now);
    Ok(Answer::json(200, json!({"@odata.context": format!("{base}/v1.0/$metadata#Edm.Boolean"), "value": true})))
}

pub(super) fn user(state: &mut State, request: &Request<'_>) -> Outcome {
    let body = fields(state, request, &["accountEnabled", "passwordProfile"])?;
    let (tenant, place) = target(state, request)?;
    let admin = !tenant.list(&format!("{place}/transitiveMemberOf")).is_empty();
    let synced = object(tenant, &place)?["onPremisesSyncEnabled"] == true;
    if admin {
        holds(state, request, &[PRIVILEGED_AUTHENTICATION_ADMINISTRATOR])?;
    }
    if let Some(enabled) = body.get("accountEnabled") {
        permitted(request, &["User.EnableDisableAccount.All", "User.ReadWrite.All", "Directory.ReadWrite.All"])?;
        let (tenant, place) = target(state, request)?;
        object(tenant, &place)?["accountEnabled"] = enabled.clone();
    }
    if let Some(profile) = body.get("passwordProfile") {
        permitted(request, &["User-PasswordProfile.ReadWrite.All", "Directory.ReadWrite.All"])?;
        holds(state, request, &[USER_ADMINISTRATOR, PRIVILEGED_AUTHENTICATION_ADMINISTRATOR])?;
        password(state, request, profile, synced)?;
    }
    Ok(Answer::empty())
}

fn password(state: &mut State, request: &Request<'_>, profile: &Value, synced: bool) -> Result<(), Answer> {
    let text = profile["password"].as_str().unwrap_or_default().to_owned();
    if synced {
        let why = "Unable to update the specified properties for on-premises mastered Directory Sync objects.";
        return Err(Answer::fault(400, "Request_BadRequest", why));
    }
    if text.chars().count() < 8 {
        let why = "The specified password does not comply with password complexity requirements.";
        return Err(Answer::fault(400, "Request_BadRequest", why));
    }
    state.passwords.push(text);
    let (tenant, place) = target(state, request)?;
    object(tenant, &place)?["lastPasswordChangeDateTime"] = json!(clock::text(time::OffsetDateTime::now_utc()));
    Ok(())
}

/// The rule of a request: which mailbox, and which of its rules.
fn found(state: &mut State, request: &Request<'_>) -> Result<(String, usize), Answer> {
    let id = request.ids.get(1).cloned().unwrap_or_default();
    let (tenant, place) = target(state, request)?;
    let user = place.split('/').nth(1).and_then(|id| tenant.user(id));
    let upn = user.and_then(|user| user["userPrincipalName"].as_str()).unwrap_or_default().to_owned();
    let rules = tenant.rules.get(&upn).into_iter().flatten();
    let at = rules.into_iter().position(|rule| !rule.hidden && rule.graph_id() == id);
    at.map(|at| (upn, at)).ok_or_else(|| Answer::fault(404, "ErrorItemNotFound", "The rule was not found."))
}

pub(super) fn rule(state: &mut State, request: &Request<'_>) -> Outcome {
    let body = fields(state, request, &["isEnabled", "displayName"])?;
    let (upn, at) = found(state, request)?;
    let (tenant, _) = target(state, request)?;
    let rule = tenant.rules.get_mut(&upn).and_then(|rules| rules.get_mut(at)).ok_or_else(|| not_found("rule"))?;
    if rule.read_only {
        return Err(Answer::fault(403, "ErrorAccessDenied", "The rule is read-only."));
    }
    rule.enabled = body["isEnabled"].as_bool().unwrap_or(rule.enabled);
    rule.name = body["displayName"].as_str().unwrap_or(&rule.name).to_owned();
    Ok(Answer::json(200, rule.graph(at + 1)))
}

pub(super) fn no_rule(state: &mut State, request: &Request<'_>) -> Outcome {
    let (upn, at) = found(state, request)?;
    let (tenant, _) = target(state, request)?;
    tenant.rules.entry(upn).or_default().remove(at);
    Ok(Answer::empty())
}

pub(super) fn settings(state: &mut State, request: &Request<'_>) -> Outcome {
    let wrong = csdl::check("mailboxSettings", &request.call.body);
    if !wrong.is_empty() {
        return Err(misunderstood(state, request, &wrong.join("; ")));
    }
    let body = fields(state, request, &["automaticRepliesSetting", "timeZone", "language"])?;
    let (tenant, place) = target(state, request)?;
    let settings = tenant.graph.get_mut(&place).and_then(|list| list.first_mut()).ok_or_else(|| not_found(&place))?;
    let replies = body.get("automaticRepliesSetting").cloned().unwrap_or_default();
    let mut whole = settings["automaticRepliesSetting"].clone();
    merge(&mut whole, &replies);
    merge(settings, body);
    settings["automaticRepliesSetting"] = whole;
    Ok(Answer::json(200, settings.clone()))
}

pub(super) fn remove(state: &mut State, request: &Request<'_>) -> Outcome {
    let (tenant, place) = target(state, request)?;
    object(tenant, &place)?;
    let (collection, id) = place.rsplit_once('/').unwrap_or((&place, ""));
    tenant.graph.entry(collection.to_owned()).or_default().retain(|value| value["id"] != id);
    Ok(Answer::empty())
}

pub(super) fn switch(state: &mut State, request: &Request<'_>) -> Outcome {
    let body = fields(state, request, &["accountEnabled"])?;
    let (tenant, place) = target(state, request)?;
    merge(object(tenant, &place)?, body);
    Ok(Answer::empty())
}

pub(super) fn device(state: &mut State, request: &Request<'_>) -> Outcome {
    // The other of the two is the Intune Administrator.
    holds(state, request, &[CLOUD_DEVICE_ADMINISTRATOR, "3a2c62db-5318-420d-8d74-23affee5d9d5"])?;
    switch(state, request)
}

/// Removes a way to sign in; the default goes last.
pub(super) fn method(state: &mut State, request: &Request<'_>) -> Outcome {
    let (tenant, place) = target(state, request)?;
    let mut parts = place.split('/').skip(1);
    let (user, _, kind, id) = (parts.next(), parts.next(), parts.next(), parts.next());
    let (user, id) = (user.unwrap_or_default().to_owned(), id.unwrap_or_default());
    let kind = kind.unwrap_or_default().trim_end_matches("Methods");
    let path = format!("users/{user}/authentication/methods");
    let kind = format!("#microsoft.graph.{kind}AuthenticationMethod").to_lowercase();
    let is = |method: &Value| {
        method["id"] == id && method["@odata.type"].as_str().is_some_and(|odata| odata.to_lowercase() == kind)
    };
    let methods = tenant.list(&path);
    let others = methods.iter().filter(|one| one["@odata.type"] != "#microsoft.graph.passwordAuthenticationMethod");
    let others = others.count();
    if !methods.iter().any(is) {
        return Err(not_found(id));
    }
    if tenant.default_methods.get(&user).is_some_and(|default| default == id) && others > 1 {
        let why = "The default authentication method cannot be deleted while other methods exist.";
        return Err(Answer::fault(400, "badRequest", why));
    }
    tenant.graph.entry(path).or_default().retain(|method| !is(method));
    Ok(Answer::empty())
}

pub(super) fn risk(state: &mut State, request: &Request<'_>) -> Outcome {
    let body = fields(state, request, &["userIds"])?;
    let dismissed = request.route.path.ends_with("dismiss");
    let (state_now, level) = if dismissed { ("dismissed", "none") } else { ("confirmedCompromised", "high") };
    let ids: Vec<String> =
        body["userIds"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let (tenant, _) = target(state, request)?;
    for id in ids {
        let user = tenant.user(&id).cloned().ok_or_else(|| not_found(&id))?;
        if tenant.one("identityProtection/riskyUsers", &id).is_none() {
            let upn = &user["userPrincipalName"];
            tenant.put("identityProtection/riskyUsers", json!({"id": id, "userPrincipalName": upn}));
        }
        if let Some(risky) = tenant.one("identityProtection/riskyUsers", &id) {
            merge(risky, &json!({"riskState": state_now, "riskLevel": level}));
        }
    }
    Ok(Answer::empty())
}
