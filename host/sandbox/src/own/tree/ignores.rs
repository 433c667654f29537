//! `.gitignore`, `.ignore` and `.git/info/exclude`, with the precedence of ripgrep.
//!
//! The files are opened the confined way, so that an ignore file that is a link to somewhere else tells
//! nobody anything. Those above the root are not read, and neither are the user's own.

use std::io::Read;
use std::path::Path;

use claudetools_policy::RelPath;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::confine::RootDir;

use super::filter::Said;

/// The largest ignore file that is read; larger ones are no ignore files.
const MAX_BYTES: u64 = 1 << 20;

/// The ignore files of one directory.
struct Level {
    /// The length of the directory's path and its slash: what to take off a path below it.
    prefix: usize,
    ignore: Gitignore,
    gitignore: Gitignore,
    exclude: Gitignore,
    /// A repository begins here: the git rules of the directories above do not count.
    repository: bool,
}

/// The ignore files of a directory and of those above it, outermost first.
#[derive(Default)]
pub(super) struct Ignores {
    levels: Vec<Level>,
}

impl Ignores {
    /// Enters a directory which has an ignore file or a `.git`, as `names` says.
    pub(super) fn enter(&mut self, dir: &RootDir, path: &str, names: impl Fn(&str) -> bool) {
        let read = |name: &str, wanted: bool| match wanted {
            true => parsed(dir, &join(path, name)),
            false => Gitignore::empty(),
        };
        let repository = names(".git");
        self.levels.push(Level {
            prefix: if path.is_empty() { 0 } else { path.len() + 1 },
            ignore: read(".ignore", names(".ignore")),
            gitignore: read(".gitignore", names(".gitignore")),
            exclude: read(".git/info/exclude", repository),
            repository,
        });
    }

    /// Leaves the directory that was entered last.
    pub(super) fn leave(&mut self) {
        self.levels.pop();
    }

    /// What the ignore files say of a path below the root: `.ignore` before `.gitignore` before `exclude`,
    /// and in each the innermost directory first.
    pub(super) fn said(&self, path: &str, directory: bool) -> Said {
        let ask =
            |matcher: &Gitignore, level: &Level| said(matcher.matched(Path::new(&path[level.prefix..]), directory));
        let mut found = [Said::Nothing; 3];
        let mut inside = true;
        for level in self.levels.iter().rev() {
            let asked = [Some(&level.ignore), inside.then_some(&level.gitignore), inside.then_some(&level.exclude)];
            for (found, matcher) in found.iter_mut().zip(asked) {
                if let (Said::Nothing, Some(matcher)) = (*found, matcher) {
                    *found = ask(matcher, level);
                }
            }
            inside &= !level.repository;
        }
        found.into_iter().find(|said| *said != Said::Nothing).unwrap_or(Said::Nothing)
    }
}

fn said<T>(matched: Match<T>) -> Said {
    match matched {
        Match::Whitelist(_) => Said::Yes,
        Match::Ignore(_) => Said::No,
        Match::None => Said::Nothing,
    }
}

/// The rules of an ignore file; none when it cannot be read. A line that is no glob is left out.
fn parsed(dir: &RootDir, path: &str) -> Gitignore {
    let text = RelPath::parse(path).ok().and_then(|path| dir.open_found(&path).ok()).and_then(|(file, meta)| {
        let mut text = Vec::new();
        let small = meta.size() <= MAX_BYTES;
        (small && file.take(MAX_BYTES).read_to_end(&mut text).is_ok()).then_some(text)
    });
    let mut rules = GitignoreBuilder::new(".");
    for line in String::from_utf8_lossy(&text.unwrap_or_default()).lines() {
        let _ = rules.add_line(None, line.trim_start_matches('\u{feff}'));
    }
    rules.build().unwrap_or_else(|_| Gitignore::empty())
}

/// A name in a directory below the root.
pub(super) fn join(directory: &str, name: &str) -> String {
    match directory {
        "" => name.to_owned(),
        directory => format!("{directory}/{name}"),
    }
}
