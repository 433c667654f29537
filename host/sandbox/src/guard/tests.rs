//! Operations that are not granted, each with the nearest one that is.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::confine::Kind;
use crate::files::{FsError, OpenFile};
use crate::fixture::{Fixture, grant, repo};

const READ: Opening = Opening { read: true, write: false, truncate: false, create: Create::Never };
const WRITE: Opening = Opening { read: false, write: true, truncate: false, create: Create::Never };
const TRUNCATE: Opening = Opening { read: false, write: false, truncate: true, create: Create::Never };
const CREATE: Opening = Opening { read: false, write: true, truncate: true, create: Create::IfAbsent };

impl Fixture {
    fn open(&self, path: &str, how: Opening) -> Result<OpenFile, String> {
        self.open_in("repo", path, how)
    }

    fn open_in(&self, root: &str, path: &str, how: Opening) -> Result<OpenFile, String> {
        let root = root.to_owned();
        let place = self.guard.find_to_open(&root, &RelPath::root(), path, Last::Follow, how).map_err(said)?;
        self.guard.open_file(root, &place.path, how).map_err(said)
    }

    fn remove(&self, path: &str) -> Result<(), String> {
        self.guard.remove(&"repo".to_owned(), &RelPath::root(), path, Kind::File).map_err(said)
    }

    fn rename(&self, old: &str, new: &str) -> Result<(), String> {
        let root = RelPath::root();
        self.guard.rename(&"repo".to_owned(), (&root, old), (&root, new)).map_err(said)
    }
}

fn said(fault: Fault) -> String {
    match fault {
        Fault::Refused(refusal) => refusal.code.to_string(),
        Fault::Os(errno) => format!("{:?}", errno.kind()),
        Fault::Changed => "changed".to_owned(),
    }
}

fn told<T: std::fmt::Debug>(result: Result<T, FsError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(FsError::Code(code)) => code.name().to_owned(),
        Err(FsError::Trap(error)) => error.to_string(),
    }
}

const ALL: &str = r#"["read", "list", "create", "modify", "delete", "rename"]"#;

#[test]
fn a_file_that_may_only_be_read_is_not_changed_in_any_way() {
    let house = Fixture::new(&["file"], &repo(r#"["read", "list"]"#));
    for how in [WRITE, TRUNCATE, CREATE] {
        assert_eq!(house.open("file", how).unwrap_err(), "fs.not-granted", "{how:?}");
    }
    assert_eq!(house.open("new", CREATE).unwrap_err(), "fs.not-granted");
    assert_eq!(house.remove("file").unwrap_err(), "fs.not-granted");
    assert_eq!(house.rename("file", "other").unwrap_err(), "fs.not-granted");
    let open = house.open("file", READ).unwrap();
    assert_eq!(told(open.write_at(b"x", 0)), "access");
    assert_eq!(told(open.set_size(0)), "access");
    assert_eq!(told(open.read_at(99, 0)), format!("{:?}", b"file".to_vec()));
    assert_eq!(house.text("file"), "file");
}

#[test]
fn a_file_that_may_be_modified_is_not_removed_or_moved() {
    let house = Fixture::new(&["file"], &repo(r#"["read", "modify"]"#));
    assert_eq!(house.remove("file").unwrap_err(), "fs.not-granted");
    assert_eq!(house.rename("file", "other").unwrap_err(), "fs.not-granted");
    house.open("file", WRITE).unwrap().write_at(b"F", 0).unwrap();
    assert_eq!(house.text("file"), "File");
}

#[test]
fn a_file_with_a_second_name_is_not_written() {
    let house = Fixture::new(&["file", "single"], &repo(ALL));
    fs::hard_link(house.path("file"), house.dir.path().join("outside")).unwrap();
    for how in [WRITE, TRUNCATE] {
        assert_eq!(house.open("file", how).unwrap_err(), "fs.link-count");
    }
    assert!(house.open("file", READ).is_ok());
    assert!(house.open("single", TRUNCATE).is_ok());
    assert_eq!((house.text("file").as_str(), house.text("single").as_str()), ("file", ""));
}

#[test]
fn a_protected_file_is_not_made_even_where_there_is_none() {
    let house = Fixture::new(&["docs/in"], &repo(ALL));
    symlink(".", house.path("here")).unwrap();
    for path in
        [".git/hooks/pre-commit", ".Git", ".mcp.json", ".claude/settings.json", "docs/../plugins.toml", "here/.git"]
    {
        assert_eq!(house.open(path, CREATE).unwrap_err(), "fs.protected", "{path}");
    }
    assert_eq!(house.rename("docs/in", ".mcp.json").unwrap_err(), "fs.protected");
    assert!(house.open("docs/new", CREATE).is_ok());
}

#[test]
fn what_is_hidden_looks_the_same_whether_it_is_there_or_not() {
    let house = Fixture::new(&["hidden/there", "seen"], &repo(ALL));
    let stat = |path: &str| {
        let found = house.guard.stat(&"repo".to_owned(), &RelPath::root(), path, Last::Follow);
        found.map(|_| ()).map_err(said)
    };
    for path in ["hidden", "hidden/there", "hidden/not-there", "hidden/not/there"] {
        assert_eq!(stat(path).unwrap_err(), "fs.protected", "{path}");
        assert_eq!(house.open(path, READ).unwrap_err(), "fs.protected", "{path}");
    }
    assert_eq!(stat("not-there").unwrap_err(), "NotFound");
    assert!(stat("seen").is_ok());
}

#[test]
fn a_link_to_what_is_hidden_opens_nothing() {
    let house = Fixture::new(&["hidden/there", "seen"], &repo(ALL));
    symlink("hidden/there", house.path("link")).unwrap();
    symlink("seen", house.path("other")).unwrap();
    assert_eq!(house.open("link", READ).unwrap_err(), "fs.protected");
    assert!(house.open("other", READ).is_ok());
}

#[test]
fn a_file_above_the_grants_size_is_not_read_and_does_not_become_one() {
    let house = Fixture::new(&["small"], &repo(ALL));
    house.write("large", &"x".repeat(2000));
    assert_eq!(house.open("large", READ).unwrap_err(), "fs.too-large");
    let open = house.open("small", WRITE).unwrap();
    assert_eq!(told(open.write_at(&[0; 100], 1000)), "file-too-large");
    assert_eq!(told(open.write_at(&[0; 100], u64::MAX)), "file-too-large");
    assert_eq!(told(open.set_size(1 << 40)), "file-too-large");
    assert_eq!(house.text("small"), "small");
}

#[test]
fn a_fifo_is_refused_and_does_not_hang() {
    let house = Fixture::new(&[], &repo(ALL));
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mkfifoat(rustix::fs::CWD, house.path("fifo"), mode).unwrap();
    for how in [READ, WRITE, CREATE] {
        assert_eq!(house.open("fifo", how).unwrap_err(), "fs.special-file");
    }
    assert_eq!(house.refused(), "fs.special-file");
}

#[test]
fn a_directory_is_not_moved() {
    let house = Fixture::new(&["docs/in"], &repo(ALL));
    assert_eq!(house.rename("docs", "plugins").unwrap_err(), "fs.not-granted");
    assert!(house.rename("docs/in", "docs/out").is_ok());
}

#[test]
fn grants_hold_for_the_resolved_path() {
    let house = Fixture::new(&["docs/in", "src/main"], &grant("repo", r#"["read"]"#, "docs/**"));
    symlink("../src/main", house.path("docs/link")).unwrap();
    for path in ["src/main", "docs/../src/main", "docs/link"] {
        assert_eq!(house.open(path, READ).unwrap_err(), "fs.not-granted", "{path}");
    }
    assert!(house.open("src/../docs/in", READ).is_ok());
}

#[test]
fn scratch_is_full_when_it_is_full() {
    let house = Fixture::new(&[], &grant("scratch", ALL, "**"));
    let write = |path: &str, bytes: usize| {
        let open = house.open_in("scratch", path, CREATE).unwrap();
        told(open.write_at(&vec![0; bytes], 0))
    };
    assert_eq!((write("a", 1000).as_str(), write("b", 1000).as_str()), ("()", "()"));
    assert_eq!(write("c", 1000), "insufficient-space");
    assert_eq!(house.refused(), "limit.disk");
}

#[test]
fn a_root_that_no_grant_names_is_not_there() {
    let house = Fixture::new(&["file"], &grant("scratch", ALL, "**"));
    assert_eq!(house.guard.visible_roots(), ["scratch"]);
    for path in ["/repo/file", "/etc/passwd", "/vault/x", "relative", "/", ""] {
        assert_eq!(house.guard.split(path).unwrap_err().code.as_str(), "fs.outside-root", "{path}");
    }
    assert_eq!(house.guard.split("/scratch//x/y").unwrap(), ("scratch".to_owned(), "x/y"));
}
