//! The patterns of `plugins.toml`.
//!
//! `?` is one character, `*` any number of them, neither crosses a `/`; `**` is any number of whole
//! parts, none included; `[a-z]` and `{a,b}` are as in a shell. A name that begins with a dot is a name
//! like any other. Case matters. A pattern fits the whole path below its root or not at all: there is
//! no `!`, because what nothing allows is refused.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use unicode_normalization::is_nfc;

use super::low::Word;
use super::place::{Fault, distinct};
use crate::protect::invisible;

/// Compiles one pattern, the same way on every system.
pub(crate) fn glob(pattern: &str) -> Result<Glob, String> {
    let built = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    built.map_err(|error| error.kind().to_string())
}

/// Patterns that are well formed, each written once.
pub(super) fn patterns(words: Vec<Word>) -> Result<Vec<String>, Fault> {
    for word in &words {
        check(word.as_ref()).map_err(|problem| {
            Fault::at(word, format!("`{}` is not a pattern for paths below a root: {problem}", word.as_ref()))
        })?;
    }
    distinct(words)
}

/// Compiles patterns that were checked one by one.
pub(super) fn set<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<GlobSet, String> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(glob(pattern)?);
    }
    builder.build().map_err(|error| error.to_string())
}

fn check(pattern: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(what.to_owned());
    if pattern.starts_with('/') || pattern.contains('\\') {
        return wrong("paths are relative, with `/` between their parts; `[*]` is a literal `*`");
    }
    if pattern.starts_with('!') {
        return wrong("there is no `!`; what nothing allows is refused");
    }
    if pattern.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return wrong("no part may be empty, `.` or `..`; everything below `docs` is `docs/**`");
    }
    if !is_nfc(pattern) || pattern.chars().any(|c| c.is_control() || invisible(c)) {
        return wrong("it has invisible characters, or is not in Unicode normal form NFC");
    }
    glob(pattern).map(drop)
}
