//! That nothing of a jail is left: its own test program, because it counts what the whole process has.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

mod world;

use std::io::Read;
use std::path::Path;
use std::time::Duration;

use claudetools_jail::{Ending, Limit, Net, Program, layers};
use world::{World, as_an_ordinary_user, shell};

/// Descriptors, threads, children, mounts and temporary files of this process.
fn counts() -> [usize; 5] {
    let entries = |path: &Path| std::fs::read_dir(path).unwrap().count();
    let children = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let children = children.map(|thread| std::fs::read_to_string(thread.path().join("children")).unwrap());
    [
        entries(Path::new("/proc/self/fd")),
        entries(Path::new("/proc/self/task")),
        children.map(|list| list.split_whitespace().count()).sum(),
        std::fs::read_to_string("/proc/self/mounts").unwrap().lines().count(),
        std::fs::read_dir(std::env::temp_dir()).unwrap().flatten().filter(ours).count(),
    ]
}

/// Whether a file is this process's user's, and is not made by the tests of other crates at this moment.
fn ours(entry: &std::fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().contains("jail")
}

#[test]
fn nothing_is_left_and_the_same_holds_for_an_ordinary_user() {
    let mut world = World::new();
    world.file("repo/hidden", "x");
    world.hide("hidden");
    world.jail.limits.processes = 10;
    // The first of everything makes what stays for good.
    assert_eq!(world.run("exit 3").ending, Ending::Exited(3));
    let before = counts();
    for _ in 0..5 {
        assert_eq!(world.run("sleep 100 & exit 3").ending, Ending::Exited(3));
        assert_eq!(
            world.run("i=0; while [ $i -lt 20 ]; do sleep 100 & i=$((i+1)); done; wait").ending,
            Ending::Limit(Limit::Processes)
        );
        drop(world.start("yes"));
        let killed = world.start("cat; sleep 100");
        killed.killer().kill();
        assert_eq!(killed.wait(), Ending::Killed);
        world.refusal(&Program { sha256: [0; 32], ..shell() });
        assert!(world.jail.start(&shell(), &[], Path::new("/nowhere"), Vec::new()).is_err());
        world.jail.net = Net::Proxy { port: 3128 };
        let mut proxied = world.start("echo up; sleep 100");
        proxied.stdout.as_mut().unwrap().read_exact(&mut [0; 3]).unwrap();
        drop(proxied);
        world.jail.net = Net::None;
        assert!(layers().iter().all(|state| state.missing.is_none()));
    }
    // Threads that were joined may be listed for a moment longer.
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(counts(), before, "descriptors, threads, children, mounts, temporary files");
    as_an_ordinary_user();
}
