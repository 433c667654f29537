//! LS: what is in a directory.

use std::fmt::Write as _;
use std::fs::{self, DirEntry};

use claudetools_kit::{Failure, Output, path};
use fast_glob::{glob_match, validate};
use serde::Deserialize;

/// Entries in an answer.
const MAX_SHOWN: usize = 1_000;
/// Entries looked at. A directory may hold millions; what a call may hold and ask is limited.
const MAX_SEEN: usize = 50_000;

/// LS's input.
#[derive(Deserialize)]
pub struct Input {
    path: String,
    #[serde(default)]
    ignore: Vec<String>,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Directory,
    File,
    Other,
}

/// Lists it.
pub fn call(input: &Input) -> Result<Output, Failure> {
    check(&input.ignore)?;
    let path = path::resolve(&input.path)?;
    let mut listed = fs::read_dir(&path).map_err(|error| Failure::io(&path, &error))?;
    let seen = listed.by_ref().take(MAX_SEEN).filter_map(|entry| named(&entry.ok()?));
    let mut names: Vec<_> = seen.filter(|(name, _)| !input.ignore.iter().any(|glob| glob_match(glob, name))).collect();
    names.sort_unstable();
    let size = |name: &str| Some(fs::symlink_metadata(format!("{path}/{name}")).ok()?.len());
    Ok(render(&path, &names, listed.next().is_some(), size))
}

/// An entry's name and kind, where both can be told.
fn named(entry: &DirEntry) -> Option<(String, Kind)> {
    let kind = match entry.file_type().ok()? {
        kind if kind.is_dir() => Kind::Directory,
        kind if kind.is_file() => Kind::File,
        _ => Kind::Other,
    };
    Some((entry.file_name().into_string().ok()?, kind))
}

/// The globs, looked at before a directory is.
fn check(globs: &[String]) -> Result<(), Failure> {
    for glob in globs {
        validate(glob).map_err(|error| Failure::Invalid(format!("the glob {glob:?} is not valid: {error}")))?;
    }
    Ok(())
}

/// The list; `size` is asked for files that are shown.
fn render(path: &str, names: &[(String, Kind)], more: bool, size: impl Fn(&str) -> Option<u64>) -> Output {
    let shown = &names[..names.len().min(MAX_SHOWN)];
    let mut text = format!("{}/\n", path::escape(path));
    for (name, kind) in shown {
        let escaped = path::escape(name);
        // Writing to a string does not fail.
        let _ = match (kind, (*kind == Kind::File).then(|| size(name)).flatten()) {
            (Kind::Directory, _) => writeln!(text, "  {escaped}/"),
            (Kind::File, Some(bytes)) => writeln!(text, "  {escaped}  {}", readable(bytes)),
            (Kind::File, None) => writeln!(text, "  {escaped}"),
            (Kind::Other, _) => writeln!(text, "  {escaped}  (link or special file)"),
        };
    }
    let output = Output::text(text).summary(format!("Listed {} entries", shown.len()));
    let beyond = match (more, names.len() - shown.len()) {
        (false, 0) if names.is_empty() => return output.and_text("There is nothing in it."),
        (false, 0) => return output,
        (true, _) => {
            format!("The directory has more than {MAX_SEEN} entries, of which these are some.")
        }
        (false, left) => format!("{left} more entries are not shown."),
    };
    output.and_text(format!("{beyond} Glob finds files by pattern.")).truncated()
}

/// Bytes as people say them.
fn readable(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1_024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;

    use super::*;

    fn listed(names: &[(String, Kind)], more: bool) -> String {
        let output = render("/repo/src", names, more, |name| (name != "secret").then_some(1_536));
        let text = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            other => format!("{other:?}"),
        };
        output.parts.iter().map(text).collect()
    }

    #[test]
    fn a_broken_glob_is_refused() {
        assert!(check(&["{a,b".into()]).is_err());
        assert!(check(&["*.log".into(), "node_modules".into()]).is_ok());
    }

    #[test]
    fn directories_files_and_the_rest_are_told_apart() {
        let names = [("a.rs", Kind::File), ("b", Kind::Directory), ("l", Kind::Other), ("secret", Kind::File)];
        insta::assert_snapshot!(listed(&names.map(|(name, kind)| (name.to_owned(), kind)), false), @r"
        /repo/src/
          a.rs  1.5 KiB
          b/
          l  (link or special file)
          secret
        ");
    }

    #[test]
    fn names_are_escaped() {
        insta::assert_snapshot!(listed(&[("a\u{1b}[2K\rb".into(), Kind::Directory)], false), @r"
        /repo/src/
          a\u{1b}[2K\u{d}b/
        ");
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let names: Vec<_> = (0..1_200).map(|n| (format!("{n:04}"), Kind::Directory)).collect();
        let text = listed(&names, false);
        insta::assert_snapshot!(text.lines().last().unwrap_or_default(), @"200 more entries are not shown. Glob finds files by pattern.");
        assert!(listed(&names, true).contains("more than 50000 entries"));
    }
}
