//! What a path cannot do. The attacks of somebody who writes into the root are made by the test itself.

use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::*;

const SECRET: &[u8] = b"outside";

/// A root with a file `docs/in` beside a directory with a secret.
struct Place {
    dir: tempfile::TempDir,
    root: RootDir,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("root/docs")).unwrap();
        fs::write(dir.path().join("root/docs/in"), "inside").unwrap();
        fs::create_dir(dir.path().join("out")).unwrap();
        fs::write(dir.path().join("out/secret"), SECRET).unwrap();
        let root = RootDir::open(&dir.path().join("root")).unwrap();
        Self { dir, root }
    }

    fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join("root").join(below)
    }

    /// Where a path leads, or the code of its refusal, or the system's error.
    fn leads(&self, path: &str) -> String {
        self.leads_from("", path, Last::Follow)
    }

    fn leads_from(&self, base: &str, path: &str, last: Last) -> String {
        match self.root.resolve(&RelPath::parse(base).unwrap(), path, last) {
            Ok(place) => match place.meta {
                Some(meta) => format!("{} {:?}", place.path, meta.kind),
                None => format!("{} absent {}", place.path, place.missing),
            },
            Err(fault) => said(fault),
        }
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, Fault> {
        let place = self.root.resolve(&RelPath::root(), path, Last::Follow)?;
        let meta = place.meta.ok_or(Errno::NOENT)?;
        let mut bytes = Vec::new();
        self.root.open_file(&place.path, &meta, OFlags::RDONLY)?.read_to_end(&mut bytes).unwrap();
        Ok(bytes)
    }
}

fn said(fault: Fault) -> String {
    match fault {
        Fault::Refused(refusal) => refusal.code.to_string(),
        Fault::Os(errno) => format!("{:?}", errno.kind()),
        Fault::Changed => "changed".to_owned(),
    }
}

#[test]
fn a_path_inside_leads_where_it_says() {
    let place = Place::new();
    assert_eq!(place.leads("docs/in"), "docs/in File");
    assert_eq!(place.leads("./docs//./in"), "docs/in File");
    assert_eq!(place.leads(""), " Directory");
    assert_eq!(place.leads("docs/"), "docs Directory");
    assert_eq!(place.leads_from("docs", "in", Last::Follow), "docs/in File");
    assert_eq!(place.read("docs/in").unwrap(), b"inside");
}

#[test]
fn dots_are_taken_away_before_anybody_decides() {
    let place = Place::new();
    fs::create_dir(place.path(".git")).unwrap();
    fs::write(place.path(".git/config"), "").unwrap();
    assert_eq!(place.leads("docs/../.git/config"), ".git/config File");
    assert_eq!(place.leads("docs/.."), " Directory");
    assert_eq!(place.leads("nowhere/../docs/in"), "NotFound");
    assert_eq!(place.leads("docs/in/../in"), "NotADirectory");
}

#[test]
fn dots_do_not_lead_out() {
    let place = Place::new();
    for path in ["..", "../out/secret", "../../etc/passwd", "docs/../../out/secret", "docs/../../root/docs/in"] {
        assert_eq!(place.leads(path), "fs.outside-root", "{path}");
    }
    assert_eq!(place.leads_from("docs", "../../out/secret", Last::Follow), "fs.outside-root");
}

#[test]
fn absolute_paths_do_not_lead_out() {
    let place = Place::new();
    for path in ["/etc/passwd", "//etc/passwd", "/proc/self/root/etc/passwd"] {
        assert_eq!(place.leads(path), "fs.outside-root", "{path}");
    }
}

#[test]
fn links_out_are_refused_whatever_they_look_like() {
    let place = Place::new();
    let secret = place.dir.path().join("out/secret");
    symlink("../out/secret", place.path("relative")).unwrap();
    symlink(&secret, place.path("absolute")).unwrap();
    symlink(place.dir.path().join("out"), place.path("parent")).unwrap();
    symlink("/proc/self/root", place.path("magic")).unwrap();
    symlink("relative", place.path("twice")).unwrap();
    symlink("docs/../../root/docs/in", place.path("out-and-in")).unwrap();
    for path in ["relative", "absolute", "parent/secret", "parent/new", "magic/etc/passwd", "twice", "out-and-in"] {
        assert_eq!(place.leads(path), "fs.outside-root", "{path}");
    }
}

#[test]
fn an_absolute_link_to_inside_is_refused_too() {
    let place = Place::new();
    symlink(place.path("docs/in"), place.path("link")).unwrap();
    assert_eq!(place.leads("link"), "fs.outside-root");
}

#[test]
fn links_inside_lead_to_what_they_point_to() {
    let place = Place::new();
    symlink("docs", place.path("d")).unwrap();
    symlink("../docs/in", place.path("docs/up")).unwrap();
    assert_eq!(place.leads("d/in"), "docs/in File");
    assert_eq!(place.leads("d/up"), "docs/in File");
    assert_eq!(place.leads_from("", "d", Last::Keep), "d Link");
    assert_eq!(place.leads_from("", "d/", Last::Keep), "docs Directory");
    assert_eq!(place.leads("d/.."), " Directory");
}

#[test]
fn a_link_to_nothing_leads_to_the_place_it_names() {
    let place = Place::new();
    symlink("docs/new", place.path("dangling")).unwrap();
    assert_eq!(place.leads("dangling"), "docs/new absent 1");
    assert_eq!(place.leads("docs/a/b"), "docs/a/b absent 2");
}

#[test]
fn links_in_a_circle_end() {
    let place = Place::new();
    symlink("b", place.path("a")).unwrap();
    symlink("a", place.path("b")).unwrap();
    assert_eq!(place.leads("a"), "FilesystemLoop");
}

#[test]
fn a_path_that_is_no_path_is_refused() {
    let place = Place::new();
    let long = "a/".repeat(2500);
    assert_eq!(place.leads("docs\0/in"), "proto.utf8");
    assert_eq!(place.leads(&long), "fs.not-granted");
    assert_eq!(place.leads(&"a".repeat(256)), "fs.not-granted");
    assert_eq!(place.leads(&"a".repeat(255)), format!("{} absent 1", "a".repeat(255)));
}

#[test]
fn another_mount_is_outside() {
    let root = RootDir::open(Path::new("/")).unwrap();
    let place = root.resolve(&RelPath::root(), "proc/self/status", Last::Follow);
    assert_eq!(said(place.unwrap_err()), "fs.outside-root");
}

#[test]
fn special_files_are_known_and_not_opened() {
    let place = Place::new();
    rustix::fs::mkfifoat(CWD, place.path("fifo"), Mode::from_raw_mode(0o600)).unwrap();
    std::os::unix::net::UnixListener::bind(place.path("socket")).unwrap();
    assert_eq!(place.leads("fifo"), "fifo Special");
    assert_eq!(place.leads("socket"), "socket Special");
    // Even asked for: no hang, and nothing comes back.
    let found = place.root.open_found(&RelPath::parse("fifo").unwrap());
    assert_eq!(said(found.unwrap_err()), "fs.special-file");
    assert_eq!(said(place.read("fifo").unwrap_err()), "changed");
}

#[test]
fn what_became_a_link_is_not_opened() {
    let place = Place::new();
    let found = place.root.resolve(&RelPath::root(), "docs/in", Last::Follow).unwrap();
    fs::remove_file(place.path("docs/in")).unwrap();
    symlink("../../out/secret", place.path("docs/in")).unwrap();
    let opened = place.root.open_file(&found.path, &found.meta.unwrap(), OFlags::RDONLY);
    assert_eq!(said(opened.unwrap_err()), "changed");
}

#[test]
fn what_became_another_file_is_not_opened() {
    let place = Place::new();
    let found = place.root.resolve(&RelPath::root(), "docs/in", Last::Follow).unwrap();
    fs::write(place.path("other"), "other").unwrap();
    fs::rename(place.path("other"), place.path("docs/in")).unwrap();
    let opened = place.root.open_file(&found.path, &found.meta.unwrap(), OFlags::RDWR);
    assert_eq!(said(opened.unwrap_err()), "changed");
}

#[test]
fn what_got_a_second_name_is_not_opened() {
    let place = Place::new();
    let found = place.root.resolve(&RelPath::root(), "docs/in", Last::Follow).unwrap();
    fs::hard_link(place.path("docs/in"), place.path("second")).unwrap();
    let opened = place.root.open_file(&found.path, &found.meta.unwrap(), OFlags::RDWR);
    assert_eq!(said(opened.unwrap_err()), "changed");
}

#[test]
fn a_new_file_is_not_made_through_a_link() {
    let place = Place::new();
    symlink("../out/made", place.path("link")).unwrap();
    let made = place.root.create_file(&RelPath::parse("link").unwrap(), OFlags::WRONLY);
    assert_eq!(said(made.unwrap_err()), "changed");
    assert!(!place.dir.path().join("out/made").exists());
}

#[test]
fn a_root_itself_is_not_changed() {
    let place = Place::new();
    assert_eq!(said(place.root.parent(&RelPath::root()).unwrap_err()), "fs.not-granted");
}

#[test]
fn a_race_between_a_file_and_a_link_never_gives_the_links_target() {
    let place = Place::new();
    let done = AtomicBool::new(false);
    let (mut inside, mut refused) = (0_u32, 0_u32);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            symlink("../../out/secret", place.path("docs/link")).unwrap();
            while !done.load(Relaxed) {
                fs::rename(place.path("docs/in"), place.path("docs/x")).unwrap();
                fs::rename(place.path("docs/link"), place.path("docs/in")).unwrap();
                fs::rename(place.path("docs/in"), place.path("docs/link")).unwrap();
                fs::rename(place.path("docs/x"), place.path("docs/in")).unwrap();
            }
        });
        for _ in 0..20_000 {
            match place.read("docs/in") {
                Ok(bytes) if bytes == b"inside" => inside += 1,
                Ok(bytes) => panic!("read {bytes:?}"),
                Err(_) => refused += 1,
            }
        }
        done.store(true, Relaxed);
    });
    assert!(inside > 0 && refused > 0, "{inside} reads, {refused} refusals: there was no race");
}

#[test]
fn a_race_of_a_parent_directory_never_gives_what_is_outside() {
    let place = Place::new();
    fs::write(place.dir.path().join("out/in"), SECRET).unwrap();
    let done = AtomicBool::new(false);
    let (mut inside, mut refused) = (0_u32, 0_u32);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            symlink("../out", place.path("link")).unwrap();
            while !done.load(Relaxed) {
                fs::rename(place.path("docs"), place.path("x")).unwrap();
                fs::rename(place.path("link"), place.path("docs")).unwrap();
                fs::rename(place.path("docs"), place.path("link")).unwrap();
                fs::rename(place.path("x"), place.path("docs")).unwrap();
            }
        });
        for _ in 0..20_000 {
            match place.read("docs/in") {
                Ok(bytes) if bytes == b"inside" => inside += 1,
                Ok(bytes) => panic!("read {bytes:?}"),
                Err(_) => refused += 1,
            }
        }
        done.store(true, Relaxed);
    });
    assert!(inside > 0 && refused > 0, "{inside} reads, {refused} refusals: there was no race");
}
