//! What a worker can and cannot do.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::time::Duration;

use claudetools_jail::{Done, Worker, WorkerError, WorkerLimits};

fn shell(script: &str) -> Worker {
    Worker::new(Path::new("/bin/sh")).arg("-c").arg(script)
}

fn text(done: &Done) -> String {
    String::from_utf8(done.stdout.clone()).unwrap()
}

#[test]
fn a_program_gets_its_input_and_gives_its_output() {
    let done = shell("cat; echo oops >&2; exit 3").run(b"hello").unwrap();
    assert_eq!((text(&done).as_str(), done.stderr.as_slice()), ("hello", &b"oops\n"[..]));
    assert_eq!(done.status.code(), Some(3));
}

#[test]
fn a_program_sees_no_environment() {
    let done = Worker::new(Path::new("/usr/bin/env")).run(b"").unwrap();
    assert_eq!(text(&done), "");
}

#[test]
fn a_program_inherits_no_descriptor() {
    // Not marked close-on-exec, as a library in the same process might have opened it.
    let file = std::fs::File::open("/etc/passwd").unwrap();
    let leaky = rustix::io::dup(&file).unwrap();
    rustix::io::fcntl_setfd(&leaky, rustix::io::FdFlags::empty()).unwrap();
    let done = shell("ls /proc/self/fd | wc -l").run(b"").unwrap();
    // The standard three, and the directory that `ls` itself reads.
    assert_eq!(text(&done).trim(), "4");
}

#[test]
fn a_program_cannot_gain_privileges() {
    let done = shell("grep NoNewPrivs /proc/self/status").run(b"").unwrap();
    assert_eq!(text(&done), "NoNewPrivs:\t1\n");
}

#[test]
fn a_program_cannot_write_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    let done = shell(&format!("echo x > {}", file.display())).run(b"").unwrap();
    assert!(!done.status.success());
    assert_eq!(std::fs::metadata(&file).map(|meta| meta.len()).unwrap_or(0), 0);
}

#[test]
fn a_program_that_takes_too_long_is_killed_with_its_children() {
    let marker = format!("600.{}", std::process::id());
    let error =
        shell(&format!("sleep {marker} & sleep {marker}")).wall(Duration::from_millis(200)).run(b"").unwrap_err();
    assert!(matches!(error, WorkerError::Time(_)), "{error}");
    assert!(!running(&marker));
}

#[test]
fn a_child_that_outlives_the_program_is_killed() {
    let marker = format!("601.{}", std::process::id());
    shell(&format!("sleep {marker} >/dev/null 2>&1 </dev/null & exit 0")).run(b"").unwrap();
    assert!(!running(&marker));
}

#[test]
fn a_program_that_writes_too_much_is_killed() {
    let error = shell("yes").max_output(1000).run(b"").unwrap_err();
    assert!(matches!(error, WorkerError::Output(1000)), "{error}");
}

#[test]
fn a_program_that_wants_too_much_memory_does_not_get_it() {
    let limits = WorkerLimits { address_space: 64 << 20, ..WorkerLimits::default() };
    let done = shell("head -c 200000000 /dev/zero | tail | wc -c").limits(limits).run(b"").unwrap();
    assert_ne!(text(&done).trim(), "200000000");
}

#[test]
fn a_program_that_is_not_there_is_an_error_that_names_it() {
    let error = Worker::new(Path::new("/nonexistent/program")).run(b"").unwrap_err();
    insta::assert_snapshot!(error, @"`/nonexistent/program` could not be run: No such file or directory (os error 2)");
}

/// Whether some process has this word in its command line. Killed ones may need a moment to go.
fn running(marker: &str) -> bool {
    (0..100).all(|_| {
        std::thread::sleep(Duration::from_millis(10));
        std::fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).contains(marker)
        })
    })
}
