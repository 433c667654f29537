//! `msp_resources` and `msp_describe`: what there is, and what a row of it has.

use claudetools_kit::{Failure, Output, path};
use serde::Deserialize;
use serde_json::Value;

use crate::call::At;
use crate::document::Document;
use crate::operation::Operation;
use crate::parameter::listed;
use crate::preset::Ask;
use crate::query::filters_of;
use crate::resource::Resource;
use crate::{expression, names};

/// Bytes of the list of resources.
const MAX_LIST: usize = 16 << 10;
/// Bytes of one description.
const MAX_DESCRIPTION: usize = 4 << 10;
/// Characters of a summary.
const MAX_SUMMARY: usize = 100;

/// The input of `msp_resources`.
#[derive(Deserialize)]
pub struct Listing {
    text: Option<String>,
}

/// The input of `msp_describe`.
#[derive(Deserialize)]
pub struct Described {
    resource: String,
}

/// All resources, a line for each.
pub fn resources(at: &At, input: &Listing) -> Output {
    let wanted = input.text.as_deref().unwrap_or_default().to_lowercase();
    let fits = |one: &&Resource| {
        one.name.to_lowercase().contains(&wanted) || one.list.summary.to_lowercase().contains(&wanted)
    };
    let found: Vec<&Resource> = at.resources.iter().filter(fits).collect();
    let mut text = String::new();
    let mut shown = 0;
    for one in &found {
        let line = line(at, one);
        if text.len() + line.len() > MAX_LIST {
            break;
        }
        text.push_str(&line);
        shown += 1;
    }
    let mode = if at.api.connection.writes {
        "Changes are confirmed by a person, one by one."
    } else {
        "This connection is read-only."
    };
    text.push_str(&format!("{shown} of {} resources. {mode}", at.resources.len()));
    let output = Output::text(text).summary(format!("Listed {shown} resources"));
    if shown < found.len() {
        output.and_text("There are more: give a word of their names in `text`.").truncated()
    } else {
        output
    }
}

fn line(at: &At, one: &Resource) -> String {
    let filters: Vec<&str> = match at.api.connection.preset.ask {
        Ask::Parameters => filters_of(at.api.connection, one).collect(),
        _ => Vec::new(),
    };
    let by = if filters.is_empty() { String::new() } else { format!("; filters: {}", filters.join(", ")) };
    let writes = if one.writes.is_empty() || !at.api.connection.writes { "" } else { " (can be changed)" };
    format!("{}{writes}: {}{}\n", path::escape(&one.name), summary(one.list), path::escape(&by))
}

fn summary(one: &Operation) -> String {
    path::escape(&one.summary.chars().take(MAX_SUMMARY).collect::<String>())
}

/// One resource: its operations, its filters, its fields.
pub fn describe(at: &At, input: &Described) -> Result<Output, Failure> {
    let one = at.resource(&input.resource)?;
    let document = at.offer.document;
    let mut lines = vec![format!("{}: {}", path::escape(&one.name), summary(one.list))];
    lines.push("Filters:".to_owned());
    match at.api.connection.preset.ask {
        Ask::Parameters => {
            let known: Vec<&str> = filters_of(at.api.connection, one).collect();
            let filters = one.list.query().filter(|parameter| known.contains(&parameter.name));
            lines.extend(filters.map(|parameter| field(document, parameter.name, parameter.schema)));
            lines.extend(
                one.list
                    .queried(names::SORT)
                    .map(|parameter| format!("Sort:\n{}", field(document, parameter.name, parameter.schema))),
            );
        }
        _ => lines.push("  any field below, one of a record within as `record/field`".to_owned()),
    }
    lines.push("Fields:".to_owned());
    lines.extend(
        expression::fields(document, one)
            .filter_map(|name| Some(field(document, name, expression::field(document, one.row, &[name.to_owned()])?))),
    );
    if at.api.connection.writes {
        lines.push("Changes (msp_write):".to_owned());
        lines.extend(one.writes.iter().map(|write| change(document, write)));
    }
    let (text, cut) = fitted(&lines);
    let output = Output::text(text).summary(format!("Described {}", path::escape(&one.name)));
    Ok(if cut { output.and_text("There is more than fits here.").truncated() } else { output })
}

fn change(document: &Document, write: &Operation) -> String {
    let required = write.body.and_then(|body| document.plain(body).get("required")).and_then(Value::as_array);
    let body =
        write.body.map(|body| document.properties(document.plain(body)).into_keys().collect::<Vec<_>>().join(", "));
    let needs = required
        .filter(|names| !names.is_empty())
        .map_or_else(String::new, |names| format!("; needs {}", listed(names)));
    let body = body
        .filter(|names| !names.is_empty())
        .map_or_else(String::new, |names| format!("; body: {}", path::escape(&names)));
    format!(
        "  {} ({} {}): {}{body}{needs}",
        path::escape(&write.id),
        write.method,
        path::escape(write.path),
        summary(write)
    )
}

fn field(document: &Document, name: &str, schema: &Value) -> String {
    let values = document.values(schema);
    let plain = document.plain(schema);
    let kind = match (document.kind(plain), plain.get("format").and_then(Value::as_str)) {
        ("", _) => "anything".to_owned(),
        ("array", _) => {
            format!("list of {}", document.items(plain).map_or("", |items| document.kind(document.plain(items))))
        }
        (kind, Some(format)) => format!("{kind} ({})", path::escape(format)),
        (kind, None) => kind.to_owned(),
    };
    let values = if values.is_empty() { String::new() } else { format!(": {}", listed(values)) };
    format!("  {} {kind}{values}", path::escape(name))
}

/// As many lines as fit, and whether some did not.
fn fitted(lines: &[String]) -> (String, bool) {
    let mut text = String::new();
    for line in lines {
        if text.len() + line.len() + 1 > MAX_DESCRIPTION {
            return (text, true);
        }
        text.push_str(line);
        text.push('\n');
    }
    (text, false)
}
