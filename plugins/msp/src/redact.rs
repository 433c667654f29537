//! Redaction: fields whose names say that their values are nobody's to read here.

use serde_json::Value;

/// What stands instead of a value.
pub const REDACTED: &str = "[redacted]";

/// Words in names, in lower case without `_` and `-`. One of up to four letters has to be a word of its own, so that `ssn` is not found in
/// `className`.
const WORDS: &[&str] = &[
    "passw",
    "pwd",
    "secret",
    "token",
    "apikey",
    "private",
    "ssn",
    "totp",
    "mfa",
    "otp",
    "recovery",
    "credential",
    "passphrase",
    "pin",
];
/// Fields that name what another field of the same object holds: `{ "name": "Admin password", "value": "…" }`.
const NAMING: &[&str] = &["name", "label", "key", "field", "title", "display", "caption"];
/// How deep a row is looked through; what is deeper goes whole.
const MAX_DEPTH: usize = 32;

/// What is taken out.
pub struct Redact {
    words: Vec<String>,
}

impl Redact {
    /// The usual words, and more of them.
    pub fn new(more: &[String]) -> Self {
        let more = more.iter().map(|word| squeezed(word)).filter(|word| !word.is_empty());
        Self { words: WORDS.iter().map(|&word| word.to_owned()).chain(more).collect() }
    }

    /// Whether a field of this name is taken out.
    pub fn hides(&self, name: &str) -> bool {
        let squeezed = squeezed(name);
        self.words.iter().any(|word| match word.len() {
            0..=4 => parts(name).any(|part| part == *word) || squeezed == *word,
            _ => squeezed.contains(word.as_str()),
        })
    }

    /// Takes them out of a value, and counts them.
    pub fn clean(&self, value: &mut Value) -> usize {
        self.walk(value, MAX_DEPTH)
    }

    fn walk(&self, value: &mut Value, depth: usize) -> usize {
        match value {
            Value::Object(_) | Value::Array(_) if depth == 0 => hide(value),
            Value::Array(items) => items.iter_mut().map(|item| self.walk(item, depth - 1)).sum(),
            Value::Object(fields) => {
                let named = NAMING.iter().filter_map(|key| fields.get(*key)?.as_str()).any(|name| self.hides(name));
                fields
                    .iter_mut()
                    .map(|(name, field)| {
                        match self.hides(name) || named && matches!(name.as_str(), "value" | "content" | "data") {
                            true => hide(field),
                            false => self.walk(field, depth - 1),
                        }
                    })
                    .sum()
            }
            _ => 0,
        }
    }
}

/// What is empty or only says yes or no is nobody's secret: whether there is a password may be known.
fn hide(value: &mut Value) -> usize {
    if matches!(value, Value::Null | Value::Bool(_)) || *value == "" {
        return 0;
    }
    *value = REDACTED.into();
    1
}

fn squeezed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of a name, in lower case: `apiKey_ID` has `api`, `key` and `id`.
fn parts(name: &str) -> impl Iterator<Item = String> {
    let mut spaced = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        spaced.push(if c.is_alphanumeric() { c } else { ' ' });
        before = c;
    }
    spaced.split(' ').filter(|part| !part.is_empty()).map(str::to_lowercase).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_named_a_secret_is_taken_out_at_any_depth() {
        let redact = Redact::new(&["bitlocker-key".to_owned()]);
        let mut row = json!({
            "name": "SRV-01", "adminPassword": "hunter2", "api_key": 7, "API-Token": ["a"], "notes": [{ "Recovery_Codes": { "a": "b" } }],
            "bitlocker_key": "123", "ssn": "1", "customerSSN": "2", "credentials": [{ "user": "a" }],
        });
        assert_eq!(redact.clean(&mut row), 8);
        insta::assert_snapshot!(row, @r#"{"API-Token":"[redacted]","adminPassword":"[redacted]","api_key":"[redacted]","bitlocker_key":"[redacted]","credentials":"[redacted]","customerSSN":"[redacted]","name":"SRV-01","notes":[{"Recovery_Codes":"[redacted]"}],"ssn":"[redacted]"}"#);
    }

    #[test]
    fn a_field_that_is_named_by_its_neighbour_is_taken_out() {
        let mut row =
            json!({ "fields": [{ "label": "WiFi password", "value": "x" }, { "label": "Floor", "value": "2" }] });
        assert_eq!(Redact::new(&[]).clean(&mut row), 1);
        insta::assert_snapshot!(row, @r#"{"fields":[{"label":"WiFi password","value":"[redacted]"},{"label":"Floor","value":"2"}]}"#);
    }

    #[test]
    fn what_is_no_secret_stays() {
        let mut row = json!({ "className": "a", "sessions": 3, "has_password": true, "token": null, "shipping": "b", "opinion": "c" });
        let before = row.clone();
        assert_eq!(Redact::new(&[]).clean(&mut row), 0);
        assert_eq!(row, before);
    }

    #[test]
    fn what_is_too_deep_goes_whole() {
        let deep = (0..100).fold(json!({ "password": "hunter2" }), |inner, _| json!([inner]));
        let mut row = deep;
        assert_eq!(Redact::new(&[]).clean(&mut row), 1);
        assert!(!row.to_string().contains("hunter2"));
    }
}
