//! `${text//${part}/other}`: the interpreter ends such a pattern at the first `}` in it.
//!
//! Written as `${text//$part/other}` it is read as bash reads it.

/// What a text behind `${` begins with, up to where its pattern ends, and how long that was. Empty where no pattern
/// and replacement follow.
pub fn pattern(text: &str) -> (String, usize) {
    let name = identifier(text);
    let subscript = text[name..].strip_prefix('[').and_then(|inner| inner.find(']'));
    let mut at = name + subscript.map_or(0, |end| end + 2);
    if name == 0 || !text[at..].starts_with('/') {
        return (String::new(), 0);
    }
    at += if text[at + 1..].starts_with(['/', '#', '%']) { 2 } else { 1 };
    let mut out = text[..at].to_owned();
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match next {
            '/' | '}' | '\n' | '\'' | '"' | '`' => break,
            '$' => {
                let Some(name) = bare(rest) else { break };
                out.push('$');
                out.push_str(name);
                name.len() + 3
            }
            _ => {
                let escaped = if next == '\\' { rest[1..].chars().next().map_or(0, char::len_utf8) } else { 0 };
                let length = next.len_utf8() + escaped;
                out.push_str(&rest[..length]);
                length
            }
        };
    }
    (out, at)
}

/// The name in a `${name}` that may stand without braces.
fn bare(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("${")?;
    let length = identifier(inner);
    let after = inner[length..].strip_prefix('}')?;
    let merges = after.starts_with(|next: char| next == '_' || next == '[' || next.is_ascii_alphanumeric());
    (length > 0 && !merges).then(|| &inner[..length])
}

/// How many bytes of a name a text begins with.
fn identifier(text: &str) -> usize {
    let is_name =
        |(at, byte): (usize, u8)| byte == b'_' || byte.is_ascii_alphabetic() || (at > 0 && byte.is_ascii_digit());
    text.bytes().enumerate().take_while(|next| is_name(*next)).count()
}
