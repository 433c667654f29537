//! Which files a jailed program sees, and what it can do with them.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod world;

use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use claudetools_jail::{Access, Ending, JailError, Place};
use world::{World, as_an_ordinary_user, compiled, set_mode, shell};

#[test]
fn what_was_granted_is_seen_at_its_path() {
    let world = World::new();
    world.file("repo/docs/a.txt", "granted");
    let done =
        world.run("cat /repo/docs/a.txt; echo made >/scratch/made; cat /scratch/made; echo t >/tmp/t; cat /tmp/t");
    assert_eq!((done.text().as_str(), done.stderr.as_str()), ("grantedmade\nt\n", ""));
    assert_eq!(std::fs::read_to_string(world.path("scratch/made")).unwrap(), "made\n");
}

#[test]
fn what_was_not_granted_is_not_there() {
    let world = World::new();
    let outside = world.file("outside.txt", "CANARY");
    for path in [
        "/etc/shadow",
        "/etc/hostname",
        "/root",
        "/home",
        "/var",
        "/run",
        "/run/secrets",
        "/var/run/docker.sock",
        "/sys",
        "/boot",
        "/proc/1/environ",
        "/proc/1/root",
        "/proc/sys",
        "/proc/kcore",
        "/dev/tty",
        "/dev/mem",
        "/dev/vda",
        outside.to_str().unwrap(),
    ] {
        let done = world.run(&format!("cat {path}; ls {path}"));
        assert_eq!(done.text(), "", "{path}");
        assert!(done.stderr.contains("No such file or directory"), "{path}: {}", done.stderr);
    }
    // The temporary directory of the host is another one.
    assert_eq!(world.run("ls -A /tmp").text(), "");
    let own = ["dev", "etc", "proc", "repo", "scratch", "tmp"].map(str::to_owned);
    let system = world.jail.system.iter().filter(|part| part.exists());
    let mut expected: Vec<_> =
        own.into_iter().chain(system.map(|part| part.display().to_string().replace('/', ""))).collect();
    expected.sort();
    assert_eq!(world.run("ls -A /").text().lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_symlink_out_of_a_root_leads_nowhere() {
    let world = World::new();
    let target = world.file("outside.txt", "CANARY");
    symlink(&target, world.path("repo/absolute")).unwrap();
    symlink("../outside.txt", world.path("repo/relative")).unwrap();
    symlink("../../../../../../etc/shadow", world.path("repo/climbing")).unwrap();
    symlink("/proc/1/root/etc/passwd", world.path("repo/magic")).unwrap();
    world.file("repo/inside.txt", "inside");
    symlink("inside.txt", world.path("repo/good")).unwrap();
    let done = world.run("cd /repo; cat absolute relative climbing magic; cat good");
    assert_eq!(done.text(), "inside");
    assert_eq!(done.stderr.matches("No such file or directory").count(), 4, "{}", done.stderr);
}

#[test]
fn a_symlink_made_in_scratch_leads_nowhere_either() {
    let world = World::new();
    let target = world.file("outside.txt", "before");
    let script = format!("ln -s {} /scratch/link; echo after >/scratch/link", target.display());
    let done = world.run(&script);
    assert_ne!(done.ending, Ending::Exited(0));
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "before");
}

#[test]
fn hidden_files_are_unreadable_and_hidden_directories_empty() {
    let mut world = World::new();
    world.file("repo/.env", "SECRET");
    world.file("repo/.git/config", "[core]");
    world.file("repo/deep/er/key.pem", "SECRET");
    world.file("repo/seen.txt", "seen");
    for path in [".env", ".git", "deep/er/key.pem", "not/there"] {
        world.hide(path);
    }
    let done =
        world.run("cd /repo; cat .env deep/er/key.pem .git/config; ls -A .git; cat seen.txt; ls -A / | grep no-");
    assert_eq!(done.text(), "seen");
    insta::assert_snapshot!(done.stderr, @r"
    cat: .env: Permission denied
    cat: deep/er/key.pem: Permission denied
    cat: .git/config: No such file or directory
    ");
    let undone = world.run("cd /repo; chmod 777 .env .git; rm -rf .env .git; mv .git git; cat .env");
    assert_eq!((undone.text().as_str(), undone.ending), ("", Ending::Exited(1)));
}

#[test]
fn bytes_that_were_looked_at_stand_in_the_stead_of_a_file() {
    let mut world = World::new();
    let script = world.file("repo/scripts/check.sh", "echo another script");
    world.jail.files = vec![("/repo/scripts/check.sh".into(), b"echo \"$1\" from $0".to_vec())];
    let done = world.run(
        "cd /repo; sh scripts/check.sh one; echo x >>scripts/check.sh; rm -f scripts/check.sh; ls -A / | grep cover",
    );
    assert_eq!(done.text().trim_end(), "one from scripts/check.sh");
    assert_eq!(std::fs::read_to_string(script).unwrap(), "echo another script");
    world.jail.files = vec![("/repo/not/there".into(), Vec::new())];
    insta::assert_snapshot!(world.refusal(&shell()), @"nothing was run: the jail's file system could not be built at /repo/not/there: No such file or directory (os error 2)");
}

#[test]
fn a_hidden_path_through_a_link_refuses_the_start() {
    let mut world = World::new();
    world.file("repo/real/.env", "SECRET");
    symlink("real", world.path("repo/link")).unwrap();
    world.hide("link/.env");
    let error = world.refusal(&shell());
    let text = error.to_string();
    insta::assert_snapshot!(text, @"nothing was run: the jail's file system could not be built at /repo/link/.env: Too many levels of symbolic links (os error 40)");
}

#[test]
fn a_hidden_path_that_leaves_its_place_is_refused() {
    let mut world = World::new();
    world.hide("../scratch");
    insta::assert_snapshot!(world.refusal(&shell()), @r#"nothing was run: "../scratch" is to be hidden, but is no plain path below its place"#);
}

#[test]
fn nothing_but_scratch_and_tmp_can_be_written() {
    let world = World::new();
    let config = world.file("repo/.git/config", "[core]\n");
    let before = std::fs::metadata(&config).unwrap();
    let attempts = [
        "echo fsmonitor >>/repo/.git/config",
        "echo x >/repo/.git/hooks",
        "truncate -s 0 /repo/.git/config",
        "rm /repo/.git/config",
        "mv /repo/.git /repo/git",
        "chmod 777 /repo/.git/config",
        "touch /repo/.git/config",
        "mkdir /repo/new",
        "ln /repo/.git/config /scratch/config",
        "echo x >/usr/bin/x",
        "echo x >/etc/passwd",
        "echo x >/x",
        "echo x >/dev/x",
        "rm -f /dev/null",
        "mknod /tmp/zero c 1 5",
        "echo 1 >/proc/self/oom_score_adj",
    ];
    for attempt in attempts {
        let done = world.run(attempt);
        assert!(!matches!(done.ending, Ending::Exited(0)), "{attempt}");
    }
    let after = std::fs::metadata(&config).unwrap();
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "[core]\n");
    assert_eq!((before.ino(), before.mtime_nsec(), before.mode()), (after.ino(), after.mtime_nsec(), after.mode()));
    // The same in scratch works.
    let done =
        world.run("cd /scratch; mkdir a; echo x >a/b; mv a/b c; ln c d; truncate -s 0 c; chmod 700 c; rm -r a c d");
    assert_eq!((done.ending, done.stderr.as_str()), (Ending::Exited(0), ""));
}

#[test]
fn nothing_in_a_place_can_be_executed() {
    let world = World::new();
    for place in ["repo", "scratch"] {
        std::fs::copy(shell().path, world.path(place).join("tool")).unwrap();
        set_mode(&world.path(place).join("tool"), 0o755);
        let done = world.run(&format!("/{place}/tool -c 'echo ran'"));
        assert_eq!((done.text().as_str(), done.ending), ("", Ending::Exited(126)), "{place}");
    }
    // By the loader either: it maps what it runs.
    let loader = "loader=$(ls /lib64/ld-linux-* /lib/ld-linux-* 2>/dev/null | head -1)";
    let done = world.run(&format!("{loader}; $loader /bin/echo control; $loader /repo/tool -c 'echo ran'"));
    assert_eq!(done.text(), "control\n");
}

#[test]
fn files_of_others_are_as_closed_as_to_any_user() {
    let world = World::new();
    let closed = world.file("repo/closed", "SECRET");
    set_mode(&closed, 0o600);
    if rustix::process::geteuid().is_root() {
        // Root could read it; the jailed program has only root's name outside.
        std::os::unix::fs::chown(&closed, Some(65534), Some(65534)).unwrap();
        assert_eq!(std::fs::read_to_string(&closed).unwrap(), "SECRET");
    } else {
        set_mode(&closed, 0o000);
    }
    let done = world.run("cat /repo/closed; chown 0 /scratch; id -u");
    assert_eq!(done.text(), "1000\n");
    assert!(done.stderr.contains("cat: /repo/closed: Permission denied"), "{}", done.stderr);
    // What it makes belongs to the bot, and to nobody else's eyes.
    world.run("echo x >/scratch/mine");
    let made = std::fs::metadata(world.path("scratch/mine")).unwrap();
    assert_eq!((made.uid(), made.mode() & 0o777), (rustix::process::geteuid().as_raw(), 0o600));
}

#[test]
fn temporary_space_is_bounded() {
    let mut world = World::new();
    world.jail.limits.tmp = 1 << 20;
    let done = world.run("head -c 3000000 /dev/zero >/tmp/big; stat -c %s /tmp/big");
    assert_eq!(done.text(), "1048576\n");
    assert!(done.stderr.contains("No space left on device"), "{}", done.stderr);
}

#[test]
fn the_first_process_cannot_be_looked_into() {
    let world = World::new();
    let done = world.run("ls -d /proc/1; cat /proc/1/cmdline /proc/1/environ; kill -9 1; echo alive");
    assert_eq!(done.text(), "alive\n");
}

#[test]
fn a_place_that_would_cover_the_jails_own_is_refused() {
    let mut world = World::new();
    let host = world.path("repo");
    for guest in ["/usr", "/etc/x", "/", "/proc", "/tmp/x", "relative", "/a/../b"] {
        let place = Place { guest: guest.into(), host: host.clone(), access: Access::Write, hidden: Vec::new() };
        world.jail.places = vec![place];
        let error = world.refusal(&shell());
        assert!(matches!(error, JailError::Described(_)), "{guest}: {error}");
    }
}

#[test]
fn a_place_that_is_not_there_refuses_the_start() {
    let world = World::new();
    std::fs::remove_dir(world.path("repo")).unwrap();
    let text = world.refusal(&shell()).to_string().replace(world.dir.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(text, @"nothing was run: the jail's file system could not be built at DIR/repo: No such file or directory (os error 2)");
}

#[test]
fn a_program_from_elsewhere_is_seen_alone() {
    let world = World::new();
    let program = compiled("calls");
    assert_eq!(world.program(&program, &[]).ending, Ending::Exited(0));
    let parent = program.parent().unwrap();
    std::fs::write(parent.join("beside"), "CANARY").unwrap();
    let listed =
        world.program(Path::new("/usr/bin/env").canonicalize().unwrap().as_path(), &["ls", parent.to_str().unwrap()]);
    assert_eq!(listed.text(), "");
}

#[test]
fn the_same_holds_for_an_ordinary_user() {
    as_an_ordinary_user();
}
