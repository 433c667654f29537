//! The globs of a root's `protect` and `hide`.

use globset::{GlobSet, GlobSetBuilder};

use super::fold;
use crate::config::glob;

/// The `protect` or `hide` globs of a root. Each names a file, or a directory with everything in it, in
/// any spelling that [`decide()`](crate::decide()) takes for the same name. The default is empty.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    written: Vec<String>,
    covered: GlobSet,
    parents: GlobSet,
}

impl Patterns {
    /// The globs as written.
    pub fn as_written(&self) -> &[String] {
        &self.written
    }

    /// Compiles globs that were checked one by one already; the error is globset's words.
    pub(crate) fn new(written: Vec<String>) -> Result<Self, String> {
        let (mut covered, mut parents) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for pattern in &written {
            for spelling in [pattern.as_str(), &fold(pattern)] {
                let base = spelling.strip_suffix("/**").unwrap_or(spelling);
                covered.add(glob(base)?);
                covered.add(glob(&format!("{base}/**"))?);
                for parent in parents_of(base) {
                    parents.add(glob(&parent)?);
                }
            }
        }
        let built = |builder: GlobSetBuilder| builder.build().map_err(|error| error.to_string());
        Ok(Self { covered: built(covered)?, parents: built(parents)?, written })
    }

    /// Whether a path is one of these, or below one.
    pub(crate) fn cover(&self, path: &str, folded: &str) -> bool {
        !self.written.is_empty() && (self.covered.is_match(path) || self.covered.is_match(folded))
    }

    /// Whether a directory at this path could have one of these below it, named by its place.
    pub(crate) fn reach_below(&self, path: &str, folded: &str) -> bool {
        self.parents.is_match(path) || self.parents.is_match(folded)
    }
}

/// Globs for the directories above what a glob names. A leading `**/` is no place, so it alone gives
/// none; where a part holds an alternative or a class, everything below the part before it is taken.
fn parents_of(base: &str) -> Vec<String> {
    let parts: Vec<&str> = base.split('/').collect();
    let mut found = Vec::new();
    let mut so_far = String::new();
    for part in &parts[..parts.len() - 1] {
        if part.contains(['{', '[', '\\']) {
            found.push(format!("{so_far}**"));
            break;
        }
        if !(so_far.is_empty() && *part == "**") {
            found.push(format!("{so_far}{part}"));
        }
        so_far = format!("{so_far}{part}/");
    }
    found
}
