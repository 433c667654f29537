//! The answer of a search: rows, and notices about what they are not.

use claudetools_kit::Output;

use crate::findings::Found;
use crate::query::{MAX_FILE, Mode};

/// How far the search got.
#[derive(Clone, Copy, Default)]
pub struct Reach {
    /// Files searched.
    pub searched: u32,
    /// Files that were not granted, unreadable or too large.
    pub skipped: u32,
    /// Whether time ended the search.
    pub late: bool,
}

/// What the model reads.
pub fn render(found: &Found, mode: Mode, reach: Reach) -> Output {
    let Found { page, summary, cut } = found;
    let text = match (page.kept, mode) {
        (0, _) if page.offset > 0 => format!("Nothing is left after offset {}.", page.offset),
        (0, _) => "No matches found.".to_owned(),
        (_, Mode::Count) => format!("{}{summary}.", page.text),
        _ => page.text.clone(),
    };
    let notices = notices(found, reach);
    let output = Output::text(text).summary(summary.as_str());
    if notices.is_empty() {
        return output;
    }
    let output = output.and_text(notices.join("\n"));
    if page.is_full() || *cut || reach.late { output.truncated() } else { output }
}

fn notices(found: &Found, reach: Reach) -> Vec<String> {
    let Found { page, cut, .. } = found;
    let Reach { searched, skipped, late } = reach;
    let mut notices = Vec::new();
    if page.is_full() {
        notices.push(format!("There is more: {} rows are shown, go on with offset {}.", page.kept, page.next()));
    }
    if *cut {
        notices.push("Long lines were cut around their match, at […].".to_owned());
    }
    if late {
        notices.push(format!("Time was up after {searched} files: give a path, a glob or a type."));
    }
    if skipped > 0 {
        notices.push(format!(
            "{skipped} files were not searched: not granted, unreadable or larger than {MAX_FILE} bytes."
        ));
    }
    notices
}

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;

    use super::*;
    use crate::findings::{Candidate, Findings};
    use crate::query::{Input, matcher, searcher};

    const FILES: [(&str, u64, &[u8]); 3] =
        [("/repo/a.rs", 10, b"let x;\nlet y;\n"), ("/repo/b.rs", 30, b"let z;\n"), ("/repo/c.bin", 20, b"let\0\n")];

    fn said(mut input: Input, reach: Reach) -> String {
        input.pattern = "let".into();
        let (matcher, mut searcher) = (matcher(&input).unwrap(), searcher(&input));
        let mut findings = Findings::new(&input);
        for (path, modified_ms, bytes) in FILES {
            findings.search(&mut searcher, &matcher, &Candidate { path, modified_ms, bytes }).unwrap();
        }
        let output = render(&findings.rows(), input.output_mode, reach);
        let text = |part: &Part| match part {
            Part::Text(text) => text.trim_end().to_owned(),
            other => format!("{other:?}"),
        };
        let parts: Vec<String> = output.parts.iter().map(text).collect();
        format!("{}\n[{}]{}", parts.join("\n"), output.summary, if output.truncated { " truncated" } else { "" })
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
        Nothing is left after offset 9.
        Time was up after 3 files: give a path, a glob or a type.
        2 files were not searched: not granted, unreadable or larger than 15728640 bytes.
        [Found 2 files] truncated
        ");
    }
}
