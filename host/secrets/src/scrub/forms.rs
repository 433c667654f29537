//! The forms in which programs write one value.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What percent encoders leave as it is besides letters and digits: RFC 3986, `encodeURIComponent`, `encodeURI`, HTML
/// forms, and those that leave nothing.
const LEFT: [&str; 5] = ["-._~", "-._~!'()*", "-._~!'()*;/?:@&=+$,#", "-._*", ""];

/// What JSON encoders write as `\uXXXX` besides what they must: nothing, what could end a script in HTML, everything
/// beyond ASCII, and everything.
const ESCAPED: [fn(char) -> bool; 4] =
    [|_| false, |c| matches!(c, '<' | '>' | '&' | '\'' | '+' | '\u{2028}' | '\u{2029}'), |c| !c.is_ascii(), |_| true];

/// The value in every form. Some may be equal.
pub(super) fn of(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let mut forms = vec![secret.to_owned()];
    for upper in [false, true] {
        forms.push(bytes.iter().map(|byte| hex(*byte, upper)).collect());
        forms.push(bytes.iter().map(|byte| format!("%{}", hex(*byte, upper))).collect());
        forms.extend(LEFT.map(|left| percent(bytes, left, upper)));
        forms.extend(LEFT.map(|left| percent(bytes, left, upper).replace("%20", "+")));
        for escaped in ESCAPED {
            forms.push(json(secret, escaped, upper));
            forms.push(json(secret, escaped, upper).replace('/', "\\/"));
        }
    }
    for lead in 0..3 {
        forms.push(inner_base64(bytes, lead, &STANDARD_NO_PAD));
        forms.push(inner_base64(bytes, lead, &URL_SAFE_NO_PAD));
    }
    forms.into_iter().map(String::into_bytes).collect()
}

fn hex(byte: u8, upper: bool) -> String {
    if upper { format!("{byte:02X}") } else { format!("{byte:02x}") }
}

fn percent(bytes: &[u8], left: &str, upper: bool) -> String {
    let one = |byte: &u8| match byte {
        _ if byte.is_ascii_alphanumeric() || left.as_bytes().contains(byte) => char::from(*byte).to_string(),
        _ => format!("%{}", hex(*byte, upper)),
    };
    bytes.iter().map(one).collect()
}

fn json(secret: &str, escaped: fn(char) -> bool, upper: bool) -> String {
    let unit = |unit: u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
    let one = |c: char| match c {
        _ if escaped(c) => c.encode_utf16(&mut [0; 2]).iter().map(|half| unit(*half)).collect(),
        '"' => "\\\"".to_owned(),
        '\\' => "\\\\".to_owned(),
        '\n' => "\\n".to_owned(),
        '\r' => "\\r".to_owned(),
        '\t' => "\\t".to_owned(),
        _ if c < ' ' => unit(c as u16),
        _ => c.to_string(),
    };
    secret.chars().map(one).collect()
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
