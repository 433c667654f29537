//! Sums of what is counted in hours or money, so that nobody has to add up a table.

use serde_json::Value;

/// Words in the names of fields that can be added up.
const COUNTED: &[&str] = &["hours", "minutes", "duration", "amount", "total", "price", "cost"];
/// Fields that say whether something is billed.
const BILLED: &[&str] = &["billable", "is_billable", "billed", "chargeable"];

/// Sums over rows, such as `hours 12.5 (billable 10, not billable 2.5)`; empty where nothing can be added up.
pub fn sums(rows: &[Value]) -> Vec<String> {
    let mut names: Vec<&String> = rows.iter().filter_map(Value::as_object).flat_map(|row| row.keys()).collect();
    names.sort();
    names.dedup();
    names.into_iter().filter(|name| is_counted(name)).filter_map(|name| sum(rows, name)).collect()
}

fn is_counted(name: &str) -> bool {
    let lower = name.to_lowercase();
    !lower.ends_with("id") && COUNTED.iter().any(|word| lower.contains(word))
}

fn sum(rows: &[Value], name: &str) -> Option<String> {
    let of = |billed: Option<bool>| -> f64 {
        rows.iter()
            .filter(|row| billed.is_none() || is_billed(row) == billed)
            .filter_map(|row| number(row.get(name)?))
            .sum()
    };
    let numbers = rows.iter().filter(|row| row.get(name).and_then(number).is_some()).count();
    if numbers < 2 {
        return None;
    }
    let parts = match rows.iter().any(|row| is_billed(row).is_some()) {
        true => format!(" (billable {}, not billable {})", shown(of(Some(true))), shown(of(Some(false)))),
        false => String::new(),
    };
    Some(format!("{} {}{parts}", claudetools_kit::path::escape(name), shown(of(None))))
}

fn is_billed(row: &Value) -> Option<bool> {
    BILLED.iter().find_map(|key| row.get(key)?.as_bool())
}

fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    number.filter(|number| number.is_finite())
}

fn shown(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
