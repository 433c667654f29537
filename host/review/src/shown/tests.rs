use super::{cut, hides, line, list, quoted};

#[test]
fn nothing_that_is_invisible_or_drives_a_terminal_is_left() {
    assert_eq!(line("a\u{1b}[31mb\r\nc\u{202e}d\u{200b}e\u{3164}f"), r"a\u{1b}[31mb\r\nc\u{202e}d\u{200b}e\u{3164}f");
    assert_eq!(line("café, 東京, e\u{301}, \"x\" \\ 'y'"), "café, 東京, e\u{301}, \"x\" \\ 'y'");
}

#[test]
fn a_backtick_cannot_end_what_is_quoted() {
    assert_eq!(quoted("a`b"), "`a'b`");
    assert_eq!(list(["a", "b"]), "`a`, `b`");
}

#[test]
fn long_text_is_cut_and_says_so() {
    assert_eq!(cut("äöü", 3), "äöü");
    assert_eq!(cut("äöü", 2), "äö…");
    assert_eq!(quoted(&"x".repeat(161)), format!("`{}…`", "x".repeat(160)));
}

#[test]
fn line_feeds_and_tabs_are_seen_other_controls_are_not() {
    assert!(!hides("a\n\tb") && hides("a\rb") && hides("a\0b") && hides("\u{feff}a"));
}
