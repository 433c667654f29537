//! Takes known secrets out of text.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The shortest value that counts as a secret: shorter ones would be found in ordinary words.
const SHORTEST: usize = 8;
/// What stands in a secret's place.
const REMOVED: &str = "[secret removed]";

/// Known secrets, in every form in which they are usually written. Cheap to clone; `Debug` shows none.
#[derive(Clone, Default)]
pub struct Scrub(Arc<[String]>);

impl Scrub {
    /// Takes out these values: as they are, and as base64, hex, percent-encoded and JSON text. Values of fewer than eight
    /// bytes are left alone.
    pub fn new(secrets: &[String]) -> Self {
        let long = secrets.iter().map(|secret| secret.trim()).filter(|secret| secret.len() >= SHORTEST);
        let mut forms: Vec<String> = long.flat_map(forms).filter(|form| form.len() >= SHORTEST).collect();
        // The longest first: a form that holds another must not be left half.
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self(forms.into())
    }

    /// The text without them.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for form in self.0.iter() {
            if text.contains(form) {
                text = text.replace(form, REMOVED);
            }
        }
        text
    }

    /// Whether one of them is in the text.
    pub fn finds(&self, text: &str) -> bool {
        self.0.iter().any(|form| text.contains(form))
    }
}

impl std::fmt::Debug for Scrub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scrub(..)")
    }
}

fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let json = serde_json::Value::from(secret).to_string();
    let mut forms = vec![
        secret.to_owned(),
        json[1..json.len() - 1].to_owned(),
        each(bytes, "", |byte| format!("{byte:02x}")),
        each(bytes, "", |byte| format!("{byte:02X}")),
        each(bytes, "", |byte| format!("%{byte:02x}")),
        each(bytes, "", |byte| format!("%{byte:02X}")),
        each(bytes, "", |byte| percent(byte, false)),
        each(bytes, "", |byte| percent(byte, true)),
    ];
    for lead in 0..3 {
        forms.push(inner_base64(bytes, lead, &STANDARD_NO_PAD));
        forms.push(inner_base64(bytes, lead, &URL_SAFE_NO_PAD));
    }
    forms
}

fn each(bytes: &[u8], between: &str, form: impl Fn(u8) -> String) -> String {
    bytes.iter().map(|byte| form(*byte)).collect::<Vec<_>>().join(between)
}

fn percent(byte: u8, upper: bool) -> String {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if upper => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    }
}

/// The characters of the base64 of any text that has the secret after `lead` bytes (modulo three) which depend on
/// nothing but the secret.
fn inner_base64(secret: &[u8], lead: usize, engine: &impl Engine) -> String {
    let padded: Vec<u8> = std::iter::repeat_n(0, lead).chain(secret.iter().copied()).collect();
    let encoded = engine.encode(&padded);
    let first = (lead * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    encoded[first..last].to_owned()
}
