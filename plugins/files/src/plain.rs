//! Plain text: a window of it, and notices about what is not shown.

use claudetools_kit::{Failure, Output};

use crate::text::Encoding;
use crate::window::{Count, MAX_LINE, MAX_TEXT, Wanted, Window};

/// Lines in an answer where no number is asked for.
const LINES: usize = 2_000;

/// What was asked for, as it was asked.
#[derive(Clone, Copy, Default)]
pub struct Lines {
    /// The first line, from 1; 0 is taken as 1.
    pub offset: Option<usize>,
    /// How many.
    pub limit: Option<usize>,
}

/// Shows a whole file's bytes.
pub fn call(bytes: &[u8], shown: &str, lines: &Lines) -> Result<Output, Failure> {
    let encoding = Encoding::of(bytes);
    let decoded = encoding.decode(bytes);
    let lossy = decoded.is_none();
    let text = decoded.unwrap_or_else(|| encoding.decode_lossy(bytes));
    let window = Window::read(&mut text.as_bytes(), wanted(lines, Count::All))
        .map_err(|error| Failure::Internal(error.to_string()))?;
    let output = render(&window, shown, lines, &format!("{} lines", window.seen))?;
    Ok(if lossy { output.and_text("Some bytes of the file are not text; they are shown as \u{fffd}.") } else { output })
}

/// The window that was asked for.
pub fn wanted(lines: &Lines, count: Count) -> Wanted {
    Wanted { first: first(lines), lines: lines.limit.unwrap_or(LINES), count }
}

/// A window as output; `whole` says what it is a part of.
pub fn render(window: &Window, shown: &str, lines: &Lines, whole: &str) -> Result<Output, Failure> {
    let first = first(lines);
    let last = first + window.lines.saturating_sub(1);
    if window.full && (lines.offset.is_some() || lines.limit.is_some()) {
        return Err(Failure::Invalid(format!(
            "those lines of {shown} are more than {MAX_TEXT} bytes; from offset {first}, limit {} fits",
            window.lines
        )));
    }
    if window.lines == 0 {
        return Ok(nothing(window, shown, first));
    }
    let mut notices = Vec::new();
    if window.more && lines.limit.is_none() {
        notices.push(format!(
            "PARTIAL view: lines {first} to {last} of {whole}. Read on with offset {}, or find the place with Grep.",
            last + 1
        ));
    }
    if window.cut > 0 {
        notices.push(format!("Lines longer than {MAX_LINE} characters were cut: {}.", window.cut));
    }
    let output = Output::text(window.text.as_str()).summary(format!("Read {} lines", window.lines));
    Ok(if notices.is_empty() { output } else { output.and_text(notices.join("\n")).truncated() })
}

fn nothing(window: &Window, shown: &str, first: usize) -> Output {
    Output::text(match window.seen {
        0 => format!("{shown} is there, but empty."),
        seen => format!("{shown} has {seen} lines; offset {first} is past its end."),
    })
    .summary("Read nothing")
}

fn first(lines: &Lines) -> usize {
    lines.offset.unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;

    use super::*;

    fn shown(bytes: &[u8], offset: Option<usize>, limit: Option<usize>) -> String {
        match call(bytes, "a.txt", &Lines { offset, limit }) {
            Ok(output) => last(&output),
            Err(failure) => format!("{failure:?}"),
        }
    }

    fn last(output: &Output) -> String {
        match output.parts.last() {
            Some(Part::Text(text)) => text.replace('\t', "→"),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_large_file_is_shown_in_part_and_says_how_to_go_on() {
        insta::assert_snapshot!(shown("x\n".repeat(2_345).as_bytes(), None, None), @"PARTIAL view: lines 1 to 2000 of 2345 lines. Read on with offset 2001, or find the place with Grep.");
    }

    #[test]
    fn too_much_asked_for_is_an_error_that_says_what_fits() {
        let wide = format!("{}\n", "x".repeat(1_500)).repeat(100);
        insta::assert_snapshot!(shown(wide.as_bytes(), Some(1), Some(90)), @r#"Failure::Invalid("those lines of a.txt are more than 100000 bytes; from offset 1, limit 66 fits")"#);
        assert!(call(wide.as_bytes(), "a.txt", &Lines::default()).unwrap().truncated);
    }

    #[test]
    fn nothing_to_show_is_said() {
        insta::assert_snapshot!(shown(b"", None, None), @"a.txt is there, but empty.");
        insta::assert_snapshot!(shown(b"a\nb\n", Some(7), None), @"a.txt has 2 lines; offset 7 is past its end.");
    }

    #[test]
    fn cut_lines_and_bytes_that_are_not_text_are_said() {
        insta::assert_snapshot!(shown("x".repeat(3_000).as_bytes(), None, None), @"Lines longer than 2000 characters were cut: 1.");
        insta::assert_snapshot!(shown(b"caf\xe9", None, None), @"Some bytes of the file are not text; they are shown as �.");
    }

    #[test]
    fn utf_16_and_marks_are_decoded() {
        insta::assert_snapshot!(shown(b"\xff\xfeH\0i\0\r\0\n\0", None, None), @"     1→Hi");
        insta::assert_snapshot!(shown(b"\xef\xbb\xbfHi", Some(0), Some(1)), @"     1→Hi");
    }
}
