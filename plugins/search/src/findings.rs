//! What was found, in one of the three modes.

use std::fmt::Write as _;
use std::io;

use claudetools_kit::{Failure, Output, path};
use grep_regex::RegexMatcher;
use grep_searcher::{Searcher, Sink, SinkMatch};

use crate::lines::Lines;
use crate::page::Page;
use crate::query::{Input, MAX_FILE, Mode};

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
    lines: Page,
    cut: bool,
}

/// How far the search got besides its findings.
#[derive(Clone, Copy, Default)]
pub struct Reach {
    /// Files searched.
    pub searched: u32,
    /// Files that were not granted, unreadable or too large.
    pub skipped: u32,
    /// Whether time ended the search.
    pub late: bool,
}

impl Findings {
    /// Nothing yet.
    pub fn new(input: &Input) -> Self {
        Self {
            mode: input.output_mode,
            hits: Vec::new(),
            lines: page(input),
            cut: false,
        }
    }

    /// Searches one file. Bytes that cannot be searched (a pattern's limit is reached) are an error.
    pub fn search(
        &mut self,
        searcher: &mut Searcher,
        matcher: &RegexMatcher,
        file: (&str, u64),
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let (path, modified_ms) = file;
        let failed = |error: io::Error| Failure::Invalid(format!("{}: {error}", path::shown(path)));
        if self.mode == Mode::Content {
            let shown = path::shown(path);
            let sink = Lines {
                matcher,
                path: &shown,
                page: &mut self.lines,
                cut: &mut self.cut,
            };
            return searcher.search_slice(matcher, bytes, sink).map_err(failed);
        }
        let most = if self.mode == Mode::Count {
            u64::MAX
        } else {
            1
        };
        let mut tally = Tally { lines: 0, most };
        searcher
            .search_slice(matcher, bytes, &mut tally)
            .map_err(failed)?;
        if tally.lines > 0 {
            self.hits.push(Hit {
                path: path.to_owned(),
                modified_ms,
                lines: tally.lines,
            });
        }
        Ok(())
    }

    /// Whether more would not be shown.
    pub fn is_full(&self) -> bool {
        self.lines.is_full()
    }

    /// The answer.
    pub fn render(mut self, input: &Input, reach: Reach) -> Output {
        let total: u64 = self.hits.iter().map(|hit| hit.lines).sum();
        let files = self.hits.len();
        let mut rows = page(input);
        match self.mode {
            Mode::Content => rows = self.lines,
            Mode::FilesWithMatches => {
                self.hits.sort_unstable_by(|a, b| {
                    b.modified_ms
                        .cmp(&a.modified_ms)
                        .then_with(|| a.path.cmp(&b.path))
                });
                show(&self.hits, &mut rows, |text, hit| {
                    text.push_str(&path::shown(&hit.path))
                });
            }
            Mode::Count => show(&self.hits, &mut rows, |text, hit| {
                // Writing to a string does not fail.
                let _ = write!(text, "{}:{}", path::shown(&hit.path), hit.lines);
            }),
        }
        let summary = match self.mode {
            Mode::Content => format!("Found {} lines", rows.kept),
            Mode::FilesWithMatches => format!("Found {files} files"),
            Mode::Count => format!("Found {total} lines in {files} files"),
        };
        let notices = notices(&rows, self.cut, reach);
        let head = if rows.kept == 0 {
            "No matches found.\n"
        } else {
            ""
        };
        let tail = if self.mode == Mode::Count {
            format!("{summary}.\n")
        } else {
            String::new()
        };
        let output = Output::text(format!("{head}{}{tail}", rows.text)).summary(summary);
        if notices.is_empty() {
            return output;
        }
        let output = output.and_text(notices.join("\n"));
        if rows.is_full() || self.cut || reach.late {
            output.truncated()
        } else {
            output
        }
    }
}

fn page(input: &Input) -> Page {
    let limit = input.head_limit.unwrap_or(ROWS);
    Page::new(input.offset, (limit > 0).then_some(limit))
}

fn show(hits: &[Hit], rows: &mut Page, write: impl Fn(&mut String, &Hit)) {
    for hit in hits {
        if !rows.row(|text| write(text, hit)) {
            return;
        }
    }
}

fn notices(rows: &Page, cut: bool, reach: Reach) -> Vec<String> {
    let mut notices = Vec::new();
    if rows.is_full() {
        notices.push(format!(
            "There is more: {} rows are shown, go on with offset {}.",
            rows.kept,
            rows.next()
        ));
    }
    if cut {
        notices.push("Long lines were cut around their match, at […].".into());
    }
    if reach.late {
        notices.push(format!(
            "Time was up after {} files: give a path, a glob or a type.",
            reach.searched
        ));
    }
    if reach.skipped > 0 {
        notices.push(format!(
            "{} files were not searched: not granted, unreadable or larger than {MAX_FILE} bytes.",
            reach.skipped
        ));
    }
    notices
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

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;

    use super::*;
    use crate::query::{matcher, searcher};

    const FILES: [(&str, u64, &str); 3] = [
        ("/repo/a.rs", 10, "let x;\nlet y;\n"),
        ("/repo/b.rs", 30, "let z;\n"),
        ("/repo/c.bin", 20, "let\0\n"),
    ];

    fn said(mut input: Input, reach: Reach) -> String {
        input.pattern = "let".into();
        let (matcher, mut searcher) = (matcher(&input).unwrap(), searcher(&input));
        let mut findings = Findings::new(&input);
        for (path, modified, text) in FILES {
            findings
                .search(&mut searcher, &matcher, (path, modified), text.as_bytes())
                .unwrap();
        }
        let output = findings.render(&input, reach);
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        let parts: String = output.parts.iter().map(text).collect();
        format!(
            "{parts}\n[{}]{}",
            output.summary,
            if output.truncated { " truncated" } else { "" }
        )
    }

    fn input(mode: Mode) -> Input {
        let mut input = Input::default();
        input.output_mode = mode;
        input
    }

    #[test]
    fn files_come_newest_first_without_binary_ones() {
        insta::assert_snapshot!(said(input(Mode::FilesWithMatches), Reach::default()), @r"
        b.rs
        a.rs

        [Found 2 files]
        ");
    }

    #[test]
    fn lines_that_do_not_fit_are_announced() {
        let mut input = input(Mode::Content);
        (input.head_limit, input.offset) = (Some(1), 1);
        insta::assert_snapshot!(said(input, Reach::default()), @r"
        a.rs:2:let y;
        There is more: 1 rows are shown, go on with offset 2.
        [Found 1 lines] truncated
        ");
    }

    #[test]
    fn counts_come_with_their_sum() {
        insta::assert_snapshot!(said(input(Mode::Count), Reach::default()), @r"
        a.rs:2
        b.rs:1
        Found 3 lines in 2 files.

        [Found 3 lines in 2 files]
        ");
    }

    #[test]
    fn what_was_not_searched_is_said() {
        let mut input = input(Mode::FilesWithMatches);
        input.offset = 9;
        insta::assert_snapshot!(said(input, Reach { searched: 3, skipped: 2, late: true }), @r"
        No matches found.
        Time was up after 3 files: give a path, a glob or a type.
        2 files were not searched: not granted, unreadable or larger than 15728640 bytes.
        [Found 2 files] truncated
        ");
    }
}
