//! One spelling for all the names that a file system may take for the same file.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// The path as the protected lists compare it.
///
/// Part by part: compatibility normal form (full-width letters), no invisible characters (HFS+ ignores
/// them), no case, nothing from a `:` on (NTFS streams such as `::$DATA`), no dots and spaces at the end
/// (Windows drops them). `\` separates like `/`. Two paths that any supported file system takes for one
/// fold to the same text; a few that differ do too, and are then protected together.
pub(crate) fn fold(path: &str) -> Cow<'_, str> {
    let text = if path.is_ascii() { lower(path) } else { Cow::Owned(caseless_name(path)) };
    if !has_trimmings(text.as_bytes()) {
        return text;
    }
    let parts = text.split(['/', '\\']).map(fold_part).filter(|part| !part.is_empty());
    Cow::Owned(parts.collect::<Vec<_>>().join("/"))
}

fn lower(path: &str) -> Cow<'_, str> {
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Owned(path.to_ascii_lowercase());
    }
    Cow::Borrowed(path)
}

/// One spelling for all the names that somebody who takes no notice of case may take for the same.
pub(crate) fn caseless_name(name: &str) -> String {
    name.nfkc().filter(|c| !invisible(*c)).flat_map(caseless).nfkc().collect()
}

/// Whether [`fold_part`] would change a part, or a part has a second separator in it.
fn has_trimmings(text: &[u8]) -> bool {
    let ends_part = |next: Option<&u8>| matches!(next, None | Some(b'/'));
    text.iter().enumerate().any(|(index, byte)| match byte {
        b':' | b'\\' => true,
        b'.' | b' ' => ends_part(text.get(index + 1)),
        _ => false,
    })
}

fn fold_part(part: &str) -> &str {
    part.split(':').next().unwrap_or(part).trim_end_matches(['.', ' '])
}

/// Through upper case first, because `ſ` and `ı` have no lower case but an upper one.
fn caseless(c: char) -> impl Iterator<Item = char> {
    c.to_uppercase().flat_map(char::to_lowercase)
}

/// Whether a name is one that nobody should write: it looks like another, or breaks a terminal.
pub(crate) fn is_oddly_spelled(path: &str) -> bool {
    !path.is_ascii() && !is_nfc(path) || path.chars().any(|c| c.is_control() || invisible(c))
}

/// Whether a part has the form of an NTFS short name, such as `GIT~1` for `.git` or `GI7EBA~1`.
pub(crate) fn is_short_name(part: &str) -> bool {
    let (base, extension) = part.split_once('.').unwrap_or((part, ""));
    let Some((stem, number)) = base.split_once('~') else {
        return false;
    };
    let digits = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    digits && (1..=6).contains(&stem.len()) && base.len() <= 8 && extension.len() <= 3
}

/// Whether a character shows nothing, or reorders what is shown: Unicode's format characters, its
/// default-ignorable ones and its line separators. The same list guards names and manifests.
pub fn invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
        | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}
