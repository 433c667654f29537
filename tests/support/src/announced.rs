//! Writes that a person confirmed: what was not announced is not done.

use serde_json::Value;

/// A write that a person confirmed.
#[derive(Clone, Debug)]
pub(super) struct Announced {
    /// Where it is to be written: a tenant; empty where there is one place only.
    pub place: String,
    /// A method and path, or a cmdlet.
    pub what: String,
    pub body: Value,
}

/// Takes the announcement of a write; false where nobody announced it.
pub(super) fn take(announced: &mut Vec<Announced>, place: &str, what: &str, body: &Value) -> bool {
    let at = announced.iter().position(|one| one.fits(place, what, body));
    at.map(|at| announced.remove(at)).is_some()
}

impl Announced {
    fn fits(&self, place: &str, what: &str, body: &Value) -> bool {
        self.place == place && self.what.eq_ignore_ascii_case(what) && fits(&self.body, body)
    }
}

/// Whether a body is what was announced; `"*"` is any text.
fn fits(announced: &Value, body: &Value) -> bool {
    match (announced, body) {
        (Value::String(any), Value::String(_)) if any == "*" => true,
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(key, value)| other.get(key).is_some_and(|v| fits(value, v)))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| fits(one, other))
        }
        (one, other) => one == other,
    }
}
