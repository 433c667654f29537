//! Which files of a root are hidden: what a jail has to cover before a native program sees the root.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use claudetools_policy::{RelPath, Root};

/// A directory that was changed this lately may be changed again within the resolution of its time.
const SETTLED: Duration = Duration::from_secs(2);

/// What was found in the directories of one root. A directory is read again only when its time says that names in it
/// changed, so that the second look at 20,000 files costs a few thousand `stat`s.
#[derive(Debug, Default)]
pub(crate) struct HiddenPaths {
    seen: HashMap<PathBuf, Seen>,
}

#[derive(Debug)]
struct Seen {
    changed: SystemTime,
    read: SystemTime,
    hidden: Vec<PathBuf>,
    below: Vec<PathBuf>,
}

impl HiddenPaths {
    /// The hidden files and directories of a root, by their real paths below it. What can't be read is hidden.
    pub(crate) fn of(&mut self, root: &Root, host: &Path) -> Vec<PathBuf> {
        let mut next = HashMap::new();
        let mut hidden = Vec::new();
        let mut open = vec![PathBuf::new()];
        while let Some(directory) = open.pop() {
            match self.look(root, host, &directory) {
                Some(seen) => {
                    hidden.extend(seen.hidden.iter().cloned());
                    open.extend(seen.below.iter().cloned());
                    next.insert(directory, seen);
                }
                None => hidden.push(directory),
            }
        }
        self.seen = next;
        hidden.sort();
        hidden
    }

    fn look(&mut self, root: &Root, host: &Path, directory: &Path) -> Option<Seen> {
        let changed = std::fs::symlink_metadata(host.join(directory)).ok()?.modified().ok()?;
        match self.seen.remove(directory) {
            Some(seen) if seen.changed == changed && seen.read > changed + SETTLED => Some(seen),
            _ => read(root, host, directory, changed),
        }
    }
}

fn read(root: &Root, host: &Path, directory: &Path, changed: SystemTime) -> Option<Seen> {
    let mut seen = Seen { changed, read: SystemTime::now(), hidden: Vec::new(), below: Vec::new() };
    for entry in std::fs::read_dir(host.join(directory)).ok()? {
        let entry = entry.ok()?;
        let path = directory.join(entry.file_name());
        // A name that no guest can write is one that no rule can be asked about.
        let is_hidden = path.to_str().and_then(|text| RelPath::parse(text).ok()).is_none_or(|path| root.hidden(&path));
        match entry.file_type() {
            _ if is_hidden => seen.hidden.push(path),
            Ok(kind) if kind.is_dir() => seen.below.push(path),
            Ok(_) => {}
            Err(_) => seen.hidden.push(path),
        }
    }
    Some(seen)
}

#[cfg(test)]
mod tests {
    use claudetools_policy::Policy;

    use super::*;

    fn root(hide: &str) -> Root {
        Policy::parse(&format!("schema = 1\n[roots.repo]\nhide = [{hide}]\n")).unwrap().roots["repo"].clone()
    }

    #[test]
    fn hidden_files_are_found_wherever_they_are_and_again_when_they_come() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("a/b/keys")).unwrap();
        std::fs::write(dir.path().join("a/b/.env"), "x").unwrap();
        std::fs::write(dir.path().join("a/b/plain.md"), "x").unwrap();
        std::os::unix::fs::symlink("/etc", dir.path().join("a/out")).unwrap();
        let (root, mut paths) = (root("\"a/b/keys/**\""), HiddenPaths::default());
        let found = |paths: &mut HiddenPaths| -> Vec<String> {
            paths.of(&root, dir.path()).iter().map(|path| path.display().to_string()).collect()
        };
        assert_eq!(found(&mut paths), ["a/b/.env", "a/b/keys"]);
        std::fs::write(dir.path().join("a/.env.local"), "x").unwrap();
        assert_eq!(found(&mut paths), ["a/.env.local", "a/b/.env", "a/b/keys"]);
        std::fs::remove_dir_all(dir.path().join("a/b")).unwrap();
        assert_eq!(found(&mut paths), ["a/.env.local"]);
    }
}
