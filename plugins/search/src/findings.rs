//! What was found, in one of the three modes.

use std::fmt::Write as _;
use std::io;

use claudetools_kit::{Failure, path};
use grep_regex::RegexMatcher;
use grep_searcher::{Searcher, Sink, SinkMatch};

use crate::lines::Lines;
use crate::page::Page;
use crate::query::{Input, Mode};

/// Rows in an answer where no number is asked for.
const ROWS: usize = 250;

/// A file with matches.
struct Hit {
    path: String,
    modified_ms: u64,
    lines: u64,
}

/// What was found so far.
pub struct Findings {
    mode: Mode,
    hits: Vec<Hit>,
    page: Page,
    cut: bool,
}

/// What was found, as rows.
pub struct Found {
    /// The rows that are shown.
    pub page: Page,
    /// One line that says how much it is.
    pub summary: String,
    /// Whether long lines were cut.
    pub cut: bool,
}

/// A file whose bytes are searched.
pub struct Candidate<'a> {
    /// Its guest path.
    pub path: &'a str,
    /// When it was changed last, in milliseconds.
    pub modified_ms: u64,
    /// All of it.
    pub bytes: &'a [u8],
}

impl Findings {
    /// Nothing yet.
    pub fn new(input: &Input) -> Self {
        let limit = input.head_limit.unwrap_or(ROWS);
        let page = Page::new(input.offset, (limit > 0).then_some(limit));
        Self { mode: input.output_mode, hits: Vec::new(), page, cut: false }
    }

    /// Searches one file. A pattern that cannot be searched for in it is an error.
    pub fn search(
        &mut self,
        searcher: &mut Searcher,
        matcher: &RegexMatcher,
        file: &Candidate<'_>,
    ) -> Result<(), Failure> {
        let failed = |error: io::Error| Failure::Invalid(format!("{}: {error}", path::shown(file.path)));
        if self.mode == Mode::Content {
            let sink = Lines::new(matcher, file.path, &mut self.page, &mut self.cut);
            return searcher.search_slice(matcher, file.bytes, sink).map_err(failed);
        }
        let most = if self.mode == Mode::Count { u64::MAX } else { 1 };
        let mut tally = Tally { lines: 0, most };
        searcher.search_slice(matcher, file.bytes, &mut tally).map_err(failed)?;
        if tally.lines > 0 {
            let Candidate { path, modified_ms, .. } = *file;
            self.hits.push(Hit { path: path.to_owned(), modified_ms, lines: tally.lines });
        }
        Ok(())
    }

    /// Whether more would not be shown.
    pub fn is_full(&self) -> bool {
        self.page.is_full()
    }

    /// The rows.
    pub fn rows(mut self) -> Found {
        let files = self.hits.len();
        let lines: u64 = self.hits.iter().map(|hit| hit.lines).sum();
        let summary = match self.mode {
            Mode::Content => format!("Found {} lines", self.page.kept),
            Mode::FilesWithMatches => format!("Found {files} files"),
            Mode::Count => format!("Found {lines} lines in {files} files"),
        };
        if self.mode == Mode::FilesWithMatches {
            self.hits.sort_unstable_by(|a, b| b.modified_ms.cmp(&a.modified_ms).then_with(|| a.path.cmp(&b.path)));
        }
        for hit in &self.hits {
            let row = |text: &mut String| {
                text.push_str(&path::shown(&hit.path));
                if self.mode == Mode::Count {
                    // Writing to a string does not fail.
                    let _ = write!(text, ":{}", hit.lines);
                }
            };
            if !self.page.row(row) {
                break;
            }
        }
        Found { page: self.page, summary, cut: self.cut }
    }
}

/// A sink that counts matching lines up to a number.
struct Tally {
    lines: u64,
    most: u64,
}

impl Sink for &mut Tally {
    type Error = io::Error;

    fn matched(&mut self, _: &Searcher, _: &SinkMatch<'_>) -> io::Result<bool> {
        self.lines += 1;
        Ok(self.lines < self.most)
    }
}
