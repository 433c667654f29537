//! Guest text in host sentences.

/// The most characters of guest text that a sentence carries.
const SHOWN: usize = 200;

/// Guest text as one quoted, escaped, bounded word: no line breaks, no control or bidirectional
/// characters, so that a file name cannot write a sentence of its own.
pub(crate) fn quoted(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}
