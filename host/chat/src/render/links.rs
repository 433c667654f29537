//! Masked links, shown as what they are.

/// The longest text and target of a link, in bytes; also bounds the work on `[[[[[[…`.
const TEXT: usize = 400;
const TARGET: usize = 2000;
/// The longest code in a line, in bytes; bounds the work on text full of backticks.
const CODE: usize = 4000;

/// The text with `[text](target)` written as `text (target)`, also in images; code is left alone.
pub(super) fn unmasked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Where the text of a link ends, where the link ends, and its target.
    let mut open: Vec<(usize, usize, &str)> = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if let Some((_, end, target)) = open.pop_if(|(close, ..)| *close == at) {
            out.push_str(&format!(" ({target})"));
            at = end;
            continue;
        }
        let rest = &text[at..];
        let bytes = match c {
            '\\' => rest.chars().take(2).map(char::len_utf8).sum(),
            '`' => code_span(rest).map_or_else(|| backticks(rest), |(_, bytes)| bytes),
            '!' if rest[1..].starts_with('[') && link(&rest[1..]).is_some() => 0,
            '[' => match link(rest) {
                Some((close, end, target)) => {
                    open.push((at + close, at + end, target));
                    0
                }
                None => 1,
            },
            c => c.len_utf8(),
        };
        out.push_str(&rest[..bytes]);
        at += bytes.max(1);
    }
    out
}

/// The link that begins here: where its text ends, where it ends, and its target without title and brackets.
fn link(rest: &str) -> Option<(usize, usize, &str)> {
    let close = closing(rest, '[', ']', TEXT)?;
    let after = &rest[close + 1..];
    if !after.starts_with('(') {
        return None;
    }
    let end = closing(after, '(', ')', TARGET)?;
    let inside = after[1..end].trim();
    let target = match inside.strip_prefix('<').and_then(|inside| inside.split_once('>')) {
        Some((target, _)) => target,
        None => inside.split([' ', '\n']).next().unwrap_or_default(),
    };
    Some((close, close + 1 + end + 1, target))
}

/// Where the bracket that begins here is closed: not in code, not escaped, in the same paragraph.
fn closing(rest: &str, open: char, close: char, most: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at <= most {
        let c = rest[at..].chars().next()?;
        if rest[at..].starts_with("\n\n") {
            return None;
        }
        depth += usize::from(c == open);
        if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
        at += match c {
            '\\' => rest[at..].chars().take(2).map(char::len_utf8).sum(),
            '`' => code_span(&rest[at..]).map_or_else(|| backticks(&rest[at..]), |(_, bytes)| bytes),
            c => c.len_utf8(),
        };
    }
    None
}

/// How many backticks begin a text.
pub(super) fn backticks(text: &str) -> usize {
    text.len() - text.trim_start_matches('`').len()
}

/// The code in a line that begins here, without its backticks, and how many bytes it has with them.
pub(super) fn code_span(rest: &str) -> Option<(&str, usize)> {
    let rest = &rest[..rest.floor_char_boundary(CODE)];
    let run = backticks(rest);
    let paragraph = rest.find("\n\n").unwrap_or(rest.len());
    let mut at = run;
    while let Some(found) = rest[at..paragraph.max(at)].find('`') {
        let start = at + found;
        let length = backticks(&rest[start..]);
        if length == run {
            let code = rest[run..start].trim();
            return (!code.is_empty()).then_some((code, start + run));
        }
        at = start + length;
    }
    None
}
