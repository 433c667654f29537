//! `msp_get`: one record, with what is below it.

use claudetools_kit::{Failure, Output, path};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::call::At;
use crate::owner;
use crate::pages;
use crate::parameter::unknown;
use crate::query::{Asked, segment};
use crate::resource::Resource;
use crate::scope::Scope;

/// Bytes of one record.
const MAX_RECORD: usize = 32 << 10;
/// Characters of one text in a record, and of one where the record is too large.
const TEXTS: &[usize] = &[4_000, 500, 100];
/// Rows of each collection below a record.
const MAX_INCLUDED: usize = 50;
/// Collections below a record.
const MAX_INCLUDES: usize = 5;

/// The input of `msp_get`.
#[derive(Deserialize)]
pub struct Input {
    resource: String,
    id: Value,
    client: Option<String>,
    #[serde(default)]
    include: Vec<String>,
}

/// Reads a record, if it is in the scope.
pub fn get(at: &At, input: &Input) -> Result<Output, Failure> {
    let resource = at.resource(&input.resource)?;
    let scope = Scope::of(at, resource, input.client.as_deref())?;
    let id = crate::parameter::text(at.offer.document, "id", &input.id, &Value::Null)?;
    let record_path = own_path(at, resource, &scope, &id)?;
    let mut record = owner::record(at.api, resource, &record_path, &scope)?;
    let mut notes = Vec::new();
    for name in input.include.iter().take(MAX_INCLUDES) {
        let (name, rows) = included(at, resource, name, &record_path, &mut notes)?;
        if let Some(fields) = record.as_object_mut() {
            fields.insert(name, rows);
        }
    }
    let redacted = at.api.connection.redact.clean(&mut record);
    if redacted > 0 {
        notes.push(format!("{redacted} values were taken out because of the names of their fields"));
    }
    notes.extend(at.api.connection.link(&resource.name, &id).map(|link| format!("link: {link}")));
    let (text, cut) = fitted(&mut record);
    if cut {
        notes.push(
            "the record is too large to be shown whole: long texts were cut, and fields at the end left out".to_owned(),
        );
    }
    let output = Output::text(text).summary(format!("Read {} {}", path::escape(&resource.name), path::escape(&id)));
    let output = if notes.is_empty() { output } else { output.and_text(format!("- {}", notes.join("\n- "))) };
    Ok(if cut { output.truncated() } else { output })
}

/// The path of a record: its id, and the scope's client where the path names one.
fn own_path(at: &At, resource: &Resource, scope: &Scope, id: &str) -> Result<String, Failure> {
    let mut path = owner::item_path(resource, id)?;
    if let Some(client) = scope.client() {
        for name in &at.api.connection.client_params {
            path = path.replace(&format!("{{{name}}}"), &segment(&client.id)?);
        }
    }
    match path.contains('{') {
        true => Err(Failure::Invalid(format!(
            "a record of {} is below another one; use msp_search with the other's id in filters",
            path::escape(&resource.name)
        ))),
        false => Ok(path),
    }
}

/// The rows of a collection below a record, by the collection's name.
fn included(
    at: &At,
    resource: &Resource,
    name: &str,
    record_path: &str,
    notes: &mut Vec<String>,
) -> Result<(String, Value), Failure> {
    let item = resource.item.map(|item| item.path.trim_end_matches('/')).unwrap_or_default();
    let below: Vec<(&str, &Resource)> = at
        .resources
        .iter()
        .filter_map(|one| {
            let rest = one.list.path.strip_prefix(item)?.strip_prefix('/')?;
            (!rest.contains('{')).then(|| (rest.trim_end_matches('/'), one))
        })
        .collect();
    let (rest, found) = below
        .iter()
        .find(|(rest, one)| rest.eq_ignore_ascii_case(name) || one.name.eq_ignore_ascii_case(name))
        .ok_or_else(|| unknown("collection below this record", name, below.iter().map(|(rest, _)| *rest)))?;
    let slash = if found.list.path.ends_with('/') { "/" } else { "" };
    let asked = Asked { path: format!("{}/{rest}{slash}", record_path.trim_end_matches('/')), ..Asked::default() };
    let read = pages::read(at.api, found, &asked, MAX_INCLUDED, |_| true)?;
    if read.more {
        notes.push(format!("only the first {MAX_INCLUDED} of {} are shown", path::escape(rest)));
    }
    Ok(((*rest).to_owned(), Value::Array(read.rows)))
}

/// The record as text that fits, and whether something was left out.
fn fitted(record: &mut Value) -> (String, bool) {
    let mut cut = false;
    for longest in TEXTS {
        cut |= shorten(record, *longest, 32);
        let text = written(record);
        if text.len() <= MAX_RECORD {
            return (text, cut);
        }
    }
    let mut kept = Map::new();
    for (name, value) in record.as_object().into_iter().flatten() {
        kept.insert(name.clone(), value.clone());
        if written(&Value::Object(kept.clone())).len() > MAX_RECORD {
            kept.remove(name);
        }
    }
    (written(&Value::Object(kept)), true)
}

fn written(record: &Value) -> String {
    let text = serde_json::to_string_pretty(record).unwrap_or_default();
    text.lines().map(path::escape).collect::<Vec<_>>().join("\n")
}

fn shorten(value: &mut Value, longest: usize, depth: usize) -> bool {
    match value {
        Value::String(text) => match text.char_indices().nth(longest) {
            Some((at, _)) => {
                text.truncate(at);
                text.push('…');
                true
            }
            None => false,
        },
        Value::Array(_) | Value::Object(_) if depth == 0 => false,
        Value::Array(items) => items.iter_mut().fold(false, |cut, item| shorten(item, longest, depth - 1) | cut),
        Value::Object(fields) => fields.values_mut().fold(false, |cut, field| shorten(field, longest, depth - 1) | cut),
        _ => false,
    }
}
