//! Microsoft's own list of what each endpoint needs, where it is at hand.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::routes::Route;
use super::{Answer, Call};
use crate::microsoft::state::{State, Token};

/// Beside the workspace; not part of it.
const LIST: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/permissions/app-permissions-by-endpoint.json");

/// Endpoints that the documentation describes and the list lacks, with the permission of the documentation.
const BESIDE: &[(&str, &[&str])] = &[
    // The list has the single folder only; its page names the same permission for all of them.
    ("get /users/{id}/mailfolders", &["Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite"]),
    // The list has the tenant's devices only; a user's are the same objects.
    ("get /users/{id}/manageddevices", &["DeviceManagementManagedDevices.Read.All"]),
];

/// The permissions by method and path, in lower case; None where the file is not there.
static ROWS: LazyLock<Option<HashMap<String, Vec<String>>>> = LazyLock::new(|| {
    let Ok(bytes) = std::fs::read(LIST) else {
        eprintln!("fake microsoft: {LIST} is not there; permissions are not asked for");
        return None;
    };
    let list: Value = match serde_json::from_slice(&bytes) {
        Ok(list) => list,
        Err(error) => panic!("{LIST} is no JSON: {error}"),
    };
    let mut rows: HashMap<String, Vec<String>> = HashMap::new();
    for (row, needs) in list["map"].as_object().into_iter().flatten() {
        let names = [&needs["least"], &needs["other"]].into_iter().filter_map(Value::as_array).flatten();
        let names = names.filter_map(Value::as_str).map(str::to_owned);
        rows.entry(normal(row)).or_default().extend(names);
    }
    let beside = BESIDE.iter().map(|(row, names)| (*row, names.iter().map(|name| (*name).to_owned()).collect()));
    rows.extend(beside.map(|(row, names)| (row.to_owned(), names)));
    Some(rows)
});

/// A row's name: lower case, every place called `{id}`.
fn normal(row: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{id}".to_owned() } else { part.to_lowercase() };
    row.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// What an endpoint needs one of; None where no row has it. A cast at its end asks for nothing more.
pub(in crate::microsoft) fn needed(method: &str, path: &str) -> Option<&'static [String]> {
    let path = path.split("/microsoft.graph.").next().unwrap_or(path);
    let rows = ROWS.as_ref()?;
    rows.get(&normal(&format!("{method} /{path}"))).map(Vec::as_slice)
}

/// Whether the list is at hand.
pub(in crate::microsoft) fn is_there() -> bool {
    ROWS.is_some()
}

pub(super) fn check(state: &mut State, route: &Route, call: &Call, token: &Token) -> Result<(), Answer> {
    if !is_there() {
        return Ok(());
    }
    let Some(needed) = needed(route.method, route.path) else {
        state.problem(format!("graph: {} {}: no row of the permissions has it", call.method, call.path));
        return Err(denied());
    };
    let activity = call.raw_query.contains("signInActivity") && !token.roles.iter().any(|r| r == "AuditLog.Read.All");
    let has = token.roles.iter().any(|role| needed.contains(role));
    if has && !activity { Ok(()) } else { Err(denied()) }
}

pub(super) fn denied() -> Answer {
    Answer::fault(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
}
