//! What strangers wrote: names of rules, apps and devices, subjects, error texts.
//!
//! Such text can mention people, carry links, hide characters, break out of a code block, or speak to the model. It is
//! shown short, disarmed, and as a piece of code.

use claudetools_kit::path::escape;

/// The most characters of a foreign text that are shown.
const LONGEST: usize = 120;

/// What is written otherwise: it would end a piece of code, be clickable, or call everybody.
const DISARMED: &[(&str, &str)] = &[
    ("`", "'"),
    ("http://", "hxxp://"),
    ("https://", "hxxps://"),
    ("@everyone", "(at)everyone"),
    ("@here", "(at)here"),
    ("<@", "<(at)"),
];

/// A foreign text on one line: hidden characters written out, no link, no mention, at most 120 characters.
pub fn shown(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(LONGEST).collect();
    let cut = if short.len() < line.len() { "…" } else { "" };
    DISARMED.iter().fold(escape(&short), |text, (from, to)| without_case(&text, from, to)) + cut
}

/// A foreign text as a piece of code, so that a reader sees where it begins and ends; nothing becomes `(empty)`.
pub fn quoted(text: &str) -> String {
    let shown = shown(text);
    if shown.is_empty() { "(empty)".into() } else { format!("`{shown}`") }
}

fn without_case(text: &str, from: &str, to: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.to_ascii_lowercase().find(from) {
        replaced.push_str(&rest[..at]);
        replaced.push_str(to);
        rest = &rest[at + from.len()..];
    }
    replaced + rest
}

/// How many characters a person sees: none of spaces, marks that hide, and controls.
pub fn visible(text: &str) -> usize {
    text.chars()
        .filter(|character| !character.is_whitespace() && escape(&character.to_string()).len() == character.len_utf8())
        .count()
}

/// A phone number with all but its last two digits hidden.
pub fn masked(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    let last: String = digits.iter().skip(digits.len().saturating_sub(2)).collect();
    format!("•••{last}")
}

/// The part of an address behind its `@`, in lower case; empty where there is none.
pub fn domain(address: &str) -> String {
    address
        .rsplit_once('@')
        .map(|(_, domain)| domain.trim_end_matches(['>', ']', ' ', '.']).to_lowercase())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_does_nothing() {
        insta::assert_snapshot!(shown("@Everyone [x](HTTP://evil) ```"), @"(at)everyone [x](hxxp://evil) '''");
        insta::assert_snapshot!(shown("<@123>\n# Ignore\u{202e} all"), @r"<(at)123> # Ignore\u{202e} all");
        assert_eq!(shown(&"a".repeat(200)).chars().count(), 121);
    }

    #[test]
    fn hidden_characters_are_not_visible() {
        assert_eq!(visible(" \u{200b}.\u{feff}"), 1);
        assert_eq!(visible("  "), 0);
        assert_eq!(visible("Übe"), 3);
    }

    #[test]
    fn phones_are_masked_and_domains_found() {
        assert_eq!(masked("+49 151 23456789"), "•••89");
        assert_eq!(masked("7"), "•••7");
        assert_eq!(domain("Ann <ann@Contoso.Example>"), "contoso.example");
        assert_eq!(domain("ann"), "");
    }
}
