//! A window on a text: numbered lines, within limits, without holding more than the window.

use std::fmt::Write as _;
use std::io::{self, BufRead};

/// A longer line is data, not text to read; the rest of it can be searched.
pub const MAX_LINE: usize = 2_000;
/// The text of one answer, in bytes: about 25,000 tokens, an eighth of a model's smallest window.
pub const MAX_TEXT: usize = 100_000;

/// Which lines are wanted.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// The first, from 1.
    pub first: usize,
    /// How many at most.
    pub lines: usize,
    /// Whether to read on behind the window.
    pub count: Count,
}

/// Whether lines behind a window are counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// All, to know how many there are.
    All,
    /// None: the file is too large to be read only for that.
    No,
}

/// What was found.
#[derive(Debug, Default, PartialEq)]
pub struct Window {
    /// `cat -n` style: the number, right-aligned, a tab, the line.
    pub text: String,
    /// How many lines the text has.
    pub lines: usize,
    /// How many of them were cut at [`MAX_LINE`].
    pub cut: usize,
    /// How many lines there are in all; of an input that was not read to its end, how many were seen.
    pub seen: usize,
    /// Whether [`MAX_TEXT`] ended the window.
    pub full: bool,
    /// Whether something follows the window.
    pub more: bool,
}

impl Window {
    /// Reads a window. The input is UTF-8; what is not is shown as U+FFFD.
    pub fn read(input: &mut impl BufRead, wanted: Wanted) -> io::Result<Self> {
        let mut window = Self::default();
        let mut line = Vec::new();
        while window.seen + 1 < wanted.first && skip_line(input)? {
            window.seen += 1;
        }
        while window.lines < wanted.lines && !window.full && take_line(input, &mut line)? {
            window.seen += 1;
            window.push(&line);
        }
        window.more = window.full || !input.fill_buf()?.is_empty();
        while wanted.count == Count::All && skip_line(input)? {
            window.seen += 1;
        }
        Ok(window)
    }

    /// Adds the line that was seen last, unless the window is full.
    fn push(&mut self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let end = text.char_indices().nth(MAX_LINE).map(|(at, _)| at);
        let shown = &text[..end.unwrap_or(text.len())];
        if self.lines > 0 && self.text.len() + shown.len() + 8 > MAX_TEXT {
            self.full = true;
            return;
        }
        numbered(&mut self.text, self.seen, shown);
        self.cut += usize::from(end.is_some());
        self.lines += 1;
    }
}

/// Appends one line in `cat -n` style.
pub fn numbered(text: &mut String, number: usize, line: &str) {
    let line = line.strip_suffix('\r').unwrap_or(line);
    // Writing to a string does not fail.
    let _ = writeln!(text, "{number:>6}\t{line}");
}

/// Takes one line without its line feed; of a long one only as much as [`MAX_LINE`] characters and one
/// more can need. False at the end.
fn take_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    const KEEP: usize = (MAX_LINE + 1) * 4;
    line.clear();
    each_piece(input, |piece| {
        let room = KEEP - line.len();
        line.extend_from_slice(&piece[..piece.len().min(room)]);
    })
}

/// Passes over one line. False at the end.
fn skip_line(input: &mut impl BufRead) -> io::Result<bool> {
    each_piece(input, |_| ())
}

/// Hands out the pieces of one line and consumes it with its line feed. False at the end.
fn each_piece(input: &mut impl BufRead, mut piece: impl FnMut(&[u8])) -> io::Result<bool> {
    let mut any = false;
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = memchr::memchr(b'\n', buffer);
        piece(&buffer[..end.unwrap_or(buffer.len())]);
        let used = end.map_or(buffer.len(), |at| at + 1);
        input.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(text: &str, first: usize, lines: usize) -> Window {
        Window::read(&mut text.as_bytes(), Wanted { first, lines, count: Count::All }).unwrap()
    }

    #[test]
    fn lines_are_numbered_and_line_ends_left_out() {
        insta::assert_snapshot!(window("one\r\ntwo\n\nfour", 1, 9).text.replace('\t', "→"), @r"
             1→one
             2→two
             3→
             4→four
        ");
    }

    #[test]
    fn a_window_says_what_there_is_besides() {
        let found = window("a\nb\nc\nd\n", 2, 2);
        assert_eq!((found.lines, found.seen, found.more), (2, 4, true));
        let last = window("a\nb\nc\nd\n", 3, 2);
        assert_eq!((last.lines, last.seen, last.more), (2, 4, false));
    }

    #[test]
    fn past_the_end_there_is_nothing() {
        assert_eq!(window("a\nb\n", 3, 9), Window { seen: 2, ..Window::default() });
        assert_eq!(window("", 1, 9), Window::default());
    }

    #[test]
    fn long_lines_are_cut_between_characters() {
        let found = window(&format!("{}\nb", "ü".repeat(MAX_LINE + 1)), 1, 9);
        assert_eq!((found.cut, found.lines), (1, 2));
        assert_eq!(found.text.lines().next().unwrap().chars().count(), 7 + MAX_LINE);
    }

    #[test]
    fn a_full_window_ends_between_lines() {
        let found = window(&format!("{}\n", "x".repeat(1_500)).repeat(100), 1, 2_000);
        assert!(found.full && found.more && found.text.len() <= MAX_TEXT);
        assert_eq!((found.lines, found.seen), (66, 100));
    }
}
