//! Replacing text in text.

use crate::text::LineEnd;
use crate::window::numbered;

/// Lines shown before and after a change.
const AROUND: usize = 3;
/// Lines shown of one change at most.
const MAX_SHOWN: usize = 40;

/// A text in which something was replaced.
#[derive(Debug, PartialEq)]
pub struct Replaced {
    /// The new text.
    pub text: String,
    /// Where each replacement begins in it, in bytes.
    pub places: Vec<usize>,
    /// How many bytes each replacement has.
    length: usize,
}

/// How often the text may be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrences {
    /// Exactly once.
    One,
    /// Once or more; each is replaced.
    All,
}

/// Why nothing was replaced.
#[derive(Debug, PartialEq, Eq)]
pub enum Not {
    /// The old text is not there.
    Found,
    /// It is there this often, and [`Occurrences::One`] was asked for.
    Unique(usize),
}

/// Replaces `old` by `new`.
///
/// In a text of CRLF lines both are taken to have CRLF lines, so that text written with LF is found and
/// stays what it was; text that is there exactly as written is found in any case.
pub fn replace(text: &str, old: &str, new: &str, occurrences: Occurrences) -> Result<Replaced, Not> {
    let end = LineEnd::of(text);
    let adapted = (end.apply(old), end.apply(new));
    let (old, new) = if text.contains(&adapted.0) { (adapted.0.as_str(), adapted.1.as_str()) } else { (old, new) };
    let places: Vec<usize> = text.match_indices(old).map(|(at, _)| at).collect();
    match (places.len(), occurrences) {
        (0, _) => Err(Not::Found),
        (1, _) | (_, Occurrences::All) => Ok(build(text, old, new, &places)),
        (several, Occurrences::One) => Err(Not::Unique(several)),
    }
}

fn build(text: &str, old: &str, new: &str, at: &[usize]) -> Replaced {
    let mut result = String::with_capacity(text.len() + new.len());
    let mut places = Vec::with_capacity(at.len());
    let mut from = 0;
    for &at in at {
        result.push_str(&text[from..at]);
        places.push(result.len());
        result.push_str(new);
        from = at + old.len();
    }
    result.push_str(&text[from..]);
    Replaced { text: result, places, length: new.len() }
}

impl Replaced {
    /// The first change with a few lines around it, numbered.
    pub fn snippet(&self) -> String {
        let start = self.places.first().copied().unwrap_or_default();
        let line_of = |at: usize| self.text[..at].matches('\n').count();
        let (first, last) = (line_of(start), line_of(start + self.length));
        let from = first.saturating_sub(AROUND);
        let wanted = last + AROUND + 1 - from;
        let mut snippet = String::new();
        for (index, line) in self.text.lines().enumerate().skip(from).take(wanted.min(MAX_SHOWN)) {
            numbered(&mut snippet, index + 1, line);
        }
        if wanted > MAX_SHOWN {
            snippet.push_str("   ...\n");
        }
        snippet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str, old: &str, new: &str) -> Result<String, Not> {
        replace(text, old, new, Occurrences::One).map(|replaced| replaced.text)
    }

    #[test]
    fn what_is_not_there_or_not_unique_is_refused() {
        assert_eq!(one("a b", "c", "d"), Err(Not::Found));
        assert_eq!(one("a b a", "a", "d"), Err(Not::Unique(2)));
    }

    #[test]
    fn all_are_replaced_where_asked_for() {
        let replaced = replace("a b a", "a", "long", Occurrences::All).unwrap();
        assert_eq!((replaced.text.as_str(), &replaced.places[..]), ("long b long", &[0, 7][..]));
    }

    #[test]
    fn windows_lines_stay_windows_lines() {
        assert_eq!(one("a\r\nb\r\nc\r\n", "a\nb", "x\ny\nz").unwrap(), "x\r\ny\r\nz\r\nc\r\n");
        assert_eq!(one("a\r\nb\r\nc\r\n", "b", "x\ny").unwrap(), "a\r\nx\r\ny\r\nc\r\n");
        assert_eq!(one("a\nb\r\nc\n", "b\r\n", "x\n").unwrap(), "a\nx\nc\n");
    }

    #[test]
    fn the_change_is_shown_with_lines_around_it() {
        let text: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let replaced = replace(&text, "line 10\n", "ten\nzehn\n", Occurrences::One).unwrap();
        insta::assert_snapshot!(replaced.snippet().replace('\t', "→"), @r"
             7→line 7
             8→line 8
             9→line 9
            10→ten
            11→zehn
            12→line 11
            13→line 12
            14→line 13
            15→line 14
        ");
    }
}
