//! Percent encoding, read strictly and written in one way.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What stands for itself in a segment: the characters that RFC 3986 allows there, without `;`, which starts
/// parameters on some servers, and `+`, which some read as a space.
const IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// What stands for itself in a name or value of a query: the same without the separators `&` and `=`.
const IN_QUERY: &AsciiSet = &IN_SEGMENT.add(b'&').add(b'=');

/// The text that a part of a URL stands for. `None` where it could be read in two ways: raw characters that a URL
/// does not have, half an escape, bytes that are not UTF-8, and control characters, escaped or not.
pub(super) fn decode(part: &str) -> Option<String> {
    let raw = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    if !part.bytes().all(raw) || !part.split('%').skip(1).all(begins_with_hex) {
        return None;
    }
    let text = percent_decode_str(part).decode_utf8().ok()?;
    (!text.chars().any(char::is_control)).then(|| text.into_owned())
}

/// Whether a text, decoded once, has an escape in it: a server that decodes twice would read something else.
pub(super) fn has_escape(text: &str) -> bool {
    text.split('%').skip(1).any(begins_with_hex)
}

fn begins_with_hex(text: &str) -> bool {
    text.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2
}

pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, IN_SEGMENT).to_string()
}

pub(super) fn query(text: &str) -> String {
    utf8_percent_encode(text, IN_QUERY).to_string()
}
