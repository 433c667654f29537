//! Text to HTML: nothing that a model, a tool or a file says becomes markup, and nothing in it stays unseen.

use std::fmt::Write as _;

/// Text as HTML text. Characters that hide or reorder what a person reads are written out as `U+202E`.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\r' => {}
            c if unseen(c) => spell_out(&mut out, c),
            c => out.push(c),
        }
    }
    out
}

/// Text as the value of an attribute in double quotes: the same, without markup for unseen characters.
pub(crate) fn attribute(value: &str) -> String {
    text(&value.chars().filter(|c| !unseen(*c)).collect::<String>())
}

/// The first `most` characters, with `…` where something was cut.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Controls, bidirectional overrides and isolates, invisible operators and the tag block: what has been used to
/// hide text from the person who approves it while the model reads it.
fn unseen(c: char) -> bool {
    matches!(c,
        '\u{00}'..='\u{08}' | '\u{0b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn spell_out(out: &mut String, c: char) {
    let _ = write!(out, "<span class=\"unseen\">U+{:04X}</span>", u32::from(c));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(text("<b a='x'>\"&\r\n"), "&lt;b a=&#39;x&#39;&gt;&quot;&amp;\n");
    }

    #[test]
    fn what_hides_or_reorders_text_is_spelled_out() {
        assert_eq!(
            text("a\u{202e}b\u{e0041}"),
            "a<span class=\"unseen\">U+202E</span>b<span class=\"unseen\">U+E0041</span>",
        );
    }

    #[test]
    fn an_attribute_holds_no_markup_at_all() {
        assert_eq!(attribute("\"x\u{202e}\"<"), "&quot;x&quot;&lt;");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(shortened("żółw", 2), "żó…");
        assert_eq!(shortened("żółw", 4), "żółw");
    }
}
