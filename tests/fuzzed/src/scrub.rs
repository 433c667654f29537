//! Secrets on their way out.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use claudetools_secrets::Scrub;

/// What stands in a secret's place.
const REMOVED: &str = "[secret removed]";
/// The shortest value that counts as a secret.
const SHORTEST: usize = 8;

/// Two secrets, one a line, then a recipe: each byte of it writes a form of a secret, a part of one, or itself, and
/// says where the stream is cut. However it is cut, what comes out is the same, and no whole form is left in it.
pub fn scrub(data: &[u8]) {
    let mut lines = data.splitn(3, |byte| *byte == b'\n');
    let secrets: Vec<_> =
        lines.by_ref().take(2).filter_map(|line| str::from_utf8(line).ok()).map(str::to_owned).collect();
    let recipe = lines.next().unwrap_or_default();
    let recipe = &recipe[..recipe.len().min(512)];
    if secrets.iter().any(|secret| secret.len() > 256) {
        return;
    }
    let forms: Vec<Vec<u8>> = secrets.iter().flat_map(|secret| forms(secret.trim())).collect();
    let text = written(recipe, &forms);
    let scrub = Scrub::new(&secrets);
    let clean = scrub.bytes(&text);
    assert_eq!(streamed(&scrub, &text, recipe), clean, "{secrets:?} {recipe:?}");
    assert_eq!(streamed(&scrub, &text, &[0]), clean, "{secrets:?} {recipe:?}");
    for form in forms.iter().filter(|form| may_not_stay(form)) {
        assert!(
            !clean.windows(form.len()).any(|part| part == form),
            "{secrets:?}: {:?}",
            String::from_utf8_lossy(form)
        );
    }
}

/// Whether a form may stand nowhere: where it is a part of what stands in its place, it must.
fn may_not_stay(form: &[u8]) -> bool {
    let text = String::from_utf8_lossy(form);
    form.len() >= SHORTEST && !text.contains(['[', ']']) && !REMOVED.contains(&*text)
}

/// How other programs write a secret; shares nothing with the code that looks for it.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let every = |write: fn(u8) -> String| secret.bytes().map(write).collect::<String>();
    let json = serde_json::Value::from(secret).to_string();
    let mut forms = vec![
        secret.to_owned(),
        hex::encode(secret),
        hex::encode_upper(secret),
        every(|byte| format!("%{byte:02X}")),
        every(|byte| format!("%{byte:02x}")),
        every(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }),
        secret.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect(),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
    ];
    if !secret.chars().any(char::is_control) {
        forms.push(json[1..json.len() - 1].to_owned());
    }
    if secret.len().is_multiple_of(3) {
        forms.extend([STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret)]);
    }
    forms.into_iter().map(String::into_bytes).collect()
}

fn written(recipe: &[u8], forms: &[Vec<u8>]) -> Vec<u8> {
    let mut text = Vec::new();
    for byte in recipe {
        let form = forms.get(usize::from(byte & 31));
        match (byte >> 5, form) {
            (4 | 5, Some(form)) => text.extend_from_slice(form),
            (6, Some(form)) => text.extend_from_slice(&form[..form.len() / 2]),
            (7, Some(form)) => text.extend_from_slice(&form[form.len() / 2..]),
            _ => text.push(*byte),
        }
    }
    text
}

/// The text through a stream that is cut after as many bytes as `cuts` say, over and over.
fn streamed(scrub: &Scrub, text: &[u8], cuts: &[u8]) -> Vec<u8> {
    let (mut stream, mut clean, mut rest) = (scrub.stream(), Vec::new(), text);
    for cut in cuts.iter().cycle() {
        let (piece, later) = rest.split_at((usize::from(*cut) % 41 + 1).min(rest.len()));
        if piece.is_empty() {
            break;
        }
        clean.extend(stream.push(piece));
        rest = later;
    }
    clean.extend(stream.push(rest));
    clean.extend(stream.finish());
    clean
}
