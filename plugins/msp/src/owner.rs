//! Owners: whose the record is that a path or a field leads to.

use claudetools_kit::Failure;
use serde_json::Value;

use crate::api::Api;
use crate::connection::Connection;
use crate::envelope::unwrapped;
use crate::parameter::plain;
use crate::query::segment;
use crate::request::Request;
use crate::resource::Resource;
use crate::scope::{Belongs, Scope, not_here};

/// References of one body that are looked up.
const MAX_REFERENCES: usize = 5;

/// The record that a path is, or is below of, read and found to be in the scope, with its own path; none where the path is below no
/// record. `pattern` is the path of the document, `path` the same filled in.
pub fn parent(
    api: &Api,
    resources: &[Resource],
    pattern: &str,
    path: &str,
    scope: &Scope,
) -> Result<Option<(String, Value)>, Failure> {
    let holder =
        resources.iter().filter_map(|one| Some((one, one.item?))).filter(|(_, item)| holds(item.path, pattern));
    let Some((resource, item)) = holder.max_by_key(|(_, item)| item.path.len()) else { return Ok(None) };
    let count = item.path.trim_end_matches('/').split('/').count();
    let mut own = path.split('/').take(count).collect::<Vec<_>>().join("/");
    if item.path.ends_with('/') {
        own.push('/');
    }
    let record = record(api, resource, &own, scope)?;
    Ok(Some((own, record)))
}

fn holds(item: &str, pattern: &str) -> bool {
    // Names of parameters differ: `/tickets/{id}` holds `/tickets/{ticket_id}/comment`.
    let mut parts = pattern.trim_end_matches('/').split('/');
    let fits = |(wanted, part): (&str, Option<&str>)| {
        part.is_some_and(|part| part == wanted || part.starts_with('{') && wanted.starts_with('{'))
    };
    item.trim_end_matches('/').split('/').all(|wanted| fits((wanted, parts.next())))
}

/// A record at a path, read and found to be in the scope.
pub fn record(api: &Api, resource: &Resource, path: &str, scope: &Scope) -> Result<Value, Failure> {
    let (value, _) = api.read(&Request::get(&api.connection.target(path), &[]))?;
    let row = unwrapped(value);
    let by_path = resource.item.is_some_and(|item| names_client(api.connection, item.path, scope));
    let is_shared = api.connection.shared.contains(&resource.name);
    match scope.belongs(&row, resource, &api.connection.client_params) {
        Belongs::Here => Ok(row),
        Belongs::Unsaid if by_path || is_shared => Ok(row),
        Belongs::Elsewhere | Belongs::Unsaid => Err(not_here(&resource.name, scope.client())),
    }
}

/// Whether the path itself names the client, which is the scope's own then.
pub fn names_client(connection: &Connection, pattern: &str, scope: &Scope) -> bool {
    scope.client().is_some() && connection.client_params.iter().any(|name| pattern.contains(&format!("{{{name}}}")))
}

/// Checks the records that the fields of a body refer to, such as `ticket_id`. Whether any of them is in the scope.
pub fn references(
    api: &Api,
    resources: &[Resource],
    own: &Resource,
    body: &Value,
    scope: &Scope,
) -> Result<bool, Failure> {
    let fields = body.as_object().into_iter().flatten();
    let others = fields.filter(|(name, _)| !says_whose(api.connection, name));
    let found: Vec<(&Resource, String)> =
        others.filter_map(|(name, value)| refers(resources, own, name, value)).collect();
    if found.len() > MAX_REFERENCES {
        return Err(Failure::Invalid(format!(
            "the body refers to more than {MAX_REFERENCES} records, which can't all be looked at"
        )));
    }
    for (resource, id) in &found {
        let path = item_path(resource, id)?;
        record(api, resource, &path, scope)?;
    }
    Ok(!found.is_empty())
}

/// Whether a field is the one that says whose a record is, which is looked at apart.
fn says_whose(connection: &Connection, field: &str) -> bool {
    let names = connection.client_params.iter().map(|name| name.split('/').next().unwrap_or_default());
    names.into_iter().any(|name| field.eq_ignore_ascii_case(name))
}

/// What a field refers to: `ticket_id`, `ticketID` and `{"ticket": {"id": 1}}` to a ticket, `id` to a record of the resource itself.
fn refers<'a>(
    resources: &'a [Resource<'a>],
    own: &'a Resource<'a>,
    name: &str,
    value: &Value,
) -> Option<(&'a Resource<'a>, String)> {
    let id = value.get("id").unwrap_or(value);
    if !matches!(id, Value::String(_) | Value::Number(_)) {
        return None;
    }
    if name.eq_ignore_ascii_case("id") {
        return own.item.is_some().then(|| (own, plain(id)));
    }
    let stem = ["_id", "ID", "Id"]
        .iter()
        .find_map(|end| name.strip_suffix(end))
        .or_else(|| value.is_object().then_some(name))?;
    let fits = |one: &&Resource| {
        let last = one.name.rsplit('/').next().unwrap_or_default();
        one.item.is_some_and(|item| item.path.matches('{').count() == 1)
            && (last.eq_ignore_ascii_case(stem) || last.eq_ignore_ascii_case(&format!("{stem}s")))
    };
    resources.iter().find(fits).map(|one| (one, plain(id)))
}

/// The path of one record by its id, where nothing else has to be known.
pub fn item_path(resource: &Resource, id: &str) -> Result<String, Failure> {
    let none = || Failure::Invalid(format!("single records of {} can't be read; use msp_search", resource.name));
    let item = resource.item.ok_or_else(none)?;
    let (before, after) = item.path.rsplit_once('{').ok_or_else(none)?;
    let after = after.split_once('}').map_or("", |(_, after)| after);
    Ok(format!("{before}{}{after}", segment(id)?))
}
