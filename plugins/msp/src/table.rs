//! Tables: rows as people and the model read them.

use claudetools_kit::{self as kit, path};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::parameter::plain;

/// Columns of a table that nobody chose.
const COLUMNS: usize = 8;
/// Bytes of one table: what the model reads of it.
const MAX_TABLE: usize = 32 << 10;
/// Characters of a cell, and of one where the table is too large.
const CELLS: &[usize] = &[200, 60, 24];
/// What a record within a row is shown by.
const LABELS: &[&str] = &["display", "name", "title", "label", "subject", "value", "identifier", "id"];
/// Columns that are worth most, in order. A word is found anywhere in the name of a field.
const WORTH: &[&str] = &[
    "link",
    "number",
    "name",
    "subject",
    "title",
    "summary",
    "status",
    "priority",
    "client",
    "customer",
    "company",
    "tenant",
    "owner",
    "assign",
    "technician",
    "agent",
    "user",
    "role",
    "type",
    "site",
    "address",
    "ip",
    "os",
    "serial",
    "due",
    "expir",
    "warranty",
    "created",
    "date",
    "updated",
    "hours",
    "amount",
    "total",
    "billable",
    "email",
    "phone",
];

/// A row with its columns in order.
#[derive(Debug)]
pub struct Row(pub Vec<(String, String)>);

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, cell) in &self.0 {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

/// A table, and what of it is left out.
pub struct Table {
    /// With the same columns.
    pub rows: Vec<Row>,
    /// Columns that rows have and the table has not.
    pub left_out: Vec<String>,
}

/// The columns of rows, the most telling first. Those that are empty everywhere are none.
pub fn columns(rows: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for row in rows {
        let fields = row.as_object().into_iter().flatten();
        for (name, _) in fields.filter(|(_, value)| !cell(value).is_empty()) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names.sort_by_key(|name| worth(name));
    names
}

fn worth(name: &str) -> (usize, String) {
    let lower = name.to_lowercase();
    let rank = match lower.as_str() {
        "id" => 0,
        // An id beside the name that it stands for tells people nothing.
        _ if lower.ends_with("id") => WORTH.len() + 2,
        _ => WORTH.iter().position(|word| lower.contains(word)).map_or(WORTH.len() + 1, |at| at + 1),
    };
    (rank, lower)
}

/// The rows as a table of the chosen columns, or of the most telling; never more than the model should read.
pub fn table(rows: &[Value], chosen: &[String]) -> Table {
    let all = columns(rows);
    let shown: Vec<&String> =
        if chosen.is_empty() { all.iter().take(COLUMNS).collect() } else { chosen.iter().collect() };
    let left_out = all.iter().filter(|name| !shown.contains(name)).cloned().collect();
    let cut = |longest: usize| -> Vec<Row> {
        let row = |row: &Value| {
            Row(shown.iter().map(|name| ((*name).clone(), short(&row[name.as_str()], longest))).collect())
        };
        rows.iter().map(row).collect()
    };
    let size = |rows: &[Row]| -> usize {
        rows.iter().flat_map(|row| &row.0).map(|(name, cell)| name.len() + cell.len() + 6).sum()
    };
    let smallest = CELLS.last().copied().unwrap_or_default();
    let mut rows =
        CELLS.iter().map(|longest| cut(*longest)).find(|rows| size(rows) <= MAX_TABLE).unwrap_or_else(|| cut(smallest));
    while size(&rows) > MAX_TABLE {
        rows.truncate(rows.len() / 2);
    }
    Table { rows, left_out }
}

/// A field as one line of at most so many characters.
fn short(value: &Value, longest: usize) -> String {
    let line = path::escape(&cell(value).replace(['\n', '\r', '\t'], " "));
    match line.char_indices().nth(longest) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// A field as text: a record by its name, a list by its first entries.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Object(fields) => LABELS
            .iter()
            .find_map(|key| fields.get(*key).filter(|label| is_scalar(label)))
            .map(plain)
            .unwrap_or_default(),
        Value::Array(items) => {
            let mut shown: Vec<String> = items
                .iter()
                .take(5)
                .map(|item| if item.is_array() { String::new() } else { cell(item) })
                .filter(|text| !text.is_empty())
                .collect();
            if items.len() > 5 {
                shown.push(format!("{} in all", items.len()));
            }
            shown.join(", ")
        }
        other => plain(other),
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

/// All columns of all rows as CSV.
pub fn csv(rows: &[Value]) -> Vec<u8> {
    let columns = columns(rows);
    let cells = |row: &Value| columns.iter().map(|name| cell(&row[name.as_str()])).collect::<Vec<_>>();
    kit::csv::csv(std::iter::once(columns.clone()).chain(rows.iter().map(cells)))
}
