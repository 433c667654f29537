//! Questions to APIs that take one expression: ConnectWise's `conditions`, Autotask's `filter`.
//!
//! A value is never more than a value: what could end a text within an expression is refused.

use claudetools_kit::{Failure, path};
use serde_json::{Map, Value, json};

use crate::document::Document;
use crate::parameter::{is_dated, text, unknown};
use crate::preset::Ask;
use crate::query::{Asked, Asking};
use crate::resource::Resource;
use crate::scope::is_of_clients;

/// Fields that words are searched in: the first that a row has.
const SEARCHED: &[&str] = &[
    "summary",
    "title",
    "name",
    "companyName",
    "identifier",
    "referenceTitle",
    "lastName",
    "projectName",
    "contractName",
];
/// Fields that dates are compared with: the first that a row has.
const DATED: &[&str] =
    &["dateEntered", "createDate", "dateWorked", "timeStart", "startDate", "startDateTime", "_info/dateEntered"];

/// One condition.
struct Condition<'a> {
    field: Vec<String>,
    /// `eq`, `contains`, `gte` or `lte`.
    operator: &'static str,
    value: Value,
    schema: &'a Value,
}

/// Writes a question as an expression into what is asked.
pub fn write(asking: &Asking, filters: Map<String, Value>, asked: &mut Asked) -> Result<(), Failure> {
    let mut conditions = Vec::new();
    if let Some(client) = asking.scope.client() {
        let own = asking.connection.client_params.first().map_or("", String::as_str);
        let name = if is_of_clients(asking.resource) { "id" } else { own };
        conditions.push(equal(asking, "field", name, Value::from(client.id.as_str()))?);
    }
    for (name, value) in filters {
        conditions.push(equal(asking, "filter", &name, value)?);
    }
    conditions.extend(words(asking)?);
    conditions.extend(dates(asking, asked)?);
    if asking.connection.preset.ask == Ask::Filter {
        let written: Vec<Value> =
            conditions.iter().map(|one| filter(asking.document, one)).collect::<Result<_, _>>()?;
        let all = vec![json!({ "op": "gte", "field": "id", "value": 0 })];
        let most = asking.connection.page_max.min(asking.question.limit as u64);
        let search = json!({ "MaxRecords": most, "filter": if written.is_empty() { all } else { written } });
        asked.query.push(("search".to_owned(), search.to_string()));
        return Ok(());
    }
    let texts: Vec<String> = conditions.iter().map(|one| condition(asking.document, one)).collect::<Result<_, _>>()?;
    if !texts.is_empty() {
        asked.query.push(("conditions".to_owned(), texts.join(" and ")));
    }
    order(asking, asked)
}

fn equal<'a>(asking: &Asking<'a>, what: &str, name: &str, value: Value) -> Result<Condition<'a>, Failure> {
    let found = named(asking, name).ok_or_else(|| unknown(what, name, fields(asking.document, asking.resource)));
    found.map(|(field, schema)| Condition { field, operator: "eq", value, schema })
}

fn words<'a>(asking: &Asking<'a>) -> Result<Option<Condition<'a>>, Failure> {
    let Some(words) = &asking.question.text else { return Ok(None) };
    let found = SEARCHED.iter().find_map(|name| named(asking, name));
    let (field, schema) = found.ok_or_else(|| {
        Failure::Invalid(format!("{} can't be searched by words", path::escape(&asking.resource.name)))
    })?;
    Ok(Some(Condition { field, operator: "contains", value: Value::from(words.as_str()), schema }))
}

fn dates<'a>(asking: &Asking<'a>, asked: &mut Asked) -> Result<Vec<Condition<'a>>, Failure> {
    let found = match &asking.question.date {
        Some(name) => {
            Some(named(asking, name).ok_or_else(|| unknown("field", name, fields(asking.document, asking.resource)))?)
        }
        None => DATED.iter().find_map(|name| named(asking, name)),
    };
    let Some((field, schema)) = found else { return Ok(Vec::new()) };
    let bounds = [("gte", "T00:00:00Z", asked.since.take()), ("lte", "T23:59:59Z", asked.until.take())];
    let mut conditions = Vec::new();
    for (operator, time, date) in bounds {
        if let Some(date) = date {
            let value = Value::from(if date.len() == 10 { format!("{date}{time}") } else { date });
            conditions.push(Condition { field: field.clone(), operator, value, schema });
            asked.dates.push(field.join("/"));
        }
    }
    Ok(conditions)
}

fn order(asking: &Asking, asked: &mut Asked) -> Result<(), Failure> {
    let Some(sort) = asked.sort.take() else { return Ok(()) };
    let name = sort.trim_start_matches('-');
    if named(asking, name).is_none() {
        return Err(unknown("field", name, fields(asking.document, asking.resource)));
    }
    let direction = if sort.starts_with('-') { "desc" } else { "asc" };
    asked.query.push(("orderBy".to_owned(), format!("{name} {direction}")));
    Ok(())
}

/// A field of the rows by its written path, and its schema.
fn named<'a>(asking: &Asking<'a>, name: &str) -> Option<(Vec<String>, &'a Value)> {
    let parts: Vec<String> = name.split('/').map(str::to_owned).collect();
    field(asking.document, asking.resource.row, &parts).map(|schema| (parts, schema))
}

/// The schema of a field of a row, by its path.
pub fn field<'a>(document: &'a Document, row: &'a Value, parts: &[String]) -> Option<&'a Value> {
    let mut schema = row;
    for part in parts {
        schema = document.properties(document.plain(schema)).get(part.as_str()).copied()?;
    }
    Some(document.plain(schema))
}

/// The names of a row's fields.
pub fn fields<'a>(document: &'a Document, resource: &'a Resource) -> impl Iterator<Item = &'a str> {
    document.properties(document.plain(resource.row)).into_keys()
}

/// `company/id=1`, `status/name="New"`, `dateEntered>=[2026-11-29T00:00:00Z]`.
fn condition(document: &Document, one: &Condition) -> Result<String, Failure> {
    let name = one.field.join("/");
    let text = text(document, &name, &one.value, one.schema)?;
    if text.contains(['"', '\\', '[', ']']) {
        return Err(Failure::Invalid(format!(
            "the value of {} has a quote, a backslash or a bracket in it, which can't be searched for",
            path::escape(&name)
        )));
    }
    let value = match document.kind(one.schema) {
        "integer" | "number" | "boolean" => text,
        _ if is_dated(one.schema) => format!("[{text}]"),
        _ => format!("\"{text}\""),
    };
    Ok(match one.operator {
        "contains" => format!("{name} contains {value}"),
        "gte" => format!("{name}>={value}"),
        "lte" => format!("{name}<={value}"),
        _ => format!("{name}={value}"),
    })
}

/// `{"op":"eq","field":"companyID","value":1}`.
fn filter(document: &Document, one: &Condition) -> Result<Value, Failure> {
    let name = one.field.join(".");
    let text = text(document, &name, &one.value, one.schema)?;
    let value = match document.kind(one.schema) {
        "integer" | "number" | "boolean" => serde_json::from_str(&text).unwrap_or(Value::from(text)),
        _ => Value::from(text),
    };
    Ok(json!({ "op": one.operator, "field": name, "value": value }))
}
