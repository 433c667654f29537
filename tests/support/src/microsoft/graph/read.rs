//! Reading: a collection, one of its entities, or an object that stands alone.

use serde_json::{Value, json};

use super::options::Options;
use super::routes::Kind;
use super::{Answer, Outcome, Request, not_found, page, views, wrapped};
use crate::microsoft::csdl;
use crate::microsoft::state::State;
use crate::microsoft::tenant::Tenant;

/// What comes of a user unasked.
const OF_A_USER: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

pub(super) fn answer(state: &mut State, request: &Request<'_>) -> Outcome {
    let options = Options::read(state, request)?;
    views::advance(state, request);
    let id = request.token.tenant.clone();
    let tenant = state.tenants.get(&id).ok_or_else(|| not_found(&id))?;
    let place = request.place(tenant)?;
    if place.contains("/mail") {
        has_mailbox(tenant, &place)?;
    }
    match request.route.kind {
        Kind::List(_) => {
            views::window(request, &options).map_err(|why| super::misunderstood(state, request, &why))?;
            list(state, request, &place, &options)
        }
        _ => one(state, request, &place, &options),
    }
}

/// Nobody's mail can be read who has no mailbox.
fn has_mailbox(tenant: &Tenant, place: &str) -> Result<(), Answer> {
    let user = place.split('/').nth(1).and_then(|id| tenant.user(id));
    if user.is_some_and(|user| user["mail"].is_string()) {
        return Ok(());
    }
    let text = "The mailbox is either inactive, soft-deleted, or is hosted on-premise.";
    Err(Answer::fault(404, "MailboxNotEnabledForRESTAPI", text))
}

fn list(state: &mut State, request: &Request<'_>, place: &str, options: &Options) -> Outcome {
    let Some(tenant) = state.tenants.get(&request.token.tenant) else {
        return Err(not_found(place));
    };
    let Some(mut all) = views::collection(tenant, request.route.path, place, request.version, options) else {
        return Err(not_found(place));
    };
    if let Some(filter) = &options.filter {
        all.retain(|value| filter.fits(value));
    }
    if let Some((name, falls)) = &options.order {
        all.sort_by_cached_key(|value| super::filter::at(value, name).map(Value::to_string).unwrap_or_default());
        if *falls {
            all.reverse();
        }
    }
    let expanded = all.into_iter().map(|value| views::expand(tenant, value, &options.expand));
    let shown: Vec<Value> = expanded.map(|value| project(value, options, request)).collect();
    let total = shown.len();
    let thirds = tenant.conduct.paged;
    let (value, next) = page::cut(state, request, shown, options, thirds)?;
    let mut body = wrapped(&state.base, request.version, place, value);
    if options.count {
        body["@odata.count"] = json!(total);
    }
    if let Some(next) = next {
        body["@odata.nextLink"] = json!(next);
    }
    Ok(Answer::json(200, body))
}

fn one(state: &mut State, request: &Request<'_>, place: &str, options: &Options) -> Outcome {
    let tenant = state.tenants.get(&request.token.tenant).ok_or_else(|| not_found(place))?;
    let found = views::object(tenant, &request.route.kind, place, request.version);
    let Some(found) = found else {
        return Err(not_found(place.rsplit('/').next().unwrap_or(place)));
    };
    let mut body = project(found, options, request);
    let context = format!("{}/{}/$metadata#{place}/$entity", state.base, request.version);
    body["@odata.context"] = json!(context);
    Ok(Answer::json(200, body))
}

/// What is selected of an entity, or comes unasked; beta's own only there.
fn project(value: Value, options: &Options, request: &Request<'_>) -> Value {
    let of = request.route.of();
    let Value::Object(fields) = value else {
        return value;
    };
    let asked = |name: &str| match options.select.is_empty() {
        true if of == "user" => OF_A_USER.contains(&name),
        true => true,
        false => options.select.iter().any(|select| select == name),
    };
    let shown = |name: &str| name.starts_with("@odata") || options.expand.iter().any(|e| e == name) || asked(name);
    let here = |name: &str| request.version == "beta" || !csdl::only_beta(of, name);
    Value::Object(fields.into_iter().filter(|(name, _)| shown(name) && here(name)).collect())
}
