//! Replacing: whole, or not at all, and only what was decided on.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::fixture::{Fixture, grant, repo};

const WRITE: &str = r#"["create", "modify"]"#;

/// Replaces, and says what came of it.
fn replace(house: &Fixture, path: &str, text: &str, expected: Option<&str>) -> String {
    match replaced(&house.guard, path, text.as_bytes(), expected) {
        Ok(()) => "done".to_owned(),
        Err(Failed::Changed) => "changed".to_owned(),
        Err(Failed::Fault(Fault::Refused(refusal))) => refusal.code.to_string(),
        Err(Failed::Fault(fault)) => format!("{fault:?}"),
        Err(Failed::Os(error)) => error.to_string(),
    }
}

fn names(house: &Fixture) -> Vec<String> {
    let entries = fs::read_dir(house.path("")).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_replaced_file_keeps_its_mode_and_leaves_nothing_beside_it() {
    let house = Fixture::new(&["run.sh"], &repo(WRITE));
    fs::set_permissions(house.path("run.sh"), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(replace(&house, "/repo/run.sh", "new", None), "done");
    assert_eq!(house.text("run.sh"), "new");
    assert_eq!(fs::metadata(house.path("run.sh")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(names(&house), ["run.sh"]);
}

#[test]
fn a_new_file_is_made_with_the_directories_around_it() {
    let house = Fixture::new(&[], &repo(WRITE));
    assert_eq!(replace(&house, "/repo/a/b/c", "new", None), "done");
    assert_eq!(house.text("a/b/c"), "new");
}

#[test]
fn what_was_replaced_is_kept_for_people_unless_it_is_confidential() {
    let kept = |root: &str| {
        let house = Fixture::with_root(&["old"], root, &repo(WRITE));
        assert_eq!(replace(&house, "/repo/old", "new", None), "done");
        assert_eq!(replace(&house, "/repo/made", "first", None), "done");
        assert_ne!(replace(&house, "/repo/old", "no", Some("00")), "done");
        let effects = house.guard.effects().clone();
        let change = |it: &Replaced| [it.path.as_bytes(), &it.before, &it.after].map(String::from_utf8_lossy).join(":");
        effects.replaced.iter().map(change).collect::<Vec<_>>()
    };
    assert_eq!(kept(""), ["old:old:new", "made::first"]);
    assert_eq!(kept("sensitive = true"), [""; 0]);
}

#[test]
fn nothing_is_made_without_a_grant_to_create() {
    let house = Fixture::new(&["old"], &repo(r#"["modify"]"#));
    assert_eq!(replace(&house, "/repo/a/new", "new", None), "fs.not-granted");
    assert_eq!(replace(&house, "/repo/old", "new", None), "done");
    assert_eq!(names(&house), ["old"]);
}

#[test]
fn nothing_is_modified_without_a_grant_to_modify() {
    let house = Fixture::new(&["old"], &repo(r#"["create"]"#));
    assert_eq!(replace(&house, "/repo/old", "new", None), "fs.not-granted");
    assert_eq!(replace(&house, "/repo/new", "new", None), "done");
    assert_eq!((house.text("old").as_str(), house.text("new").as_str()), ("old", "new"));
}

#[test]
fn a_file_that_is_not_as_expected_stays_as_it_is() {
    let house = Fixture::new(&["file"], &repo(WRITE));
    let right = Digest::of("file").hex();
    assert_eq!(replace(&house, "/repo/file", "new", Some(&Digest::of("other").hex())), "changed");
    assert_eq!(replace(&house, "/repo/new", "new", Some(&right)), "changed");
    assert_eq!(names(&house), ["file"]);
    assert_eq!(house.text("file"), "file");
    assert_eq!(replace(&house, "/repo/file", "new", Some(&right)), "done");
}

#[test]
fn a_link_is_resolved_and_its_target_decides() {
    let house = Fixture::new(&["docs/in", "src/main"], &grant("repo", WRITE, "docs/**"));
    symlink("../src/main", house.path("docs/to-src")).unwrap();
    symlink("in", house.path("docs/to-in")).unwrap();
    symlink("../../outside", house.path("docs/out")).unwrap();
    assert_eq!(replace(&house, "/repo/docs/to-src", "new", None), "fs.not-granted");
    assert_eq!(replace(&house, "/repo/docs/out", "new", None), "fs.outside-root");
    assert_eq!(replace(&house, "/repo/docs/to-in", "new", None), "done");
    assert!(fs::symlink_metadata(house.path("docs/to-in")).unwrap().is_symlink());
    assert_eq!((house.text("docs/in").as_str(), house.text("src/main").as_str()), ("new", "src/main"));
    assert!(!house.dir.path().join("outside").exists());
}

#[test]
fn a_file_with_a_second_name_a_directory_and_a_fifo_are_refused() {
    let house = Fixture::new(&["file", "dir/in"], &repo(WRITE));
    fs::hard_link(house.path("file"), house.dir.path().join("second")).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, house.path("fifo"), mode).unwrap();
    assert_eq!(replace(&house, "/repo/file", "new", None), "fs.link-count");
    assert_eq!(replace(&house, "/repo/fifo", "new", None), "fs.special-file");
    assert_eq!(replace(&house, "/repo", "new", None), "fs.special-file");
    assert_eq!(fs::read(house.dir.path().join("second")).unwrap(), b"file");
}

#[test]
fn a_directory_is_not_replaced_whatever_its_number_of_links() {
    let house = Fixture::new(&["dir/sub/in"], &repo(WRITE));
    assert_ne!(replace(&house, "/repo/dir", "new", None), "done");
    assert_eq!(house.text("dir/sub/in"), "dir/sub/in");
}

#[test]
fn a_protected_file_and_one_above_the_size_are_refused() {
    let house = Fixture::new(&[], &repo(WRITE));
    assert_eq!(replace(&house, "/repo/.git/hooks/pre-commit", "new", None), "fs.protected");
    assert_eq!(replace(&house, "/repo/large", &"x".repeat(2000), None), "fs.too-large");
    assert_eq!(names(&house), Vec::<String>::new());
}
