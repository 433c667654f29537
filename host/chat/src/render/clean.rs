//! Takes out what cannot be seen, so that what people read is what is there.

use claudetools_agent::prompt::invisible;

/// Whether a character changes the direction of those around it: code and commands are spoofed with these.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The text without terminal escapes and control characters (but line feed and tab), without invisible characters, and
/// with characters that change direction made visible. Joiners stay between characters of scripts that need them.
pub(super) fn clean(text: &str) -> String {
    let text = without_escapes(text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\n' | '\t' => out.push(c),
            '\u{200c}' | '\u{200d}' if joins(out.chars().next_back(), chars.peek().copied()) => out.push(c),
            c if turns(c) => out.push_str(&format!("⟨U+{:04X}⟩", u32::from(c))),
            c if c.is_control() || invisible(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// Emoji and some scripts need joiners; nothing that Discord acts on has such characters on both sides.
fn joins(before: Option<char>, after: Option<char>) -> bool {
    let needs = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !invisible(c));
    needs(before) && needs(after)
}

/// The text without terminal escape sequences, whose visible rest would be noise.
fn without_escapes(text: &str) -> String {
    const ESC: char = '\u{1b}';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find([ESC, '\u{9b}']) {
        out.push_str(&rest[..at]);
        rest = match rest[at..].strip_prefix(ESC) {
            Some(after) => after.strip_prefix('[').map_or_else(|| other(after), csi),
            None => csi(&rest[at + '\u{9b}'.len_utf8()..]),
        };
    }
    out + rest
}

/// What follows a control sequence: parameters, then one final character.
fn csi(after: &str) -> &str {
    let end = after.find(|c: char| !matches!(c, ' '..='?'));
    match end.map(|end| &after[end..]) {
        Some(rest) if rest.starts_with(|c| matches!(c, '@'..='~')) => &rest[1..],
        Some(rest) => rest,
        None => "",
    }
}

/// What follows another escape: an operating system command up to its end, or one character.
fn other(after: &str) -> &str {
    if !after.starts_with(']') {
        let mut chars = after.chars();
        return match chars.next() {
            Some('\n') | None => after,
            Some(_) => chars.as_str(),
        };
    }
    // A command without an end ends with its line: the text after it must not vanish.
    match after.find(['\u{7}', '\n', '\u{1b}']) {
        Some(end) if after[end..].starts_with("\u{1b}\\") => &after[end + 2..],
        Some(end) if after[end..].starts_with('\u{7}') => &after[end + 1..],
        Some(end) => &after[end..],
        None => "",
    }
}
