//! Envelopes: where in an answer its rows stand, and how many there are in all.

use serde_json::Value;

use crate::document::Document;
use crate::request::Answer;

/// Names that rows stand under.
const NAMES: &[&str] = &["items", "results", "data", "value", "records", "rows"];
/// Where the number of all rows stands.
const TOTALS: &[&str] = &[
    "/total",
    "/count",
    "/record_count",
    "/total_count",
    "/totalCount",
    "/meta/total_entries",
    "/meta/total",
    "/meta/total_count",
    "/pagination/total",
];
/// Where the number of pages stands.
const PAGES: &[&str] = &["/meta/total_pages", "/total_pages", "/totalPages", "/pages", "/pagination/total_pages"];
/// Where the address of the next page stands.
const NEXT: &[&str] =
    &["/next", "/next_page_url", "/links/next", "/pageDetails/nextPageUrl", "/@odata.nextLink", "/meta/next"];

/// The schema of one row of an answer that has rows; `own` is what the resource calls itself.
pub fn rows_schema<'a>(document: &'a Document, answer: &'a Value, own: &str) -> Option<&'a Value> {
    if let Some(row) = document.items(answer) {
        return Some(row);
    }
    let lists: Vec<(&str, &Value)> = document
        .properties(document.plain(answer))
        .into_iter()
        .filter_map(|(name, schema)| Some((name, document.items(schema)?)))
        .collect();
    let named = |wanted: &str| lists.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let chosen = named(own).or_else(|| NAMES.iter().find_map(|name| named(name)));
    let only = if lists.len() == 1 { lists.first() } else { None };
    chosen.or(only).map(|(_, row)| *row)
}

/// The rows of an answer, taken out of it; none where it has none that can be told.
pub fn rows(answer: &mut Value, own: &str) -> Option<Vec<Value>> {
    let lists = |fields: &serde_json::Map<String, Value>| -> Vec<String> {
        fields.iter().filter(|(_, field)| field.is_array()).map(|(name, _)| name.clone()).collect()
    };
    match answer {
        Value::Array(rows) => Some(std::mem::take(rows)),
        Value::Object(fields) => {
            let names = lists(fields);
            let named = |wanted: &str| names.iter().find(|name| name.eq_ignore_ascii_case(wanted));
            let chosen = named(own).or_else(|| NAMES.iter().find_map(|name| named(name)));
            let only = if names.len() == 1 { names.first() } else { None };
            match fields.get_mut(chosen.or(only)?) {
                Some(Value::Array(rows)) => Some(std::mem::take(rows)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// One record without the object that it is wrapped in: `{"ticket": {…}}`, `{"item": {…}}`, `{"data": {…}}`.
pub fn unwrapped(answer: Value) -> Value {
    match answer {
        Value::Object(mut fields) if fields.len() == 1 => {
            let inner = fields.values_mut().next().filter(|inner| inner.is_object()).map(Value::take);
            inner.unwrap_or(Value::Object(fields))
        }
        Value::Array(mut rows) if rows.len() == 1 && rows.first().is_some_and(Value::is_object) => rows.remove(0),
        other => other,
    }
}

/// How many rows there are in all, as the answer says.
pub fn total(value: &Value, answer: &Answer) -> Option<u64> {
    let header = answer.header("x-total-count").and_then(|text| text.trim().parse().ok());
    TOTALS.iter().find_map(|pointer| value.pointer(pointer)?.as_u64()).or(header)
}

/// How many pages there are, as the answer says.
pub fn pages(value: &Value) -> Option<u64> {
    PAGES.iter().find_map(|pointer| value.pointer(pointer)?.as_u64())
}

/// What an answer says of the page that follows.
#[derive(Debug, PartialEq)]
pub enum Next {
    /// Nothing.
    Unsaid,
    /// There is none.
    End,
    /// Its address.
    At(String),
}

/// Where the next page is, as the answer says in its body or its `Link`.
pub fn next(value: &Value, answer: &Answer) -> Next {
    if let Some(said) = NEXT.iter().find_map(|pointer| value.pointer(pointer)) {
        return match said {
            Value::String(url) if !url.is_empty() => Next::At(url.clone()),
            Value::Null | Value::String(_) => Next::End,
            _ => Next::Unsaid,
        };
    }
    match answer.header("link") {
        Some(links) => links.split(',').find_map(linked_next).map_or(Next::End, Next::At),
        None => Next::Unsaid,
    }
}

/// The address in `<https://…>; rel="next"`.
fn linked_next(link: &str) -> Option<String> {
    let (url, kind) = link.trim().strip_prefix('<')?.split_once('>')?;
    (kind.contains("rel=\"next\"") || kind.contains("rel=next")).then(|| url.to_owned())
}
