//! Text from outside, made harmless.

#[cfg(test)]
mod tests;

use claudetools_policy::invisible;

/// The longest foreign text inside a sentence, in characters.
const MOST: usize = 160;

/// Text from outside as it stands between backticks in a message: escaped, cut, without backticks of its own.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", cut(text, MOST).replace('`', "'"))
}

/// Several of them, with commas.
pub(crate) fn list<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| quoted(item.as_ref())).collect::<Vec<_>>().join(", ")
}

/// One line of at most so many characters of the text, escaped; `…` shows where it was cut.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let kept: String = text.chars().take(most).collect();
    let dots = if kept.len() < text.len() { "…" } else { "" };
    line(&kept) + dots
}

/// The text on one line: what breaks a line, shows nothing or reorders what is shown is escaped.
pub(crate) fn line(text: &str) -> String {
    text.chars().map(escaped).collect()
}

/// The text with its line feeds, everything else as in [`line()`].
pub(crate) fn lines(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Whether a text has characters in it that nobody can see. Line feeds and tabs are seen.
pub(crate) fn hides(text: &str) -> bool {
    text.chars().any(|c| invisible(c) || c.is_control() && !matches!(c, '\n' | '\t'))
}

fn escaped(c: char) -> String {
    if c.is_control() || invisible(c) { c.escape_default().to_string() } else { c.to_string() }
}
