//! Roots: which directories can be one, and what the host itself reads of them.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use claudetools_policy::Policy;
use claudetools_sandbox::{Roots, RootsError};
use insta::assert_snapshot;

const BOTH: &str = "schema = 1\n[roots.repo]\n[roots.vault]\n[plugin.p]\n\
    [[plugin.p.grant]]\nid = \"r\"\nwhy = \"w\"\nkind = \"fs\"\nroot = \"repo\"\naccess = [\"read\"]\nallow = [\"**\"]\n\
    [[plugin.p.grant]]\nid = \"v\"\nwhy = \"w\"\nkind = \"fs\"\nroot = \"vault\"\naccess = [\"read\"]\nallow = [\"**\"]\n";

fn open(text: &str, places: &[(&str, &Path)]) -> Result<Roots, RootsError> {
    let places: BTreeMap<String, PathBuf> =
        places.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect();
    Roots::open(&Policy::parse(text).unwrap(), places)
}

/// The error, with the temporary directory's name taken out.
fn refused(dir: &Path, places: &[(&str, &Path)]) -> String {
    let error = open(BOTH, places).unwrap_err().to_string();
    error.replace(dir.canonicalize().unwrap().to_str().unwrap(), "DIR")
}

#[test]
fn two_directories_side_by_side_are_roots() {
    let dir = tempfile::tempdir().unwrap();
    let (one, other) = (dir.path().join("one"), dir.path().join("other"));
    fs::create_dir(&one).unwrap();
    fs::create_dir(&other).unwrap();
    let roots = open(BOTH, &[("repo", &one), ("vault", &other)]).unwrap();
    assert_eq!(roots.path("repo"), Some(one.canonicalize().unwrap().as_path()));
    assert_eq!(roots.path("scratch"), None);
}

#[test]
fn what_cannot_be_a_root_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let (one, file) = (dir.path().join("one"), dir.path().join("file"));
    fs::create_dir_all(one.join("in/side")).unwrap();
    fs::write(&file, "").unwrap();
    symlink(one.join("in"), dir.path().join("link")).unwrap();
    let with = |vault: &Path| refused(dir.path(), &[("repo", &one), ("vault", vault)]);
    assert_snapshot!(with(&one.join("in/side")), @"the root `vault` at DIR/one/in/side lies inside the root `repo`; a grant on that root would open it too, so move one of them");
    assert_snapshot!(with(&dir.path().join("link")), @"the root `vault` at DIR/one/in lies inside the root `repo`; a grant on that root would open it too, so move one of them");
    assert_snapshot!(with(&one), @"the root `repo` at DIR/one lies inside the root `vault`; a grant on that root would open it too, so move one of them");
    assert_snapshot!(with(&file), @"`vault` at DIR/file cannot be used: Not a directory (os error 20)");
    assert_snapshot!(with(&dir.path().join("none")), @"`vault` at DIR/none cannot be used: No such file or directory (os error 2)");
    assert_snapshot!(refused(dir.path(), &[("repo", &one)]), @"plugins.toml grants the root `vault`, but it has no place; set VAULT_PATH in .env, or write `path` under [roots.vault]");
}

#[test]
fn a_root_that_nothing_is_granted_of_may_have_no_place() {
    let dir = tempfile::tempdir().unwrap();
    let roots = open("schema = 1\n[roots.repo]\n[roots.vault]\n", &[("repo", dir.path())]).unwrap();
    assert_eq!(roots.path("vault"), None);
}

#[test]
fn the_host_reads_what_is_inside_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let repo = dir.path().join("repo");
    fs::create_dir_all(repo.join("docs")).unwrap();
    fs::write(repo.join("docs/CLAUDE.md"), "inside").unwrap();
    fs::write(dir.path().join("secret"), "outside").unwrap();
    symlink("docs/CLAUDE.md", repo.join("CLAUDE.md")).unwrap();
    symlink("../secret", repo.join("out.md")).unwrap();
    let roots = open("schema = 1\n[roots.repo]\n", &[("repo", &repo)]).unwrap();
    assert_eq!(roots.read("repo", "CLAUDE.md", 100).unwrap(), b"inside");
    let refused = |path: &str, max| roots.read("repo", path, max).unwrap_err().to_string();
    assert_snapshot!(refused("out.md", 100), @"fs.outside-root: `out.md` leads out of the root.");
    assert_snapshot!(refused("docs/../../secret", 100), @"fs.outside-root: `docs/../../secret` leads out of the root.");
    assert_snapshot!(refused("docs", 100), @"fs.special-file: `docs` is not a regular file or directory.");
    assert_snapshot!(refused("none.md", 100), @"proto.shape: `none.md` does not exist.");
    assert_snapshot!(refused("CLAUDE.md", 5), @"fs.too-large: `CLAUDE.md` has more than 5 bytes.");
    assert_snapshot!(roots.read("other", "x", 5).unwrap_err(), @"fs.outside-root: There is no root `other`.");
}

#[test]
fn the_host_lists_what_is_inside_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let repo = dir.path().join("repo");
    fs::create_dir_all(repo.join("skills/b")).unwrap();
    fs::write(repo.join("skills/a"), "").unwrap();
    symlink("b", repo.join("skills/c")).unwrap();
    symlink("/etc", repo.join("skills/out")).unwrap();
    let roots = open("schema = 1\n[roots.repo]\n", &[("repo", &repo)]).unwrap();
    let entries = roots.list("repo", "skills").unwrap();
    let shown: Vec<_> = entries.iter().map(|entry| (entry.name.as_str(), entry.directory)).collect();
    assert_eq!(shown, [("a", false), ("b", true), ("c", true)]);
}
