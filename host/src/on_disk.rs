//! What is on the disk of what a plugin's grants name: for reviews, never for a decision.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use claudetools_policy::{Digest, FsGrant, GrantKind, PluginPolicy, Policy, RelPath, Root, ScriptFile};
use claudetools_review::Disk;

/// The most files and directories of a root that are looked at: a second on a slow disk. A pattern that fits none of
/// these may fit one of the rest, so that nothing is said then.
const MOST: usize = 50_000;

/// Looks at the programs of a plugin's grants, and at what their patterns fit below these places of roots.
pub fn on_disk(table: &PluginPolicy, policy: &Policy, places: &BTreeMap<String, PathBuf>) -> Disk {
    let mut disk = Disk::default();
    for grant in &table.grants {
        match &grant.kind {
            GrantKind::Exec(exec) => {
                let path = &exec.program.path;
                let digest = std::fs::read(path).map(Digest::of);
                disk.programs.extend(digest.ok().map(|digest| (path.clone(), digest)));
                disk.programs.extend(exec.script.as_ref().and_then(|script| script_on_disk(&script.file, places)));
            }
            GrantKind::Fs(fs) => {
                if let (Some(root), Some(place)) = (policy.roots.get(&fs.root), places.get(&fs.root)) {
                    disk.barren.extend(barren(fs, root, place).into_iter().map(|pattern| (fs.root.clone(), pattern)));
                }
            }
            GrantKind::Net(_) | GrantKind::Env(_) | GrantKind::State | GrantKind::Client => {}
        }
    }
    disk
}

/// A script by the path that a jail sees, with the digest that it has now. No link at its place is followed.
fn script_on_disk(file: &ScriptFile, places: &BTreeMap<String, PathBuf>) -> Option<(PathBuf, Digest)> {
    let path = places.get(&file.root)?.join(file.path.as_str());
    path.symlink_metadata().ok().filter(Metadata::is_file)?;
    Some((PathBuf::from(file.guest_path()), Digest::of(std::fs::read(path).ok()?)))
}

/// The patterns that fit nothing. Links are not followed.
fn barren(fs: &FsGrant, root: &Root, place: &Path) -> Vec<String> {
    let mut left: BTreeSet<usize> = (0..fs.patterns.len()).collect();
    let mut directories = vec![place.to_owned()];
    let mut seen = 0;
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            seen += 1;
            if left.is_empty() || seen > MOST {
                return Vec::new();
            }
            let path = entry.path();
            let below = path.strip_prefix(place).ok().and_then(Path::to_str).map(RelPath::parse);
            let Some(Ok(below)) = below.filter(|below| below.as_ref().is_ok_and(|below| !root.hidden(below))) else {
                continue;
            };
            for fits in fs.allow.matches(below.as_str()) {
                left.remove(&fits);
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                directories.push(path);
            }
        }
    }
    left.into_iter().filter_map(|index| fs.patterns.get(index).cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(allow: &str, program: &Path) -> Policy {
        let digest = Digest::of("the program");
        Policy::parse(&format!(
            "schema = 1\n[roots.repo]\nhide = [\"secret/**\"]\n[jails.empty]\n[plugin.notes]\n[[plugin.notes.grant]]\nid = \"a\"\nwhy = \"a test\"\n\
             kind = \"fs\"\nroot = \"repo\"\naccess = [\"read\"]\nallow = {allow}\n[[plugin.notes.grant]]\nid = \"b\"\n\
             why = \"a test\"\nkind = \"exec\"\nprogram = {{ path = \"{}\", sha256 = \"{digest}\" }}\nargv = [\"a\"]\njail = \"empty\"\n",
            program.display()
        ))
        .unwrap()
    }

    #[test]
    fn patterns_that_fit_nothing_and_programs_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        for below in ["docs/deep", "secret"] {
            std::fs::create_dir_all(dir.path().join(below)).unwrap();
        }
        std::fs::write(dir.path().join("docs/deep/a.md"), "").unwrap();
        std::fs::write(dir.path().join("secret/a.txt"), "").unwrap();
        let program = dir.path().join("program");
        std::fs::write(&program, "another program").unwrap();
        let places = BTreeMap::from([("repo".to_owned(), dir.path().to_owned())]);
        let look = |allow: &str, program: &Path, places: &BTreeMap<String, PathBuf>| {
            let policy = policy(allow, program);
            on_disk(&policy.plugins["notes"], &policy, places)
        };
        let disk = look(r#"["docs/*/*.md", "doc/**", "**/*.txt", "docs"]"#, &program, &places);
        let pair = |pattern: &str| ("repo".to_owned(), pattern.to_owned());
        assert_eq!(disk.barren, BTreeSet::from([pair("doc/**"), pair("**/*.txt")]));
        assert_eq!(disk.programs, BTreeMap::from([(program, Digest::of("another program"))]));
        assert_eq!(look(r#"["doc/**"]"#, Path::new("/no/such/program"), &BTreeMap::new()), Disk::default());
    }
}
