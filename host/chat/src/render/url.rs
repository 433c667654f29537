//! Finds what a chat client, or a person with a clipboard, would open.

/// Schemes that some client opens without `//` behind them.
const SCHEMES: &[&str] = &[
    "http",
    "https",
    "ftp",
    "file",
    "data",
    "javascript",
    "vbscript",
    "mailto",
    "tel",
    "sms",
    "discord",
    "steam",
    "ssh",
    "blob",
    "intent",
    "ms-settings",
    "search-ms",
    "vscode",
];
/// Places whose links invite to a server; clients open them without a scheme, too.
const INVITES: &[&str] = &["discord.gg", "discord.com/invite", "discordapp.com/invite", "dsc.gg", "discord.me"];
/// The longest look ahead for an invitation, in bytes: bounds the work on text without spaces.
const LOOK: usize = 200;
/// The longest URL, in bytes: bounds the work on what follows a scheme.
const LONGEST: usize = 2000;

/// Whether a character can be part of a scheme or a host's name.
pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-')
}

/// The run of such characters at the beginning.
pub(super) fn name(text: &str) -> &str {
    &text[..text.find(|c| !is_name(c)).unwrap_or(text.len())]
}

/// How many bytes the URL has that begins here, if one does.
pub(super) fn at_start(text: &str) -> Option<usize> {
    let name = name(text);
    let after = &text[name.len()..];
    let begins = if name.is_empty() {
        after.starts_with("//") && after[2..].starts_with(|c: char| c.is_alphanumeric())
    } else {
        has_scheme(name, after) || is_invite(head(text))
    };
    begins.then(|| length(text)).filter(|bytes| *bytes > 0)
}

fn has_scheme(name: &str, after: &str) -> bool {
    let Some(target) = after.strip_prefix(':') else { return false };
    let slashes = target.starts_with("//") && !target[2..].starts_with(char::is_whitespace) && target.len() > 2;
    let scheme = name.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let known = SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    slashes || (known && target.starts_with(|c: char| !c.is_whitespace() && !matches!(c, '*' | '_' | '`' | ':')))
}

/// Whether it leads to an invitation.
pub(super) fn is_invite(url: &str) -> bool {
    let lower = head(url).to_ascii_lowercase();
    INVITES.iter().any(|place| lower.match_indices(place).any(|(at, _)| lower[at + place.len()..].starts_with('/')))
}

/// The beginning of a text up to a space, as far as we look.
fn head(text: &str) -> &str {
    let text = &text[..text.floor_char_boundary(LOOK)];
    &text[..text.find(ends).unwrap_or(text.len())]
}

fn ends(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '`' | '"')
}

/// Whether a client that takes everything up to a space for the URL sees the same one: nothing but the sentence's
/// punctuation follows.
pub(super) fn is_whole(text: &str, bytes: usize) -> bool {
    let after = &text[bytes..];
    let after = &after[..after.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(after.len())];
    after.chars().all(|c| is_punctuation(c) || matches!(c, ')' | ']' | '}'))
}

fn is_punctuation(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '|' | '\\')
}

/// The bytes of a URL that begins here: up to a space, without the punctuation of the sentence around it.
fn length(text: &str) -> usize {
    let text = &text[..text.floor_char_boundary(LONGEST)];
    let mut url = &text[..text.find(ends).unwrap_or(text.len())];
    while let Some(last) = url.chars().next_back() {
        let unbalanced = |open: char, close: char| url.matches(close).count() > url.matches(open).count();
        let outside = match last {
            c if is_punctuation(c) => true,
            ')' => unbalanced('(', ')'),
            ']' => unbalanced('[', ']'),
            '}' => unbalanced('{', '}'),
            _ => false,
        };
        if !outside {
            break;
        }
        url = &url[..url.len() - last.len_utf8()];
    }
    url.len()
}
