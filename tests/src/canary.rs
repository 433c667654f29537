//! The canary in every form, and where to look for it.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::company::CANARY;

/// The form in which the canary stands in these bytes; `None` where it does not.
pub fn found(bytes: &[u8]) -> Option<String> {
    FORMS.find(bytes).map(|form| String::from_utf8_lossy(&bytes[form.range()]).into_owned())
}

static FORMS: LazyLock<AhoCorasick> = LazyLock::new(|| match AhoCorasick::new(forms(CANARY.trim_end())) {
    Ok(forms) => forms,
    Err(error) => panic!("the forms of the canary can't be looked for: {error}"),
});

/// A secret as it is, in hexadecimal, percent-encoded, as JSON escapes, and the middle of it in base64, whatever stands before.
pub fn forms(secret: &str) -> Vec<String> {
    let each = |form: &dyn Fn(u8) -> String| secret.bytes().map(form).collect::<String>();
    let mut forms = vec![
        secret.to_owned(),
        secret.replace('-', "%2D"),
        each(&|byte| format!("{byte:02x}")),
        each(&|byte| format!("{byte:02X}")),
        each(&|byte| format!("%{byte:02X}")),
        each(&|byte| format!("%{byte:02x}")),
        each(&|byte| format!("\\u{byte:04x}")),
    ];
    for offset in 0..3 {
        let text = format!("{}{secret}", &"..."[..offset]);
        let (first, behind) = ((offset * 8).div_ceil(6), text.len() * 8 / 6);
        forms.extend([STANDARD.encode(&text), URL_SAFE.encode(&text)].map(|text| text[first..behind].to_owned()));
    }
    forms
}

/// Every regular file of up to 64 MiB below a directory; links are not followed.
pub fn files(below: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(below).into_iter().flatten().flatten();
    let found = entries.flat_map(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => files(&entry.path()),
        Ok(meta) if meta.is_file() && (1..64 << 20).contains(&meta.len()) => vec![entry.path()],
        _ => Vec::new(),
    });
    found.collect()
}
