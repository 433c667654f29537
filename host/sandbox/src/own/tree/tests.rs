//! Walks: what they give and what they leave out.

use std::os::unix::fs::symlink;

use super::batches::{Found, Gone, Sink};
use super::*;
use crate::fixture::{Fixture, grant, repo};

/// Keeps the paths.
struct Paths<'a>(&'a mut Vec<String>);

impl Sink for Paths<'_> {
    fn take(&mut self, found: &Found<'_>) -> Result<bool, Gone> {
        self.0.push(found.path.to_string());
        Ok(true)
    }

    fn wanted(&self) -> bool {
        true
    }

    fn finish(self) {}
}

fn all() -> tree::Filter {
    tree::Filter {
        base: "/repo".to_owned(),
        globs: Vec::new(),
        names: Vec::new(),
        ignore_files: true,
        hidden: true,
        max_file_bytes: None,
    }
}

fn walk(house: &Fixture, base: &str, filter: tree::Filter) -> String {
    let (mut paths, skipped) = (Vec::new(), AtomicU32::new(0));
    let filter = Filter::new(filter).unwrap();
    let (root, base) = ("repo".to_owned(), RelPath::parse(base).unwrap());
    let sink = Paths(&mut paths);
    Walker { guard: &house.guard, root: &root, base: &base, filter: &filter, sink, skipped: &skipped }.run();
    paths.join(" ")
}

const READ: &str = r#"["read", "list"]"#;

#[test]
fn a_walk_gives_files_in_the_order_of_their_names() {
    let house = Fixture::new(&["b/two", "a", "b/one", "c"], &repo(READ));
    assert_eq!(walk(&house, "", all()), "a b/one b/two c");
    assert_eq!(walk(&house, "b", all()), "b/one b/two");
    assert_eq!(walk(&house, "b/two", all()), "b/two");
}

#[test]
fn git_and_what_is_hidden_by_policy_is_never_visited() {
    let house = Fixture::new(&[".git/config", ".GIT/x", "hidden/x", ".dot", "seen"], &repo(READ));
    assert_eq!(walk(&house, "", all()), ".dot seen");
    assert_eq!(walk(&house, "", tree::Filter { ignore_files: false, ..all() }), ".dot seen");
}

#[test]
fn names_with_a_dot_are_left_out_unless_asked_for() {
    let house = Fixture::new(&[".dot", ".d/in", "seen"], &repo(READ));
    let plain = || tree::Filter { hidden: false, ..all() };
    assert_eq!(walk(&house, "", plain()), "seen");
    assert_eq!(walk(&house, "", tree::Filter { globs: vec![".dot".to_owned()], ..plain() }), ".dot");
}

#[test]
fn links_are_not_followed() {
    let house = Fixture::new(&["dir/in"], &repo(READ));
    symlink("/etc", house.path("out")).unwrap();
    symlink("dir", house.path("link")).unwrap();
    symlink("dir/in", house.path("file")).unwrap();
    assert_eq!(walk(&house, "", all()), "dir/in");
}

#[test]
fn ignore_files_hold_for_what_is_below_them_and_inner_ones_win() {
    let house = Fixture::new(&["a.log", "sub/b.log", "sub/keep.log", "sub/x", "target/y", "z"], &repo(READ));
    house.write(".gitignore", "*.log\n/target/\n");
    house.write("sub/.gitignore", "!keep.log\n");
    let hidden = || tree::Filter { hidden: false, ..all() };
    assert_eq!(walk(&house, "", hidden()), "sub/keep.log sub/x z");
    assert_eq!(walk(&house, "sub", hidden()), "sub/keep.log sub/x");
    let without = tree::Filter { ignore_files: false, ..hidden() };
    assert_eq!(walk(&house, "", without), "a.log sub/b.log sub/keep.log sub/x target/y z");
}

#[test]
fn an_ignore_file_beats_a_gitignore_file_and_that_beats_exclude() {
    let house = Fixture::new(&["a", "b", "c"], &repo(READ));
    house.write(".git/info/exclude", "a\nb\nc\n");
    house.write(".gitignore", "!b\nc\n");
    house.write(".ignore", "!c\n");
    assert_eq!(walk(&house, "", tree::Filter { hidden: false, ..all() }), "b c");
}

#[test]
fn the_rules_of_git_end_at_a_repository_inside() {
    let house = Fixture::new(&["a.log", "inner/a.log", "inner/a.tmp", "inner/.git/HEAD"], &repo(READ));
    house.write(".gitignore", "*.log\n");
    house.write(".ignore", "*.tmp\n");
    assert_eq!(walk(&house, "", tree::Filter { hidden: false, ..all() }), "inner/a.log");
}

#[test]
fn an_ignore_file_that_is_a_link_is_not_read() {
    let house = Fixture::new(&["a", "b"], &repo(READ));
    std::fs::write(house.dir.path().join("rules"), "a\n").unwrap();
    symlink("../rules", house.path(".gitignore")).unwrap();
    assert_eq!(walk(&house, "", tree::Filter { hidden: false, ..all() }), "a b");
}

#[test]
fn globs_choose_by_path_and_the_last_one_wins() {
    let house = Fixture::new(&["src/a.rs", "src/b.rs", "src/deep/c.rs", "d.txt", "target/e.rs"], &repo(READ));
    house.write(".gitignore", "target\nb.rs\n");
    let with = |globs: &[&str]| {
        let globs = globs.iter().map(|glob| (*glob).to_owned()).collect();
        walk(&house, "", tree::Filter { globs, hidden: false, ..all() })
    };
    // As in ripgrep a glob that names a file brings it back, but not a directory around it.
    assert_eq!(with(&["*.rs"]), "src/a.rs src/b.rs src/deep/c.rs");
    assert_eq!(with(&["*.rs", "!b.rs"]), "src/a.rs src/deep/c.rs");
    assert_eq!(with(&["src/*.rs"]), "src/a.rs src/b.rs");
    assert_eq!(with(&["!*.rs"]), "d.txt");
}

#[test]
fn globs_are_relative_to_the_base() {
    let house = Fixture::new(&["a/src/x", "src/y"], &repo(READ));
    let filter = tree::Filter { globs: vec!["/src/*".to_owned()], ..all() };
    assert_eq!(walk(&house, "a", filter), "a/src/x");
}

#[test]
fn names_choose_beside_globs() {
    let house = Fixture::new(&["a.rs", "b.py", "c.md"], &repo(READ));
    let filter = tree::Filter { names: vec!["*.rs".to_owned(), "*.py".to_owned()], ..all() };
    assert_eq!(walk(&house, "", filter), "a.rs b.py");
    let filter = tree::Filter { names: vec!["*.rs".to_owned()], globs: vec!["*.py".to_owned()], ..all() };
    assert_eq!(walk(&house, "", filter), "");
}

#[test]
fn a_bad_glob_and_a_bomb_are_refused() {
    let refused = |glob: String| {
        let filter = tree::Filter { globs: vec![glob], ..all() };
        Filter::new(filter).map(|_| ()).unwrap_err().to_string()
    };
    insta::assert_snapshot!(refused("a{".to_owned()), @"proto.shape: `a{` is not a glob.");
    insta::assert_snapshot!(refused("{a,b}".repeat(300)), @"proto.shape: A search may have 256 globs of 1024 bytes.");
    assert!(Filter::new(tree::Filter { globs: vec!["**/*/".repeat(200)], ..all() }).is_ok());
}

/// Runs a walk for its bytes.
fn files(house: &Fixture, filter: tree::Filter) -> (Vec<tree::Batch>, u32) {
    let (sender, mut batches) = mpsc::channel(100);
    let skipped = AtomicU32::new(0);
    let (guard, root, base) = (Arc::clone(&house.guard), "repo".to_owned(), RelPath::root());
    Start { guard, root, base, filter: Filter::new(filter).unwrap() }.run(Batches::new(sender, 100), &skipped);
    let mut all = Vec::new();
    while let Some(batch) = batches.blocking_recv() {
        all.push(batch);
    }
    (all, skipped.into_inner())
}

#[test]
fn batches_hold_whole_files_one_after_the_other() {
    let house = Fixture::new(&["a", "bb", "sub/ccc"], &repo(READ));
    house.write("d", &"d".repeat(98));
    let (batches, skipped) = files(&house, all());
    let shape = |batch: &tree::Batch| {
        let files: Vec<_> = batch.files.iter().map(|file| format!("{}:{}", file.path, file.size)).collect();
        (files.join(" "), batch.data.len())
    };
    let shapes: Vec<_> = batches.iter().map(shape).collect();
    assert_eq!(
        shapes,
        [("/repo/a:1 /repo/bb:2".to_owned(), 3), ("/repo/d:98".to_owned(), 98), ("/repo/sub/ccc:7".to_owned(), 7)]
    );
    assert_eq!((batches[0].data.as_slice(), skipped), (&b"abb"[..], 0));
}

#[test]
fn files_that_may_not_be_read_or_are_too_large_are_counted() {
    let house = Fixture::new(&["docs/in", "src/main"], &grant("repo", READ, "docs/**"));
    house.write("docs/large", &"x".repeat(2000));
    let (batches, skipped) = files(&house, all());
    assert_eq!(batches[0].files.len(), 1);
    assert_eq!((batches[0].data.as_slice(), skipped), (&b"docs/in"[..], 2));
    let effects = house.guard.effects().clone();
    assert_eq!((effects.allowed, effects.refused), (1, 0));
}
