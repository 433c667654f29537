//! Glob: files by name, the newest first.

use claudetools_kit::tree::{Entry, Filter, Walk};
use claudetools_kit::{Failure, Output, path, progress};
use serde::Deserialize;

/// Files in an answer.
const MAX_SHOWN: usize = 100;
/// Entries asked for at a time: few calls, and few enough to tell people how far it is.
const BATCH: u32 = 4_096;

/// Glob's input.
#[derive(Deserialize)]
pub struct Input {
    pattern: String,
    path: Option<String>,
}

/// Finds them.
pub fn call(input: &Input) -> Result<Output, Failure> {
    let walk = Walk::open(&filter(input)?)?;
    let mut newest = Newest::default();
    loop {
        let entries = walk.next_entries(BATCH);
        if entries.is_empty() {
            break;
        }
        newest.add(entries);
        progress::steps(u32::try_from(newest.seen).unwrap_or(u32::MAX), None);
    }
    Ok(render(newest))
}

/// Which files are walked. An absolute pattern says itself where to begin.
fn filter(input: &Input) -> Result<Filter, Failure> {
    let (base, pattern) = match input.pattern.starts_with('/') {
        true => split(&path::resolve(&input.pattern)?),
        false => (path::resolve(input.path.as_deref().unwrap_or_default())?, input.pattern.clone()),
    };
    if pattern.is_empty() {
        return Err(Failure::Invalid("the pattern is empty; **/* is every file".into()));
    }
    let pattern = if pattern.starts_with('!') { format!("\\{pattern}") } else { pattern };
    Ok(Filter {
        base,
        globs: vec![pattern],
        names: Vec::new(),
        ignore_files: false,
        hidden: true,
        max_file_bytes: None,
    })
}

/// The directory before the first part with a wildcard (or the file's), and the rest.
fn split(absolute: &str) -> (String, String) {
    let wild = absolute.find(['*', '?', '[', '{', '\\']).unwrap_or(absolute.len());
    let at = absolute[..wild].rfind('/').filter(|at| *at > 0).unwrap_or(wild);
    (absolute[..at].to_owned(), absolute[at..].to_owned())
}

/// The newest entries of many, and how many there were.
#[derive(Default)]
struct Newest {
    kept: Vec<Entry>,
    seen: usize,
}

impl Newest {
    fn add(&mut self, entries: Vec<Entry>) {
        self.seen += entries.len();
        self.kept.extend(entries);
        self.kept.sort_unstable_by(|a, b| b.modified_ms.cmp(&a.modified_ms).then_with(|| a.path.cmp(&b.path)));
        self.kept.truncate(MAX_SHOWN);
    }
}

fn render(newest: Newest) -> Output {
    let Newest { kept, seen } = newest;
    if seen == 0 {
        return Output::text("No files found.").summary("Found no files");
    }
    let paths: Vec<String> = kept.iter().map(|entry| path::shown(&entry.path)).collect();
    let output = Output::text(paths.join("\n")).summary(format!("Found {seen} files"));
    if seen == kept.len() {
        return output;
    }
    let shown = kept.len();
    output
        .and_text(format!(
            "These are the {shown} newest of {seen} files. Narrow the pattern or the path to see others."
        ))
        .truncated()
}

#[cfg(test)]
mod tests {
    use claudetools_kit::Part;

    use super::*;

    fn filtered(pattern: &str, path: Option<&str>) -> Result<(String, String), Failure> {
        let filter = filter(&Input { pattern: pattern.into(), path: path.map(str::to_owned) })?;
        Ok((filter.base, filter.globs.concat()))
    }

    #[test]
    fn patterns_outside_the_roots_are_the_hosts_to_refuse() {
        assert_eq!(filtered("/etc/*", None).unwrap(), ("/repo/../etc".to_owned(), "/*".to_owned()));
        assert!(matches!(filtered("", None), Err(Failure::Invalid(_))));
    }

    #[test]
    fn absolute_patterns_say_where_to_begin() {
        let pair = |base: &str, glob: &str| (base.to_owned(), glob.to_owned());
        assert_eq!(filtered("/repo/src/**/*.rs", Some("/vault")).unwrap(), pair("/repo/src", "/**/*.rs"));
        assert_eq!(filtered("/repo/**", None).unwrap(), pair("/repo", "/**"));
        assert_eq!(filtered("/repo/src/a.rs", None).unwrap(), pair("/repo/src", "/a.rs"));
        assert_eq!(filtered("*.md", Some("/vault")).unwrap(), pair("/vault", "*.md"));
        assert_eq!(filtered("!x", None).unwrap(), pair("/repo", "\\!x"));
    }

    #[test]
    fn the_newest_are_kept_and_the_rest_is_counted() {
        let entry = |n: u64| Entry { path: format!("/repo/{n}\n.rs"), size: 1, modified_ms: n };
        let mut newest = Newest::default();
        newest.add((0..150).map(entry).collect());
        newest.add((150..250).map(entry).collect());
        let output = render(newest);
        let [Part::Text(list), Part::Text(notice)] = &output.parts[..] else { panic!("{output:?}") };
        assert!(list.starts_with("249\\u{a}.rs\n248\\u{a}.rs\n"));
        insta::assert_snapshot!(notice, @"These are the 100 newest of 250 files. Narrow the pattern or the path to see others.");
        assert!(output.truncated);
    }
}
