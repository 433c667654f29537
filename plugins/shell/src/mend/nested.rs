//! What stands in braces within braces.
//!
//! `${text//${part}/other}`: the interpreter ends such a pattern at the first `}` in it; written as `${text//$part/other}`
//! it is read as bash reads it. `"${text:-${array[*]}}"` is empty; written as a command that prints it, it is not.

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

/// What a text behind `${` becomes that is `name:-${array[*]}}` or the like, and how long that was: the interpreter takes
/// a whole array in a default for nothing where it must be one word, in quotes (`quoted`) and in `:=`.
pub fn default(text: &str, quoted: bool) -> Option<(String, usize)> {
    let name = identifier(text);
    let colon = usize::from(text[name..].starts_with(':'));
    let operator = text[name + colon..].chars().next().filter(|next| matches!(next, '=' | '-'))?;
    let inner = text[name + colon + 1..].strip_prefix("${")?;
    let array = identifier(inner);
    let all = ["[*]}}", "[@]}}"].into_iter().find(|all| inner[array..].starts_with(all))?;
    if name == 0 || array == 0 || !(quoted || operator == '=') {
        return None;
    }
    let ifs = if all.starts_with("[@") { "IFS=' '; " } else { "" };
    let head = &text[..name + colon + 1];
    let written = format!("{head}$({ifs}printf %s \"${{{}[*]}}\")}}", &inner[..array]);
    Some((written, head.len() + 2 + array + all.len()))
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
