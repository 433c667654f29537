//! Matching lines as they are shown: `path:number:line`, and `path-number-line` for context.

use std::fmt::Write as _;
use std::io;

use claudetools_kit::path;
use grep_matcher::Matcher;
use grep_regex::RegexMatcher;
use grep_searcher::{Searcher, Sink, SinkContext, SinkMatch};

use crate::page::Page;

/// Characters shown of a line: a minified file is one line of a megabyte.
const MAX_COLUMNS: usize = 500;
/// Bytes shown before a match that lies far into a long line.
const LEAD: usize = 100;

/// A sink that puts the lines of one file on a page.
pub struct Lines<'a> {
    /// It is asked again where in a long line the match is.
    matcher: &'a RegexMatcher,
    path: String,
    page: &'a mut Page,
    cut: &'a mut bool,
}

impl<'a> Lines<'a> {
    /// A sink for the file at a guest path. It sets `cut` when it cuts a line.
    pub fn new(matcher: &'a RegexMatcher, path: &'a str, page: &'a mut Page, cut: &'a mut bool) -> Self {
        Self { matcher, path: path::shown(path), page, cut }
    }

    fn row(&mut self, mark: char, number: Option<u64>, line: &[u8]) -> bool {
        let Self { matcher, path, page, cut } = self;
        page.row(|text| {
            text.push_str(path);
            text.push(mark);
            if let Some(number) = number {
                // Writing to a string does not fail.
                let _ = write!(text, "{number}{mark}");
            }
            **cut |= push_line(text, line, matcher);
        })
    }
}

impl Sink for Lines<'_> {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        let first = found.line_number();
        for (index, line) in (0..).zip(found.lines()) {
            if !self.row(':', first.map(|first| first + index), line) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn context(&mut self, _: &Searcher, found: &SinkContext<'_>) -> io::Result<bool> {
        Ok(self.row('-', found.line_number(), found.bytes()))
    }

    fn context_break(&mut self, _: &Searcher) -> io::Result<bool> {
        Ok(self.page.row(|text| text.push_str("--")))
    }
}

/// Appends a line without its end; of a long one the part around the match. True when it was cut.
fn push_line(text: &mut String, line: &[u8], matcher: &RegexMatcher) -> bool {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() <= MAX_COLUMNS {
        text.push_str(&String::from_utf8_lossy(line));
        return false;
    }
    let at = matcher.find(line).ok().flatten().map_or(0, |found| found.start());
    let from = if at > MAX_COLUMNS - LEAD { at - LEAD } else { 0 };
    let shown = String::from_utf8_lossy(&line[from..line.len().min(from + MAX_COLUMNS * 4)]);
    let end = shown.char_indices().nth(MAX_COLUMNS).map_or(shown.len(), |(at, _)| at);
    let whole = from == 0 && end == shown.len() && shown.len() >= line.len();
    text.push_str(if from > 0 { "[…]" } else { "" });
    text.push_str(&shown[..end]);
    text.push_str(if whole { "" } else { "[…]" });
    !whole
}

#[cfg(test)]
mod tests {
    use grep_searcher::SearcherBuilder;

    use super::*;

    fn found(pattern: &str, text: &str, context: usize) -> (String, bool) {
        let matcher = RegexMatcher::new_line_matcher(pattern).unwrap();
        let (mut page, mut cut) = (Page::new(0, Some(100)), false);
        let mut searcher = SearcherBuilder::new().after_context(context).build();
        let sink = Lines::new(&matcher, "/repo/a.rs", &mut page, &mut cut);
        searcher.search_slice(&matcher, text.as_bytes(), sink).unwrap();
        (page.text, cut)
    }

    #[test]
    fn lines_come_as_ripgrep_shows_them() {
        insta::assert_snapshot!(found("b", "a\nb\r\nc\nd\nb\n", 1).0, @r"
        a.rs:2:b
        a.rs-3-c
        --
        a.rs:5:b
        ");
    }

    #[test]
    fn long_lines_are_cut_around_the_match() {
        let (text, cut) = found("needle", &format!("{}needle{}", "x".repeat(1_000), "y".repeat(1_000)), 0);
        assert!(cut);
        assert!(text.starts_with("a.rs:1:[…]xxx") && text.contains("needleyyy") && text.ends_with("[…]\n"));
        assert_eq!(text.chars().count(), "a.rs:1:[…][…]\n".chars().count() + MAX_COLUMNS);
    }

    #[test]
    fn many_bytes_are_not_yet_many_characters() {
        let (text, cut) = found("ü", &"ü".repeat(MAX_COLUMNS), 0);
        assert!(!cut);
        assert!(text.ends_with("üü\n"));
    }
}
