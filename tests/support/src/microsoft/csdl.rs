//! Graph's own table of types, where it is at hand, and what the documentation has beside it.

use std::sync::LazyLock;

use serde_json::Value;

use crate::clock;

/// Beside the workspace; not part of it.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/csdl/graph-v1-types.json");

static TYPES: LazyLock<Option<Value>> = LazyLock::new(|| {
    let Ok(bytes) = std::fs::read(TABLE) else {
        eprintln!("fake microsoft: {TABLE} is not there; properties are not checked");
        return None;
    };
    match serde_json::from_slice(&bytes) {
        Ok(table) => Some(table),
        Err(error) => panic!("{TABLE} is no JSON: {error}"),
    }
});

/// Where a property stands that the table lacks.
#[derive(Clone, Copy, PartialEq)]
enum In {
    Both,
    Beta,
}

/// Properties that the table of v1.0 lacks: the type, the property, where it is, and why it may stand there.
const BESIDE: &[(&str, &str, In, &str)] = &[
    ("signIn", "authenticationRequirement", In::Beta, "of beta's signIn"),
    ("signIn", "authenticationProtocol", In::Beta, "of beta's signIn"),
    ("signIn", "autonomousSystemNumber", In::Beta, "of beta's signIn"),
    ("signIn", "signInEventTypes", In::Beta, "of beta's signIn"),
    ("signIn", "sessionId", In::Beta, "of beta's signIn"),
    ("servicePrincipal", "publisherName", In::Both, "the documented query of a grant's application selects it"),
    (
        "servicePrincipal",
        "createdDateTime",
        In::Both,
        "answered by v1.0, although the metadata has it for applications",
    ),
];

/// Types that the table lacks or only derives from, with their properties from their pages.
const PAGES: &[(&str, &[&str])] = &[
    ("directoryObject", &["id", "deletedDateTime"]),
    ("entity", &["id"]),
    ("policyBase", &["id", "deletedDateTime", "displayName", "description"]),
    ("policyDeletableItem", &["id", "deletedDateTime"]),
    ("outlookItem", &["id", "createdDateTime", "lastModifiedDateTime", "changeKey", "categories"]),
    (
        "samlOrWsFedProvider",
        &[
            "id",
            "displayName",
            "issuerUri",
            "metadataExchangeUri",
            "passiveSignInUri",
            "preferredAuthenticationProtocol",
            "signingCertificate",
        ],
    ),
    (
        "mailFolder",
        &[
            "id",
            "displayName",
            "parentFolderId",
            "childFolderCount",
            "unreadItemCount",
            "totalItemCount",
            "isHidden",
            "wellKnownName",
        ],
    ),
    ("passwordAuthenticationMethod", &["id", "createdDateTime", "password"]),
    (
        "unifiedRoleEligibilitySchedule",
        &[
            "id",
            "principalId",
            "roleDefinitionId",
            "directoryScopeId",
            "appScopeId",
            "createdUsing",
            "createdDateTime",
            "modifiedDateTime",
            "status",
            "scheduleInfo",
            "memberType",
            "principal",
            "roleDefinition",
        ],
    ),
    ("group", &["id", "displayName", "isAssignableToRole", "securityEnabled", "mailEnabled", "groupTypes"]),
];

/// A type of the table. Two types are called alert; the one of `security/alerts_v2` is the second.
fn entry(of: &str) -> Option<&'static Value> {
    let types = &TYPES.as_ref()?["types"];
    match of {
        "security.alert" => types["alert"].get(1),
        _ => types.get(of)?.get(0),
    }
}

/// Whether a type has a property, of itself or of what it derives from; a base has those of its kinds, too.
pub(super) fn has(of: &str, name: &str) -> bool {
    if TYPES.is_none() || name.starts_with("@odata") || own(of, name).is_some() {
        return true;
    }
    let types = TYPES.as_ref().and_then(|table| table["types"].as_object());
    let derived = types.into_iter().flatten().filter(|(_, entries)| entries[0]["base"] == format!("graph.{of}"));
    derived.into_iter().any(|(kind, _)| own(kind, name).is_some())
}

/// A property's type; the empty one where it is not in the table.
fn own(of: &str, name: &str) -> Option<&'static str> {
    let beside = BESIDE.iter().any(|(kind, property, ..)| (*kind, *property) == (of, name));
    let page = PAGES.iter().any(|(kind, names)| *kind == of && names.contains(&name));
    if beside || page {
        return Some("");
    }
    let entry = entry(of)?;
    match entry["props"][name].as_str() {
        Some(kind) => Some(kind),
        None => own(entry["base"].as_str()?.trim_start_matches("graph."), name),
    }
}

/// Whether v1.0 does not show a property.
pub(super) fn only_beta(of: &str, name: &str) -> bool {
    BESIDE.iter().any(|(kind, property, place, _)| (*kind, *property, *place) == (of, name, In::Beta))
}

/// What in a value is not of its type: properties that it lacks, values of another kind.
pub(super) fn check(of: &str, value: &Value) -> Vec<String> {
    let odata = value["@odata.type"].as_str().and_then(|odata| odata.strip_prefix("#microsoft.graph."));
    let of = odata.unwrap_or(of);
    if TYPES.is_none() {
        return Vec::new();
    }
    let Some(fields) = value.as_object() else {
        return vec![format!("{of} is {value}, no object")];
    };
    let mut wrong = Vec::new();
    for (name, field) in fields.iter().filter(|(name, _)| !name.starts_with("@odata")) {
        match own(of, name) {
            None => wrong.push(format!("{of} has no property `{name}`")),
            Some(kind) => wrong.extend(misfits(kind, field).into_iter().map(|why| format!("{of}.{name}: {why}"))),
        }
    }
    wrong
}

fn misfits(kind: &str, value: &Value) -> Vec<String> {
    if value.is_null() {
        return Vec::new();
    }
    if let Some(inner) = kind.strip_prefix("Collection(") {
        let Some(list) = value.as_array() else {
            return vec![format!("{value} is no list")];
        };
        return list.iter().flat_map(|one| misfits(inner.trim_end_matches(')'), one)).collect();
    }
    let Some(name) = kind.strip_prefix("graph.").or_else(|| kind.strip_prefix("self.")) else {
        return if plain(kind, value) { Vec::new() } else { vec![format!("{value} is no {kind}")] };
    };
    let members = TYPES.as_ref().and_then(|table| table["enums"][name].as_array());
    match members {
        Some(members) if !members.contains(value) => vec![format!("{value} is none of {name}")],
        None if entry(name).is_some() => check(name, value),
        _ => Vec::new(),
    }
}

fn plain(kind: &str, value: &Value) -> bool {
    match kind {
        "Edm.String" | "Edm.Binary" | "Edm.Guid" | "Edm.Stream" => value.is_string(),
        "Edm.Boolean" => value.is_boolean(),
        "Edm.Int32" | "Edm.Int64" => value.is_i64() || value.is_u64(),
        "Edm.Double" => value.is_number(),
        "Edm.DateTimeOffset" => value.as_str().is_some_and(|text| clock::parse(text).is_some()),
        _ => true,
    }
}
